"""The prices of a tariff over a week as inline SVG, made on the server; a table beside it says the same."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ocpi.currencies import money
from ocpi.regions import END_OF_DAY
from tariffs.workshop.week import Stretch, Week

WIDTH, HEIGHT = 1000, 232
LEFT, RIGHT, CEILING, FLOOR = 66, 934, 16, 190
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHORT = 3
NIGHT = (6 * 60, 22 * 60)
"""The minutes at which the night ends and begins, where the background is darker."""
SERIES = (("energy", "per kWh"), ("time", "per hour charging"), ("parking", "per hour parked"))
_DAY_WIDTH = (RIGHT - LEFT) / len(DAYS)


def chart(week: Week, currency: str, zone: str) -> SafeString:
    """Lines for the prices per kWh (left scale) and per hour (right scale); empty when nothing has a price.

    ``zone`` is named: times of day are those of the location.
    """
    tops = _tops(week)
    if not any(tops):
        return SafeString("")
    return format_html(
        '<svg class="week-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        f"Prices from Monday to Sunday in {zone} time; the table below says the same",
        _nights(),
        _scale(tops, currency),
        format_html_join("", "{}", ((_line(week, n, name, tops[n]),) for n, name in _drawn(week))),
        _hovers(week, currency),
        _names(),
    )


def legend(week: Week) -> Iterator[tuple[str, str]]:
    """The lines that are drawn, by the kind of their class and what they are."""
    for place, name in _drawn(week):
        yield name, SERIES[place][1]


def _tops(week: Week) -> tuple[Decimal, Decimal, Decimal]:
    """The ends of the scales; time and parking share one."""
    energy, hour = _most(week, (0,)), _most(week, (1, 2))
    return energy, hour, hour


def _most(week: Week, places: tuple[int, ...]) -> Decimal:
    found = (stretch.prices[place] for day in week for stretch in day for place in places)
    most = max((price for price in found if price is not None), default=Decimal(0))
    return _round_up(most)


def _round_up(most: Decimal) -> Decimal:
    """A number a bit above, such as 0.5, 0.8 or 12; 0 where nothing is above 0."""
    if most <= 0:
        return Decimal(0)
    step = Decimal(10) ** (most.adjusted())
    factors = ("1", "1.2", "1.6", "2", "3", "4", "5", "6", "8", "10")
    return next(step * Decimal(factor) for factor in factors if most <= step * Decimal(factor))


def _drawn(week: Week) -> Iterator[tuple[int, str]]:
    for place, (name, _) in enumerate(SERIES):
        if any(stretch.prices[place] is not None for day in week for stretch in day):
            yield place, name


def _x(day: int, minute: int) -> float:
    return LEFT + (day + minute / END_OF_DAY) * _DAY_WIDTH


def _y(price: Decimal | None, top: Decimal) -> float:
    share = float(max(price or Decimal(0), Decimal(0)) / top) if top else 0.0
    return FLOOR - share * (FLOOR - CEILING)


def _line(week: Week, place: int, name: str, top: Decimal) -> SafeString:
    """A step line on the floor where nothing is charged."""
    points: list[str] = []
    for day, stretches in enumerate(week):
        for stretch in stretches:
            height = _y(stretch.prices[place], top)
            points += (
                f"{_x(day, minute):.1f},{height:.1f}" for minute in (stretch.start, stretch.end)
            )
    return format_html('<polyline class="week-{}" points="{}"/>', name, " ".join(points))


def _nights() -> SafeString:
    morning, evening = NIGHT
    dark = ((0, morning), (evening, END_OF_DAY))
    return format_html_join(
        "",
        '<rect class="week-night" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (
                f"{_x(day, start):.1f}",
                CEILING,
                f"{_x(day, end) - _x(day, start):.1f}",
                FLOOR - CEILING,
            )
            for day in range(len(DAYS))
            for start, end in dark
        ),
    )


def _scale(tops: tuple[Decimal, Decimal, Decimal], currency: str) -> SafeString:
    energy, hour, _ = tops
    shown = []
    for share in (Decimal("0.5"), Decimal(1)):
        height = _y(share, Decimal(1))
        shown.append(
            format_html(
                '<line class="week-line" x1="{}" x2="{}" y1="{}" y2="{}"/>',
                LEFT,
                RIGHT,
                height,
                height,
            )
        )
        if energy:
            shown.append(_text(LEFT - 6, height + 4, "week-y", money(share * energy, "")))
        if hour:
            shown.append(_text(RIGHT + 6, height + 4, "week-y-right", money(share * hour, "")))
    if energy:
        shown.append(_text(LEFT - 6, FLOOR + 4, "week-y", f"{currency}/kWh"))
    if hour:
        shown.append(_text(RIGHT + 6, FLOOR + 4, "week-y-right", f"{currency}/h"))
    return format_html_join("", "{}", ((one,) for one in shown))


def _hovers(week: Week, currency: str) -> SafeString:
    """An area per stretch that says its prices when pointed at."""
    return format_html_join(
        "",
        '<rect class="week-stretch" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        (
            (
                f"{_x(day, stretch.start):.1f}",
                CEILING,
                f"{_x(day, stretch.end) - _x(day, stretch.start):.1f}",
                FLOOR - CEILING,
                _words(DAYS[day], stretch, currency),
            )
            for day, stretches in enumerate(week)
            for stretch in stretches
        ),
    )


def _words(day: str, stretch: Stretch, currency: str) -> str:
    said = [
        f"{money(price, currency)} {unit}"
        for price, (_, unit) in zip(stretch.prices, SERIES, strict=True)
        if price is not None
    ]
    return "\n".join([f"{day}, {stretch.words}", *(said or ["nothing is charged"])])


def _names() -> SafeString:
    names = [
        _text((_x(day, 0) + _x(day, END_OF_DAY)) / 2, FLOOR + 36, "week-day", name[:SHORT])
        for day, name in enumerate(DAYS)
    ]
    hours = [_text(_x(day, 12 * 60), FLOOR + 18, "week-hour", "12:00") for day in range(len(DAYS))]
    return format_html_join("", "{}", ((one,) for one in [*names, *hours]))


def _text(left: float, height: float, kind: str, text: str) -> SafeString:
    return format_html(
        '<text x="{}" y="{}" class="{}">{}</text>', f"{left:.1f}", f"{height:.1f}", kind, text
    )
