"""What can happen to registers; the only writers of their tables."""

from registers.services.fetching import CannotFetch, fetch, refresh_due
from registers.services.importing import NotHeld, read_list, refuse, take_over
from registers.services.known import ensure_known

__all__ = [
    "CannotFetch",
    "NotHeld",
    "ensure_known",
    "fetch",
    "read_list",
    "refresh_due",
    "refuse",
    "take_over",
]
