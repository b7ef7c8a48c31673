"""What can happen to reviews; the only writers of their tables."""

from review.services.arriving import expect, expect_all
from review.services.deciding import (
    NotPossible,
    accept,
    dispute,
    drop,
    reopen,
    retry,
    settle_dispute,
)

__all__ = [
    "NotPossible",
    "accept",
    "dispute",
    "drop",
    "expect",
    "expect_all",
    "reopen",
    "retry",
    "settle_dispute",
]
