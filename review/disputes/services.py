"""What can happen to disputes; the only writers of their tables."""

from review.disputes.adjusting import adjust, left
from review.disputes.changing import add, change, note, remove
from review.disputes.closing import close, reopen, take_back
from review.disputes.opening import open_dispute
from review.disputes.proceeding import answered, ask_again, postpone, tell
from review.disputes.terms import set_terms, terms_of

__all__ = [
    "add",
    "adjust",
    "answered",
    "ask_again",
    "change",
    "close",
    "left",
    "note",
    "open_dispute",
    "postpone",
    "remove",
    "reopen",
    "set_terms",
    "take_back",
    "tell",
    "terms_of",
]
