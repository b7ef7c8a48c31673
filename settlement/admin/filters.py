"""What the list of statements can be narrowed by."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from settlement import months, words
from settlement.models import Statement
from staff import filters, theme

ALL = "all"


class MonthFilter(theme.DropdownFilter):
    """The statements of one month; without a choice those of the latest one that is over."""

    title = "month"
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(f"{first:%Y-%m}", words.month(first)) for first in known()] + [(ALL, "All months")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first = chosen(self.value())
        return queryset if first is None else queryset.filter(month=first)


class CurrencyFilter(filters.ValueFilter):
    title = "currency"
    parameter_name = "currency"


def known() -> list[date]:
    """The months of which there are statements, the latest first: walks the index by leaps."""
    found: list[date] = []
    latest = Statement.objects.order_by("-month").values_list("month", flat=True).first()
    while latest is not None:
        found.append(latest)
        earlier = Statement.objects.filter(month__lt=latest).order_by("-month")
        latest = earlier.values_list("month", flat=True).first()
    return found


def chosen(value: str | None) -> date | None:
    """The month that a list shows by its parameter; ``None`` for all of them."""
    if value == ALL:
        return None
    try:
        return date.fromisoformat(f"{value}-01")
    except ValueError:
        return usual()


def usual() -> date | None:
    """The latest month that is over and has statements; otherwise the latest one that has any."""
    this = months.month_of(timezone.now(), timezone.get_current_timezone())
    rows = Statement.objects.order_by("-month").values_list("month", flat=True)
    return rows.filter(month__lt=this).first() or rows.first()
