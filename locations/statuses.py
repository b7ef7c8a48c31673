"""Counting EVSE statuses of locations, and showing the counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db.models import Count
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from locations.choices import Status
from locations.models import EVSE
from staff import fragments

ORDER = (
    Status.AVAILABLE,
    Status.CHARGING,
    Status.RESERVED,
    Status.BLOCKED,
    Status.OUTOFORDER,
    Status.INOPERATIVE,
    Status.UNKNOWN,
    Status.PLANNED,
    Status.REMOVED,
)
Counts = dict[str, int]


def counts(location_ids: Collection[int]) -> dict[int, Counts]:
    """How many EVSEs of each status the locations have, in one query."""
    found: dict[int, Counts] = defaultdict(dict)
    rows = (
        EVSE.objects.filter(location__in=location_ids)
        .order_by()
        .values_list("location_id", "status")
        .annotate(number=Count("pk"))
    )
    for location_id, status, number in rows:
        found[location_id][status] = number
    return found


def present(found: Mapping[str, int]) -> int:
    """EVSEs that are there, so without those removed."""
    return sum(number for status, number in found.items() if status != Status.REMOVED)


def in_words(found: Mapping[str, int]) -> str:
    """``3 available, 1 charging``."""
    words = [f"{found[status]} {status.label.lower()}" for status in ORDER if found.get(status)]
    return ", ".join(words) or "no EVSE"


def bar(found: Mapping[str, int]) -> SafeString:
    """The statuses as a bar with the words below it."""
    shown = [(status, found[status]) for status in ORDER if found.get(status)]
    if not shown:
        return format_html('<span class="nothing">{}</span>', fragments.EMPTY)
    pieces = [(status.lower(), number) for status, number in shown]
    return format_html(
        '<span class="status-summary"><span class="status-bar" aria-hidden="true">{}</span>'
        "<small>{}</small></span>",
        format_html_join("", '<i class="bar-{}" style="flex-grow:{}"></i>', pieces),
        in_words(found),
    )
