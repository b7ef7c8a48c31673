"""What the cells of the traffic lists hold."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exchange.choices import Direction
from staff import fragments

_ARROWS = {Direction.IN: ("arrow_downward", "In"), Direction.OUT: ("arrow_upward", "Out")}


def when(at: datetime) -> SafeString:
    """A time to the second; the day only where it is not today's."""
    local, universal = timezone.localtime(at), at.astimezone(UTC)
    today = local.date() == timezone.localdate()
    return format_html(
        '<time class="mono-time" datetime="{}" title="{}">{}</time>',
        universal.isoformat(),
        f"{local:%Y-%m-%d %H:%M:%S} {local.tzname()} · {universal:%Y-%m-%d %H:%M:%S} UTC",
        f"{local:%H:%M:%S}" if today else f"{local:%Y-%m-%d %H:%M:%S}",
    )


def arrow(direction: str) -> SafeString:
    """Which way it went."""
    icon, label = _ARROWS[Direction(direction)]
    return format_html(
        '<span class="way way-{}" title="{}"><span class="material-symbols-outlined"'
        ' aria-hidden="true">{}</span><span class="sr-only">{}: </span></span>',
        direction,
        label,
        icon,
        label,
    )


def codes(*pairs: tuple[int | None, str]) -> SafeString:
    """Status numbers side by side, each with its meaning as tooltip."""
    shown = [
        format_html(
            '<span title="{}">{}</span>', meaning, fragments.EMPTY if code is None else code
        )
        for code, meaning in pairs
    ]
    return format_html('<span class="codes">{} · {}</span>', *shown)


def milliseconds(duration: int) -> SafeString:
    """A duration as people read it: ``84 ms``, ``2.4 s``."""
    return format_html('<span class="number">{}</span>', duration_text(duration))


def duration_text(duration: int) -> str:
    return f"{duration} ms" if duration < 1000 else f"{duration / 1000:.1f} s"


def two_lines(first: object, second: object) -> SafeString:
    """A value with a quieter line below it."""
    return format_html('<span class="two-lines">{}<small>{}</small></span>', first, second)


def clamped(text: str) -> SafeString:
    """A long text on at most two lines; all of it in the tooltip."""
    return format_html('<span class="clamped" title="{0}">{0}</span>', text)
