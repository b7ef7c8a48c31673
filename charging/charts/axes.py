"""What the charts of charges share: a scale that ends at a round number, and times where the charge was."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT, FLOOR, LEFT = 1000, 190, 160, 56
CEILING = 16
TICKS = 5


def times(start: datetime, end: datetime, zone: ZoneInfo | None, right: int = WIDTH) -> SafeString:
    """The times along the floor, in ``zone`` or UTC."""
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
                f"{x(moment, start, end, right):.1f}",
                FLOOR + 20,
                "first" if index == 0 else "last" if index == TICKS else "middle",
                text.strftime(form),
            )
            for index, (moment, text) in enumerate(zip(moments, shown, strict=True))
        ),
    )


def x(at: datetime, start: datetime, end: datetime, right: int = WIDTH) -> float:
    """Where a moment lies; ``end`` is after ``start``."""
    return LEFT + (at - start) / (end - start) * (right - LEFT)


def y(value: float, top: float) -> float:
    """How high a value lies below ``top``, which is above zero."""
    return FLOOR - value / top * (FLOOR - CEILING)


def round_up(most: float) -> float:
    """The end of a scale, a number with a round half such as 12, 16 or 20; 0 where nothing is above zero."""
    if most <= 0:
        return 0
    step = 0.01
    while True:
        for factor in (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8):
            if most <= step * factor:
                return step * factor
        step *= 10
