"""An EVSE's status over the last days as a bar, drawn as inline SVG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from locations.choices import Status
from locations.models import StatusInterval
from staff import fragments

PERIOD = timedelta(days=7)
WIDTH, HEIGHT = 1000, 16
# Shorter than this share of a pixel makes no difference to the picture.
LEAST = 0.3


def bars(evse_ids: Collection[int], now: datetime | None = None) -> dict[int, SafeString]:
    """A bar per EVSE, from seven days ago until ``now``; one query for all of them."""
    end = now or timezone.now()
    start = end - PERIOD
    intervals: dict[int, list[StatusInterval]] = defaultdict(list)
    rows = StatusInterval.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=start), evse__in=evse_ids, started_at__lt=end
    ).order_by("evse_id", "started_at")
    for row in rows:
        intervals[row.evse_id].append(row)
    return {evse_id: _bar(intervals[evse_id], start, end) for evse_id in evse_ids}


def _bar(intervals: list[StatusInterval], start: datetime, end: datetime) -> SafeString:
    pieces = []
    for interval in intervals:
        left = _x(max(interval.started_at, start), start, end)
        right = _x(min(interval.ended_at or end, end), start, end)
        if right - left >= LEAST:
            pieces.append(
                (
                    interval.status.lower(),
                    f"{left:.1f}",
                    f"{right - left:.1f}",
                    HEIGHT,
                    _title(interval, end),
                )
            )
    return format_html(
        '<svg class="history" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"'
        ' aria-label="{}">{}</svg>',
        WIDTH,
        HEIGHT,
        _in_words(intervals, start, end),
        format_html_join(
            "",
            '<rect class="history-{}" x="{}" width="{}" height="{}"><title>{}</title></rect>',
            pieces,
        ),
    )


def _x(moment: datetime, start: datetime, end: datetime) -> float:
    return WIDTH * ((moment - start) / (end - start))


def _title(interval: StatusInterval, end: datetime) -> str:
    began = timezone.localtime(interval.started_at)
    length = fragments.span((interval.ended_at or end) - interval.started_at)
    until = "until now" if interval.ended_at is None else ""
    return f"{Status(interval.status).label} since {began:%Y-%m-%d %H:%M}, for {length} {until}".strip()


def _in_words(intervals: list[StatusInterval], start: datetime, end: datetime) -> str:
    """What the picture says, for those who cannot see it."""
    seconds: dict[str, float] = defaultdict(float)
    for interval in intervals:
        length = min(interval.ended_at or end, end) - max(interval.started_at, start)
        seconds[interval.status] += max(0.0, length.total_seconds())
    if not seconds:
        return "No status is known for the last 7 days"
    shares = sorted(seconds.items(), key=lambda item: -item[1])
    total = PERIOD.total_seconds()
    words = [f"{Status(status).label} {100 * part / total:.0f} %" for status, part in shares]
    return f"The last 7 days: {', '.join(words)}"
