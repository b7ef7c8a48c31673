"""What lies above learns here where reviews stand, in the transaction that changes them."""

from __future__ import annotations

from typing import NamedTuple

from django.dispatch import Signal


class Change(NamedTuple):
    """The review of one CDR, by its primary key, before and after; states are of ``ReviewState``."""

    cdr_id: int
    before: str
    after: str


changed = Signal()
"""Sent with ``changes``, a list of :class:`Change`, of which none has the same state before and after."""
