"""Energy and cost of a session over time, from what its CPO told on the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from charging import words
from charging.charts.axes import FLOOR, HEIGHT, LEFT, WIDTH, round_up, times, x, y

_RIGHT = WIDTH - 76


class Reading(NamedTuple):
    """What a session had come to at a moment: kWh, and cost before tax where it is said."""

    at: datetime
    kwh: Decimal
    cost: Decimal | None


def chart(readings: Sequence[Reading], currency: str, zone: ZoneInfo | None) -> SafeString:
    """Energy (left scale) and cost (right scale) as inline SVG; empty where there is nothing to draw.

    ``readings`` are in order of time, whose zone is that of where the charge is.
    """
    if len(readings) < 2 or readings[-1].at <= readings[0].at:
        return SafeString("")
    start, end = readings[0].at, readings[-1].at
    most_energy = round_up(float(max(reading.kwh for reading in readings)))
    costs = [(reading.at, reading.cost) for reading in readings if reading.cost is not None]
    most_cost = round_up(float(max((cost for _, cost in costs), default=Decimal(0))))
    energy = [(reading.at, reading.kwh) for reading in readings]
    return format_html(
        '<svg class="power progress-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        _label(readings, currency),
        _scale(most_energy, most_cost if costs else 0, currency),
        _line("cost", costs, start, end, most_cost),
        _line("energy", energy, start, end, most_energy),
        _dots(readings, start, end, most_energy, currency, zone),
        times(start, end, zone, _RIGHT),
    )


def _label(readings: Sequence[Reading], currency: str) -> str:
    last = readings[-1]
    cost = f", cost up to {words.amount(last.cost, currency)}" if last.cost is not None else ""
    return f"Energy over time, up to {words.energy(last.kwh)}{cost}; {len(readings)} readings"


def _line(
    name: str,
    points: Sequence[tuple[datetime, Decimal]],
    start: datetime,
    end: datetime,
    top: float,
) -> SafeString:
    drawn = " ".join(
        f"{x(at, start, end, _RIGHT):.1f},{_height(value, top):.1f}" for at, value in points
    )
    if not drawn:
        return SafeString("")
    return format_html('<polyline class="progress-{}" points="{}"/>', name, drawn)


def _dots(
    readings: Sequence[Reading],
    start: datetime,
    end: datetime,
    top: float,
    currency: str,
    zone: ZoneInfo | None,
) -> SafeString:
    """A dot per reading, which says what it was."""
    return format_html_join(
        "",
        '<circle class="progress-dot" cx="{}" cy="{}" r="{}"><title>{}</title></circle>',
        (
            (
                f"{x(reading.at, start, end, _RIGHT):.1f}",
                f"{_height(reading.kwh, top):.1f}",
                4 if len(readings) <= 60 else 2,
                "\n".join(
                    said
                    for said in (
                        words.local(reading.at, zone),
                        words.energy(reading.kwh),
                        words.amount(reading.cost, currency),
                    )
                    if said
                ),
            )
            for reading in readings
        ),
    )


def _scale(energy: float, cost: float, currency: str) -> SafeString:
    shown = []
    for share in (0.5, 1.0):
        height = y(share, 1.0)
        shown.append(
            format_html(
                '<line class="power-line" x1="{}" x2="{}" y1="{}" y2="{}"/>',
                LEFT,
                _RIGHT,
                height,
                height,
            )
        )
        if energy:
            shown.append(_text(LEFT - 8, height, "power-y", f"{share * energy:g} kWh"))
        if cost:
            shown.append(_text(_RIGHT + 8, height, "power-y-right", f"{share * cost:g} {currency}"))
    return format_html_join("", "{}", ((one,) for one in shown))


def _text(left: float, height: float, kind: str, text: str) -> SafeString:
    return format_html('<text x="{}" y="{}" class="{}">{}</text>', left, height + 4, kind, text)


def _height(value: Decimal, top: float) -> float:
    return y(max(float(value), 0), top) if top else FLOOR
