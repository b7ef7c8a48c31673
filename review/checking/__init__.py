"""Checking CDRs: many at once, in the order in which they came, by any number of workers side by side."""

from review.checking.draining import BATCH, check_batch, drain
from review.checking.examining import Plan, examine
from review.checking.outcome import Outcome

__all__ = ["BATCH", "Outcome", "Plan", "check_batch", "drain", "examine"]
