"""Where within a period a price may change."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tariffs.pricing import clock
from tariffs.pricing.charge import ZERO
from tariffs.pricing.exact import DAY, ceiling, quotient
from tariffs.pricing.restrictions import Moment
from tariffs.pricing.tariff import Boundaries

_MILLISECOND = 1000


def may_change(boundaries: Boundaries, at: Moment, length: int, energy: Decimal) -> bool:
    """Whether a price may change within a period that starts at a moment, quickly; the clock is not set anew."""
    if energy < 0:
        return True
    if boundaries.clock and _lies_within(boundaries.clock, at.clock, at.clock + length, DAY):
        return True
    if boundaries.durations and _lies_within(
        boundaries.durations, at.duration, at.duration + length
    ):
        return True
    return bool(boundaries.energies) and _lies_within(
        boundaries.energies, at.energy, at.energy + energy
    )


def _lies_within(bounds: Sequence[Any], low: Any, high: Any, most: int | None = None) -> bool:
    """Whether one of the sorted bounds, or anything from `most` on, lies strictly between."""
    place = bisect_right(bounds, low)
    return (place < len(bounds) and bounds[place] < high) or (most is not None and high > most)


def cuts_of(
    start: int,
    end: int,
    energy: Decimal,
    so_far: Decimal,
    since: int,
    boundaries: Boundaries,
    offsets: clock.Offsets,
) -> list[tuple[int, Decimal]]:
    """Instants strictly inside a period, each with its energy until then, which goes one way.

    To be called in :data:`tariffs.pricing.exact.CONTEXT`. `so_far` is the energy before the period,
    durations count from `since`.
    """
    times = clock.changes(offsets, boundaries.clock, start, end) if boundaries.clock else []
    for one in boundaries.durations:
        if start < since + one < end:
            times.append(since + one)
    found: list[tuple[int, Decimal]] = []
    if times:
        length = Decimal(end - start)
        found = [(at, quotient(energy * (at - start), length)) for at in set(times)]
    if energy and boundaries.energies:
        low, high = (so_far, so_far + energy) if energy > 0 else (so_far + energy, so_far)
        for threshold in boundaries.energies:
            if low < threshold < high:
                used = threshold - so_far
                exact = start + (end - start) * used / energy
                at = ceiling(exact / _MILLISECOND) * _MILLISECOND
                found.append((min(at, end), used))
    if len(found) < 2:
        return found
    found.sort(key=lambda cut: (cut[0], abs(cut[1])))
    return _one_way(found, energy)


def _one_way(cuts: list[tuple[int, Decimal]], energy: Decimal) -> list[tuple[int, Decimal]]:
    """Energies that never go back, which rounding instants to milliseconds could make them do."""
    choose = min if energy < 0 else max
    result: list[tuple[int, Decimal]] = []
    reached = ZERO
    for at, used in cuts:
        reached = choose(reached, used)
        result.append((at, reached))
    return result
