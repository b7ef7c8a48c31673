"""Staff pages of the review of CDRs."""

from review.admin.decisions import ReviewDecisionAdmin
from review.admin.decisions_bulk import BulkDecisionAdmin
from review.admin.dispute_terms import DisputeTermsAdmin
from review.admin.disputes import DisputeAdmin
from review.admin.meter_keys import MeterKeyAdmin
from review.admin.missing import MissingCDRAdmin
from review.admin.review import CDRReviewAdmin
from review.admin.settings import CheckSettingAdmin
from review.admin.trials import TrialAdmin

__all__ = [
    "BulkDecisionAdmin",
    "CDRReviewAdmin",
    "CheckSettingAdmin",
    "DisputeAdmin",
    "DisputeTermsAdmin",
    "MeterKeyAdmin",
    "MissingCDRAdmin",
    "ReviewDecisionAdmin",
    "TrialAdmin",
]
