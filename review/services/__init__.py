"""What can happen to reviews; the only writers of their tables."""

from review.services.arriving import expect, expect_all
from review.services.deciding import (
    POSSIBLE,
    NotPossible,
    Seen,
    accept,
    dispute,
    drop,
    hold,
    reopen,
    retry,
    settle_dispute,
)

__all__ = [
    "POSSIBLE",
    "NotPossible",
    "Seen",
    "accept",
    "dispute",
    "drop",
    "expect",
    "expect_all",
    "hold",
    "reopen",
    "retry",
    "settle_dispute",
]
