"""Tariffs, many at once: from a pull or a file (see ``exchange.receiving``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.utils import timezone

from exchange import receiving
from exchange.bulk import Written
from exchange.registry import Received, Source
from parties.choices import Role
from tariffs import store
from tariffs.documents import TariffParts, take_apart
from tariffs.services.announcing import MODULE


def _write(
    batch: Sequence[tuple[int, TariffParts]],
    received_from: int | None,
    *,
    asked_at: datetime | None = None,
) -> Written:
    return store.write(batch, received_from=received_from, at=timezone.now(), asked_at=asked_at)


_TARIFFS = receiving.Stored(MODULE, "tariff", Role.CPO, take_apart, _write, store.retire)


def receive(items: Sequence[bytes], source: Source) -> Received:
    """Take in raw Tariffs from a pull or a file; see :func:`exchange.receiving.receive`.

    A list that was asked for before a DELETE does not bring back what that deleted.
    """
    stored = replace(_TARIFFS, write=partial(_write, asked_at=source.asked_at))
    return receiving.receive(stored, items, source)


def retire(ids: Sequence[int], source: Source) -> int:
    """Tariffs that their owner's complete list no longer names have vanished (F-006); returns how many."""
    return receiving.retire(_TARIFFS, ids, source)
