"""The limits of a session's active charging profiles over time, as a step line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from charging import words
from charging.charts.axes import CEILING, FLOOR, HEIGHT, LEFT, WIDTH, round_up, times, x, y
from ocpi.numbers import plain

AHEAD = timedelta(minutes=15)
"""How much of a limit without end is drawn."""

UNITS = {"A": "A per phase", "W": "W in all"}


class Limit(NamedTuple):
    """For how long at most so much may flow: ``limit`` in ``unit`` (A per phase, W in all).

    Without ``end`` nothing says when it ends. ``told_at`` is when we heard of it.
    """

    start: datetime
    end: datetime | None
    limit: float
    unit: str
    told_at: datetime

    @property
    def words(self) -> str:
        return f"{plain(self.limit)} {UNITS.get(self.unit, self.unit)}"

    def holds(self, at: datetime) -> bool:
        """Whether it is the limit at a moment."""
        return self.start <= at and (self.end is None or at < self.end)


def limits(told: Iterable[tuple[datetime, datetime, Mapping[str, Any]]]) -> list[Limit]:
    """What was in force when: each profile until the next one was calculated, in order of time.

    ``told`` are profiles as (calculated at, told at, canonical ChargingProfile).
    """
    ordered = sorted(told, key=lambda one: (one[0], one[1]))
    found: list[Limit] = []
    for index, (start, told_at, profile) in enumerate(ordered):
        until = ordered[index + 1][0] if index + 1 < len(ordered) else None
        found += _of_one(start, told_at, profile, until)
    return found


def _of_one(
    start: datetime, told_at: datetime, profile: Mapping[str, Any], until: datetime | None
) -> Iterable[Limit]:
    periods = sorted(
        profile.get("charging_profile_period") or (), key=lambda one: int(one["start_period"])
    )
    duration = profile.get("duration")
    last = start + timedelta(seconds=int(duration)) if duration is not None else None
    begins = [start + timedelta(seconds=int(period["start_period"])) for period in periods]
    for begin, end, period in zip(begins, [*begins[1:], last], periods, strict=True):
        ends = [moment for moment in (end, last, until) if moment is not None]
        stop = min(ends) if ends else None
        if stop is None or begin < stop:
            unit = str(profile.get("charging_rate_unit") or "")
            yield Limit(begin, stop, float(period["limit"]), unit, told_at)


def chart(found: Sequence[Limit], zone: ZoneInfo | None, now: datetime) -> SafeString:
    """The limits as inline SVG, in the unit of the latest one; empty where there is nothing to draw.

    ``now`` is marked where it lies within. Times are where the charge is.
    """
    if not found:
        return SafeString("")
    unit = found[-1].unit
    drawn = [limit for limit in found if limit.unit == unit]
    start = drawn[0].start
    end = max(limit.end or limit.start + AHEAD for limit in drawn)
    if end <= start:
        return SafeString("")
    top = round_up(max(limit.limit for limit in drawn)) or 1
    return format_html(
        '<svg class="power limits" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        f"The limit over time in {UNITS.get(unit, unit)}: {len(drawn)} steps, the last {drawn[-1].words}",
        _scale(top, unit),
        _areas(drawn, start, end, top, zone),
        format_html('<path class="limits-line" d="{}"/>', _path(drawn, start, end, top)),
        _now(now, start, end),
        times(start, end, zone),
    )


def _path(drawn: Sequence[Limit], start: datetime, end: datetime, top: float) -> str:
    """Up and down between neighbours; a new beginning where nothing is known in between."""
    steps, before = [], None
    for limit in drawn:
        left, right = x(limit.start, start, end), x(limit.end or end, start, end)
        height = y(limit.limit, top)
        move = "L" if before == limit.start else "M"
        steps.append(f"{move}{left:.1f},{height:.1f} L{right:.1f},{height:.1f}")
        before = limit.end
    return " ".join(steps)


def _areas(
    drawn: Sequence[Limit], start: datetime, end: datetime, top: float, zone: ZoneInfo | None
) -> SafeString:
    """Below each step an area that says what it is."""
    return format_html_join(
        "",
        '<rect class="limits-area" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        (
            (
                f"{x(limit.start, start, end):.1f}",
                f"{y(limit.limit, top):.1f}",
                f"{max(x(limit.end or end, start, end) - x(limit.start, start, end), 1):.1f}",
                f"{FLOOR - y(limit.limit, top):.1f}",
                f"{limit.words}\n{words.local(limit.start, zone)}\n"
                + (f"until {words.local(limit.end, zone)}" if limit.end else "no end is said"),
            )
            for limit in drawn
        ),
    )


def _now(now: datetime, start: datetime, end: datetime) -> SafeString:
    if not start <= now <= end:
        return SafeString("")
    at = f"{x(now, start, end):.1f}"
    return format_html(
        '<line class="limits-now" x1="{}" x2="{}" y1="{}" y2="{}"><title>Now</title></line>',
        at,
        at,
        CEILING,
        FLOOR,
    )


def _scale(top: float, unit: str) -> SafeString:
    return format_html_join(
        "",
        '<line class="power-line" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" class="power-y">{}</text>',
        (
            (LEFT, WIDTH, y(share, 1.0), y(share, 1.0), LEFT - 8, y(share, 1.0) + 4, text)
            for share in (0.5, 1.0)
            for text in (f"{share * top:g} {unit}",)
        ),
    )
