"""Telling partners what changed among the locations."""

from __future__ import annotations

from exchange.announce import announce
from locations import store
from parties.models import Connection

MODULE = "locations"


def tell(written: store.Written, source: Connection | None) -> None:
    announce(MODULE, written.changed, source=source)
