"""Telling partners what changed among the tariffs."""

from __future__ import annotations

from exchange.announce import announce
from parties.models import Connection
from tariffs import store

MODULE = "tariffs"


def tell(written: store.Written, source: Connection | None) -> None:
    announce(MODULE, written.changed, source=source)
