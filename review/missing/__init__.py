"""Sessions that came to an end and whose CDR is past its CPO's deadline: found, estimated, asked for, closed."""

from review.missing.asking import CannotAsk, ask, connection_for
from review.missing.closing import close, close_arrived, reopen
from review.missing.finding import LONG_AGO, find

__all__ = [
    "LONG_AGO",
    "CannotAsk",
    "ask",
    "close",
    "close_arrived",
    "connection_for",
    "find",
    "reopen",
]
