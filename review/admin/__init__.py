"""Staff pages of the review of CDRs."""

from review.admin.meter_keys import MeterKeyAdmin

__all__ = ["MeterKeyAdmin"]
