"""Whole locations, many at once: from a pull or a file (see ``exchange.receiving``)."""

from __future__ import annotations

from collections.abc import Sequence

from exchange import receiving
from exchange.bulk import Written
from exchange.registry import Received, Source
from locations import store
from locations.documents import LocationParts, take_apart
from locations.services.announcing import MODULE
from parties.choices import Role


def _write(batch: Sequence[tuple[int, LocationParts]], received_from: int | None) -> Written:
    return store.write(batch, received_from=received_from)


_LOCATIONS = receiving.Stored(MODULE, "location", Role.CPO, take_apart, _write, store.retire)


def receive(items: Sequence[bytes], source: Source) -> Received:
    """Take in raw Locations from a pull or a file; see :func:`exchange.receiving.receive`."""
    return receiving.receive(_LOCATIONS, items, source)


def retire(ids: Sequence[int], source: Source) -> int:
    """Locations that their owner's complete list no longer names have vanished; returns how many."""
    return receiving.retire(_LOCATIONS, ids, source)
