"""Tariffs, many at once: from a pull or a file (see ``exchange.receiving``)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from exchange import receiving
from exchange.bulk import Written
from exchange.registry import Received, Source
from parties.choices import Role
from tariffs import store
from tariffs.documents import TariffParts, take_apart
from tariffs.services.announcing import MODULE


def _write(batch: Sequence[tuple[int, TariffParts]], received_from: int | None) -> Written:
    return store.write(batch, received_from=received_from, at=timezone.now())


_TARIFFS = receiving.Stored(MODULE, "tariff", Role.CPO, take_apart, _write, store.retire)


def receive(items: Sequence[bytes], source: Source) -> Received:
    """Take in raw Tariffs from a pull or a file; see :func:`exchange.receiving.receive`."""
    return receiving.receive(_TARIFFS, items, source)


def retire(ids: Sequence[int], source: Source) -> int:
    """Tariffs that their owner's complete list no longer names have vanished (F-006); returns how many."""
    return receiving.retire(_TARIFFS, ids, source)
