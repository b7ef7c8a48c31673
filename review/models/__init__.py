"""What is kept about the review of CDRs."""

from review.models.checks import CheckSetting, Trial
from review.models.disputes import Dispute, DisputedCDR
from review.models.missing import MissingCDR
from review.models.reviews import BulkDecision, CDRReview, ReviewDecision

__all__ = [
    "BulkDecision",
    "CDRReview",
    "CheckSetting",
    "Dispute",
    "DisputedCDR",
    "MissingCDR",
    "ReviewDecision",
    "Trial",
]
