"""What is kept about the review of CDRs."""

from review.models.awaiting import Arrival, Awaited
from review.models.checks import CheckSetting, Trial
from review.models.disputes import Dispute, DisputedCDR, DisputeTerms
from review.models.meters import MeterKey
from review.models.missing import MissingCDR
from review.models.reviews import BulkDecision, CDRReview, ReviewDecision

__all__ = [
    "Arrival",
    "Awaited",
    "BulkDecision",
    "CDRReview",
    "CheckSetting",
    "Dispute",
    "DisputeTerms",
    "DisputedCDR",
    "MeterKey",
    "MissingCDR",
    "ReviewDecision",
    "Trial",
]
