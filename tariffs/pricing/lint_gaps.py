"""Remarks about times and quantities for which nothing has a price, although others have one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from ocpi.numbers import plain
from ocpi.regions import DAYS, END_OF_DAY, Windows
from ocpi.tariff_words import conditions, duration
from tariffs.pricing.lint_lines import DIMENSIONS, Line, Remark, remark

SLIP = 5
"""A gap of so many minutes or less is a slip of the pen, whatever is priced."""

_QUANTITIES = ("kWh", "kW", "A", "seconds")
"""The units of :data:`ocpi.regions.BOUNDS`, in its order."""
_DURATION = _QUANTITIES.index("seconds")
_CHARGED = ("ENERGY", "TIME", "PARKING_TIME")
Gap = tuple[Any, Any]


def gaps(lines: Sequence[Line]) -> Iterator[Remark]:
    """Holes in the week, on the calendar and along kWh, kW, A and seconds, each taken by itself.

    Only what certainly has no price is said: a hole that only comes about by several conditions together is
    not found. Flat fees have none, and the first minutes or hours of time often cost nothing on purpose.
    """
    held = [line for line in lines if line.is_use and not line.region.is_empty()]
    for dimension in _CHARGED:
        priced = [line for line in held if line.dimension == dimension]
        if any(line.price for line in priced):
            is_main = dimension == "ENERGY" or all(line.dimension != "ENERGY" for line in held)
            yield from _in_week(priced, is_main and dimension != "PARKING_TIME")
            yield from _in_dates(priced)
            yield from _in_quantities(priced)


def _in_week(priced: list[Line], is_main: bool) -> Iterator[Remark]:
    by_windows: dict[Windows, list[str]] = {}
    for day in DAYS:
        free = _free([w for line in priced if day in line.region.days for w in line.region.windows])
        if free:
            by_windows.setdefault(free, []).append(day)
    if not by_windows:
        return
    longest = max(end - start for windows in by_windows for start, end in windows)
    what, when = DIMENSIONS[priced[0].dimension], _week_words(by_windows)
    if is_main or longest <= SLIP:
        advice = "Add a price for it, or an element without times at the end."
        yield remark("week_gap", "elements", f"No price for {what}: {when}.", advice)
    else:
        advice = "If that is meant, nothing needs to be done."
        yield remark(
            "week_gap_time", "elements", f"{what.capitalize()} costs nothing: {when}.", advice
        )


def _free(windows: list[tuple[int, int]]) -> Windows:
    """The minutes of a day that no window holds."""
    free, until = [], 0
    for start, end in sorted(windows):
        if start > until:
            free.append((until, start))
        until = max(until, end)
    return tuple([*free, (until, END_OF_DAY)] if until < END_OF_DAY else free)


def _week_words(by_windows: dict[Windows, list[str]]) -> str:
    """The days of each free window with it, days with the same windows together."""
    return "; ".join(
        f"{next(conditions({'day_of_week': days}), 'every day')} {_windows_words(windows)}"
        for windows, days in by_windows.items()
    )


def _windows_words(windows: Windows) -> str:
    if windows == ((0, END_OF_DAY),):
        return "all day"
    return ", ".join(f"{_clock(start)}\N{EN DASH}{_clock(end)}" for start, end in windows)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _in_dates(priced: list[Line]) -> Iterator[Remark]:
    """Days between two priced times, and after the last one; before the first, nobody charged yet."""
    ranges = sorted(
        ((line.region.dates.least or "", line.region.dates.most) for line in priced),
        key=lambda one: one[0],
    )
    holes, until = [], ranges[0][1]
    for start, end in ranges[1:]:
        if until is not None and start > until:
            holes.append((until, start))
        until = None if until is None or end is None else max(until, end)
    holes += [(until, None)] if until is not None else []
    if holes:
        said = " and ".join(f"from {a}" + (f" until before {b}" if b else " on") for a, b in holes)
        yield remark(
            "dates_gap",
            "elements",
            f"No price for {priced[0].what} {said}.",
            "Add an element without dates at the end.",
        )


def _in_quantities(priced: list[Line]) -> Iterator[Remark]:
    """Of energy every hole is said; of time only those between two prices."""
    for axis, unit in enumerate(_QUANTITIES):
        holes = _holes([line.region.bounds[axis] for line in priced])
        if priced[0].dimension != "ENERGY":
            holes = [(start, end) for start, end in holes if start != 0 and end is not None]
        if holes:
            yield remark(
                "quantity_gap",
                "elements",
                f"No price for {priced[0].what} {' and '.join(_hole_words(*h, unit) for h in holes)}.",
                "Add an element without conditions at the end.",
            )


def _holes(ranges: Sequence[Gap]) -> list[Gap]:
    """The parts of zero to infinity that no range holds; an end of ``None`` is infinity."""
    holes: list[Gap] = []
    until: Any = Decimal(0)
    for start, end in sorted(
        ((least or 0, most) for least, most in ranges), key=lambda one: one[0]
    ):
        if start > until:
            holes.append((until, start))
        if end is None:
            return holes
        until = max(until, end)
    return [*holes, (until, None)]


def _hole_words(start: Any, end: Any, unit: str) -> str:
    def show(value: Any) -> str:
        return duration(value) if unit == _QUANTITIES[_DURATION] else f"{plain(value)} {unit}"

    if end is None:
        return f"from {show(start)} on"
    return f"below {show(end)}" if start == 0 else f"from {show(start)} to below {show(end)}"
