"""The charging periods of a Session or CDR: when each was, what it counted, and the power that comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from charging import words
from charging.charts.axes import CEILING, FLOOR, HEIGHT, LEFT, WIDTH, round_up, times, x, y
from ocpi.datetimes import parse_datetime

# A period without energy is a flat line this high.
IDLE = 3


class Period(NamedTuple):
    """A ChargingPeriod: it ends where the next one begins; ``power`` is the average in kW, where it has energy."""

    start: datetime
    end: datetime
    energy: float | None
    power: float | None
    volumes: tuple[str, ...]
    tariff_id: str

    @property
    def hours(self) -> float:
        return (self.end - self.start).total_seconds() / 3600


def periods_of(document: Mapping[str, Any], until: datetime | None = None) -> list[Period]:
    """The periods of a canonical Session or CDR that can be read, in their order.

    ``until`` is the end of the last one where the document says none, because the charge goes on.
    """
    found = []
    for period in document.get("charging_periods") or ():
        start = _moment(period.get("start_date_time")) if isinstance(period, Mapping) else None
        if start is not None:
            found.append((start, period))
    found.sort(key=lambda one: one[0])
    last = _moment(document.get("end_date_time")) or until
    ends = [start for start, _ in found[1:]]
    return (
        [
            _period(start, end, period)
            for (start, period), end in zip(found, [*ends, last or found[-1][0]], strict=True)
        ]
        if found
        else []
    )


def _period(start: datetime, end: datetime, period: Mapping[str, Any]) -> Period:
    dimensions = [d for d in period.get("dimensions") or () if isinstance(d, Mapping)]
    energy = next(
        (float(d["volume"]) for d in dimensions if d.get("type") == "ENERGY" and _counts(d)), None
    )
    end = max(start, end)
    hours = (end - start).total_seconds() / 3600
    return Period(
        start,
        end,
        energy,
        energy / hours if energy is not None and hours else None,
        tuple(words.volume(dimension) for dimension in dimensions),
        str(period.get("tariff_id") or ""),
    )


def _counts(dimension: Mapping[str, Any]) -> bool:
    try:
        float(dimension["volume"])
    except (KeyError, TypeError, ValueError):
        return False
    return True


def _moment(value: Any) -> datetime | None:
    try:
        return parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None


def chart(periods: Sequence[Period], zone: ZoneInfo | None) -> SafeString:
    """Power over time as inline SVG, times where the charge was; empty where there is nothing to draw."""
    if not periods or periods[-1].end <= periods[0].start:
        return SafeString("")
    start, end = periods[0].start, periods[-1].end
    top = round_up(max((abs(p.power) for p in periods if p.power is not None), default=0))
    bars = format_html_join("", "{}", ((_bar(p, start, end, top, zone),) for p in periods))
    return format_html(
        '<svg class="power" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        f"Average power of {len(periods)} charging periods over time",
        _scale(top),
        bars,
        times(start, end, zone),
    )


def _bar(
    period: Period, start: datetime, end: datetime, top: float, zone: ZoneInfo | None
) -> SafeString:
    left, right = x(period.start, start, end), x(period.end, start, end)
    height = IDLE if not period.power else max(abs(period.power) / top * (FLOOR - CEILING), IDLE)
    kind = "idle" if not period.power else "back" if period.power < 0 else "charging"
    lines = [
        f"{words.local(period.start, zone)}, {words.duration(period.hours)}",
        *period.volumes,
        *([f"Average power {period.power:.2f} kW"] if period.power is not None else []),
    ]
    return format_html(
        '<rect class="power-{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        kind,
        f"{left:.1f}",
        f"{FLOOR - height:.1f}",
        f"{max(right - left - 1, 1):.1f}",
        f"{height:.1f}",
        "\n".join(lines),
    )


def _scale(top: float) -> SafeString:
    if not top:
        return SafeString("")
    return format_html_join(
        "",
        '<line class="power-line" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" class="power-y">{}</text>',
        (
            (LEFT, WIDTH, height, height, LEFT - 8, height + 4, f"{share * top:g} kW")
            for share in (0.5, 1.0)
            for height in (y(share, 1.0),)
        ),
    )
