"""What the desk can be narrowed by; every filter has its index."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, ClassVar

from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from cdrs.admin.filters import CurrencyFilter as LatestCurrencies
from review import words
from review.choices import CONCERNING, ReviewState
from review.models import CDRReview
from staff import filters, theme

EVERYTHING = "all"
LATEST = 20_000
MONTHS = 36


class StateFilter(theme.DropdownFilter):
    """The tabs above the list; without a choice it is what waits for somebody."""

    title = "state"
    parameter_name = "state"
    tabs: ClassVar = {
        "": "To review",
        ReviewState.DISPUTED.value: "Disputed",
        ReviewState.ACCEPTED.value: "Accepted",
        ReviewState.DROPPED.value: "Dropped",
        ReviewState.WAITING.value: "Not checked yet",
        EVERYTHING: "Everything",
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*ReviewState.choices, (EVERYTHING, "Everything")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = state_of(self.value())
        return queryset if chosen == EVERYTHING else queryset.filter(state=chosen)


def state_of(value: str | None) -> str:
    """The state that a list shows by its parameter: one of ``ReviewState``, or :data:`EVERYTHING`."""
    if value in ReviewState.values or value == EVERYTHING:
        return str(value)
    return ReviewState.FLAGGED.value


class ReasonFilter(theme.DropdownFilter):
    """Reviews that a check holds up, or did until somebody decided."""

    title = "reason"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(words.reasons().items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        return queryset.filter(reasons__contains=[self.value()], state__in=CONCERNING)


class CauseFilter(theme.DropdownFilter):
    title = "likely cause"
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(words.causes().items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        return queryset.exclude(cause="").filter(cause=self.value())


class CurrencyFilter(LatestCurrencies):
    """The currencies of the latest CDRs; the list is kept per model."""

    def _values(self, model: Any) -> list[str]:
        key = "filter-values:review:currency"
        found: list[str] | None = cache.get(key)
        if found is None:
            latest = CDRReview.objects.order_by("-pk").values_list("currency", flat=True)[:LATEST]
            found = sorted({currency for currency in latest if currency})
            cache.set(key, found, 60)
        return found


class MonthFilter(theme.DropdownFilter):
    """Reviews of charges that ended in a month, of the user's time zone; the last three years are offered."""

    title = "month"
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        first = _first_of(self.used_parameters.get("month"))
        found = [_back(timezone.localdate(), months) for months in range(MONTHS)]
        if first is not None and first not in found:
            found.append(first)
        return [(f"{month:%Y-%m}", f"{month:%B %Y}") for month in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first = _first_of(self.value())
        if first is None:
            return queryset
        return queryset.filter(ended_at__gte=_midnight(first), ended_at__lt=_midnight(_next(first)))


class MarginFilter(filters.ConditionFilter):
    """What we sell for less than we pay; listed by how much."""

    title = "margin"
    parameter_name = "margin"
    conditions: ClassVar = {"negative": ("Below zero", Q(margin__lt=0))}


def _first_of(month: Any) -> date | None:
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        return None


def _back(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def _next(first: date) -> date:
    return _back(first, -1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
