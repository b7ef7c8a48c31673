"""Telling partners what changed among the tokens."""

from __future__ import annotations

from exchange.announce import announce
from exchange.bulk import Written
from parties.models import Connection

MODULE = "tokens"


def tell(written: Written, source: Connection | None) -> None:
    announce(MODULE, written.changed, source=source)
