"""Restrictions of a Tariff Element as regions that can be compared and intersected.

A region is the set of moments of a Session at which an element is active (OCPI 2.3.0,
mod_tariffs, TariffRestrictions). Times of day are half-open, `end_time` before `start_time`
wraps past midnight, `00:00` as end is the end of the day, dates end exclusively, minima are
inclusive and maxima exclusive. A minimum of zero and a list of all seven days restrict nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import starmap
from typing import Any, NamedTuple, get_args

from ocpi.tariff_classes import DayOfWeek

Amount = int | float | Decimal
Windows = tuple[tuple[int, int], ...]

DAYS: tuple[str, ...] = get_args(DayOfWeek)
END_OF_DAY = 24 * 60
BOUNDS = (
    ("min_kwh", "max_kwh"),
    ("min_power", "max_power"),
    ("min_current", "max_current"),
    ("min_duration", "max_duration"),
)
PHASES = ("reservation", "booking")
_WHOLE_DAY: Windows = ((0, END_OF_DAY),)
_READ = {
    *("start_time", "end_time", "start_date", "end_date", "day_of_week"),
    *PHASES,
    *(name for pair in BOUNDS for name in pair),
}


class Range(NamedTuple):
    """From `least` (inclusive) to `most` (exclusive); None is open."""

    least: Any = None
    most: Any = None

    def is_empty(self) -> bool:
        return self.least is not None and self.most is not None and bool(self.least >= self.most)

    def meets(self, other: Range) -> Range:
        if self == other:
            return self
        return Range(
            _choose(max, self.least, other.least),
            _choose(min, self.most, other.most),
        )

    def covers(self, other: Range) -> bool:
        return (
            self.least is None or (other.least is not None and bool(self.least <= other.least))
        ) and (self.most is None or (other.most is not None and bool(self.most >= other.most)))


_OPEN = Range()


class Region(NamedTuple):
    """When an element is active; everything must hold.

    `phase` names the reservation or booking it prices, ("", "") is charging and parking.
    `opaque` holds conditions that cannot be reasoned about: fields we do not know and a window
    that ends when it starts.
    """

    phase: tuple[str, str]
    windows: Windows
    days: frozenset[str]
    dates: Range
    bounds: tuple[Range, ...]
    opaque: tuple[tuple[str, Any], ...]

    def is_empty(self) -> bool:
        """Whether no moment at all lies in it."""
        return (
            not self.windows
            or not self.days
            or self.dates.is_empty()
            or any(map(Range.is_empty, self.bounds))
        )

    def is_unrestricted(self) -> bool:
        """Whether it holds every moment of charging and parking."""
        return self == UNRESTRICTED

    def meets(self, other: Region) -> Region | None:
        """The moments in both, or None if there are none."""
        if self.phase != other.phase:
            return None
        # Most pairs of a Tariff by the hour lie apart; that is seen before anything is made of them.
        dates = self.dates.meets(other.dates)
        windows = _common(self.windows, other.windows)
        if not windows or dates.is_empty():
            return None
        met = Region(
            self.phase,
            windows,
            self.days & other.days,
            dates,
            tuple(starmap(Range.meets, zip(self.bounds, other.bounds, strict=True))),
            self.opaque + tuple(one for one in other.opaque if one not in self.opaque),
        )
        return None if met.is_empty() else met

    def covers(self, other: Region) -> bool:
        """Whether every moment of the other one is certainly in this one."""
        return (
            self.phase == other.phase
            and (self.dates == _OPEN or self.dates.covers(other.dates))
            and all(
                one == _OPEN or one.covers(two)
                for one, two in zip(self.bounds, other.bounds, strict=True)
            )
            and self.days >= other.days
            and (
                self.windows == _WHOLE_DAY or _common(self.windows, other.windows) == other.windows
            )
            and all(one in other.opaque for one in self.opaque)
        )


def region_of(restrictions: Mapping[str, Any] | None) -> Region:
    """The region of an element's restrictions, which must be valid; absent ones hold everything."""
    given = restrictions or {}
    windows, opaque = _windows(given.get("start_time"), given.get("end_time"))
    opaque += [
        (name, value)
        for name, value in given.items()
        if name not in _READ and value is not None and value != []
    ]
    return Region(
        phase=(given.get("reservation") or "", given.get("booking") or ""),
        windows=windows,
        days=frozenset(given.get("day_of_week") or DAYS),
        dates=Range(given.get("start_date"), given.get("end_date")),
        bounds=tuple(_bounds(given.get(least), given.get(most)) for least, most in BOUNDS),
        opaque=tuple(opaque),
    )


def restrictions_of(region: Region) -> list[dict[str, Any]]:
    """The restrictions that say a region, one for each window of the day.

    A region that lies in two windows cannot be said by one element. Raises ValueError when two
    conditions of the same name would have to hold.
    """
    rest = _rest(region)
    return [{**times, **rest} for times in _times(region.windows)]


def _rest(region: Region) -> dict[str, Any]:
    said: dict[str, Any] = dict(zip(("start_date", "end_date"), region.dates, strict=True))
    for names, bound in zip(BOUNDS, region.bounds, strict=True):
        said.update(zip(names, bound, strict=True))
    if len(region.days) < len(DAYS):
        said["day_of_week"] = [day for day in DAYS if day in region.days]
    said.update(zip(PHASES, (name or None for name in region.phase), strict=True))
    for name, value in region.opaque:
        if said.get(name) is not None:
            raise ValueError(f"{name} would have to be both {said[name]} and {value}")
        said[name] = value
    return {name: value for name, value in said.items() if value is not None}


def _choose(which: Any, one: Any, two: Any) -> Any:
    if one is None or two is None:
        return two if one is None else one
    return which(one, two)


def _bounds(least: Amount | None, most: Amount | None) -> Range:
    return Range(None if least is not None and least <= 0 else least, most)


def minutes(time_of_day: str) -> int:
    """13:30 is 810."""
    return int(time_of_day[:2]) * 60 + int(time_of_day[3:])


def _windows(start: str | None, end: str | None) -> tuple[Windows, list[tuple[str, Any]]]:
    if start is not None and start == end and start != "00:00":
        return _WHOLE_DAY, [("start_time", start), ("end_time", end)]
    first = minutes(start or "00:00")
    last = minutes(end or "00:00") or END_OF_DAY
    if first < last:
        return ((first, last),), []
    return ((0, last), (first, END_OF_DAY)), []


def _common(one: Windows, two: Windows) -> Windows:
    if one == two:
        return one
    pairs = ((max(a, c), min(b, d)) for a, b in one for c, d in two)
    return tuple(sorted((first, last) for first, last in pairs if first < last))


def _times(windows: Windows) -> list[dict[str, str]]:
    if windows == _WHOLE_DAY:
        return [{}]
    if len(windows) > 1 and windows[0][0] == 0 and windows[-1][1] == END_OF_DAY:
        windows = (*windows[1:-1], (windows[-1][0], windows[0][1]))
    return [
        {"start_time": _clock(first), "end_time": _clock(last % END_OF_DAY)}
        for first, last in windows
    ]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


UNRESTRICTED = region_of(None)
