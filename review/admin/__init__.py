"""Staff pages of the review of CDRs."""

from review.admin.decisions import ReviewDecisionAdmin
from review.admin.review import CDRReviewAdmin

__all__ = ["CDRReviewAdmin", "ReviewDecisionAdmin"]
