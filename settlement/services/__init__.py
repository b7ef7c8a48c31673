"""What can happen to statements; the only writers of their tables."""

from settlement.services.adjusting import adjust, take_back
from settlement.services.booking import book
from settlement.services.closing import Unreviewed, close, close_many
from settlement.services.deciding import annotate, approve, lock, reopen
from settlement.services.rows import NotPossible
from settlement.services.terms import set_terms

__all__ = [
    "NotPossible",
    "Unreviewed",
    "adjust",
    "annotate",
    "approve",
    "book",
    "close",
    "close_many",
    "lock",
    "reopen",
    "set_terms",
    "take_back",
]
