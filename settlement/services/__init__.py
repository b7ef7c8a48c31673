"""What can happen to statements; the only writers of their tables."""

from settlement.services.booking import book
from settlement.services.closing import (
    NotPossible,
    Unreviewed,
    annotate,
    approve,
    close,
    lock,
    reopen,
)
from settlement.services.terms import set_terms

__all__ = [
    "NotPossible",
    "Unreviewed",
    "annotate",
    "approve",
    "book",
    "close",
    "lock",
    "reopen",
    "set_terms",
]
