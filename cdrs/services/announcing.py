"""Telling partners about new CDRs."""

from __future__ import annotations

from cdrs import store
from exchange.announce import announce
from parties.models import Connection

MODULE = "cdrs"


def tell(written: store.Written, source: Connection | None) -> None:
    """Only what is new: a CDR never changes."""
    announce(MODULE, written.created, source=source)
