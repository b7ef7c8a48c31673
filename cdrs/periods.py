"""The charging periods of a CDR: when each was, what it counted, and the power that comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cdrs import words
from ocpi.datetimes import parse_datetime

WIDTH, HEIGHT, FLOOR, LEFT = 1000, 190, 160, 56
# A period without energy is a flat line this high.
IDLE = 3
TICKS = 5


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


def periods_of(document: Mapping[str, Any]) -> list[Period]:
    """The periods of a canonical CDR that can be read, in their order."""
    found = []
    for period in document.get("charging_periods") or ():
        start = _moment(period.get("start_date_time")) if isinstance(period, Mapping) else None
        if start is not None:
            found.append((start, period))
    found.sort(key=lambda one: one[0])
    last = _moment(document.get("end_date_time"))
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
    top = _round_up(max((abs(p.power) for p in periods if p.power is not None), default=0))
    bars = format_html_join("", "{}", ((_bar(p, start, end, top, zone),) for p in periods))
    return format_html(
        '<svg class="power" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        f"Average power of {len(periods)} charging periods over time",
        _scale(top),
        bars,
        _times(start, end, zone),
    )


def _bar(
    period: Period, start: datetime, end: datetime, top: float, zone: ZoneInfo | None
) -> SafeString:
    left, right = _x(period.start, start, end), _x(period.end, start, end)
    height = IDLE if not period.power else max(abs(period.power) / top * (FLOOR - 16), IDLE)
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
            (LEFT, WIDTH, y, y, LEFT - 8, y + 4, f"{share * top:g} kW")
            for share in (0.5, 1.0)
            for y in (FLOOR - share * (FLOOR - 16),)
        ),
    )


def _times(start: datetime, end: datetime, zone: ZoneInfo | None) -> SafeString:
    moments = [start + (end - start) * step / TICKS for step in range(TICKS + 1)]
    shown = [moment.astimezone(zone or ZoneInfo("UTC")) for moment in moments]
    is_long = (end - start).total_seconds() > 24 * 3600
    form = (
        "%m-%d %H:%M" if is_long else "%H:%M" if (end - start).total_seconds() > 600 else "%H:%M:%S"
    )
    return format_html_join(
        "",
        '<text x="{}" y="{}" class="power-x power-x-{}">{}</text>',
        (
            (
                f"{_x(moment, start, end):.1f}",
                FLOOR + 20,
                "first" if index == 0 else "last" if index == TICKS else "middle",
                text.strftime(form),
            )
            for index, (moment, text) in enumerate(zip(moments, shown, strict=True))
        ),
    )


def _x(at: datetime, start: datetime, end: datetime) -> float:
    return LEFT + (at - start) / (end - start) * (WIDTH - LEFT)


def _round_up(power: float) -> float:
    """The end of the scale: the next of 1, 2, 5, 10, 20, 50, … kW."""
    if power <= 0:
        return 0
    step = 0.01
    while True:
        for factor in (1, 2, 5):
            if power <= step * factor:
                return step * factor
        step *= 10
