"""Disputes: a case with one partner about CDRs, from the claim to its end, with evidence."""

from review.disputes.changing import add, change, note, remove
from review.disputes.closing import close, reopen, take_back
from review.disputes.opening import Claim, open_case
from review.disputes.proceeding import answered, ask_again, postpone, tell
from review.disputes.terms import set_terms, terms_of

__all__ = [
    "Claim",
    "add",
    "answered",
    "ask_again",
    "change",
    "close",
    "note",
    "open_case",
    "postpone",
    "remove",
    "reopen",
    "set_terms",
    "take_back",
    "tell",
    "terms_of",
]
