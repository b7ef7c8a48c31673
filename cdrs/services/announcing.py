"""Telling partners about new CDRs."""

from __future__ import annotations

from cdrs import store
from cdrs.arrivals import arrived
from cdrs.models import CDR
from exchange.announce import announce
from parties.models import Connection

MODULE = "cdrs"


def tell(written: store.Written, source: Connection | None) -> None:
    """Only what is new: a CDR never changes. Call it in the transaction that wrote it."""
    if written.created:
        arrived.send(sender=CDR, ids=written.created)
    announce(MODULE, written.created, source=source)
