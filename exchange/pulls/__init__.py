"""Fetching what a partner offers: after the handshake, on schedule, and when staff ask for it.

An incremental pull asks for what changed since the start of the last complete crawl, with overlap. A full
one reads everything; only when it came to its end without a fault may it conclude that objects vanished.
Where a crawl stands is in the database after every page, so that any worker can go on with it.
"""

from exchange.pulls.running import run
from exchange.pulls.schedule import AGAIN_AFTER_FAILURE, FULL_EVERY, next_time, start_due
from exchange.pulls.starting import (
    CannotPull,
    give_up,
    go_on,
    is_running,
    start_over,
    start_pull,
)
from exchange.pulls.targets import Target, targets

__all__ = [
    "AGAIN_AFTER_FAILURE",
    "FULL_EVERY",
    "CannotPull",
    "Target",
    "give_up",
    "go_on",
    "is_running",
    "next_time",
    "run",
    "start_due",
    "start_over",
    "start_pull",
    "targets",
]
