"""Staff pages of the review of CDRs."""

from review.admin.dispute_terms import DisputeTermsAdmin
from review.admin.disputes import DisputeAdmin
from review.admin.meter_keys import MeterKeyAdmin

__all__ = ["DisputeAdmin", "DisputeTermsAdmin", "MeterKeyAdmin"]
