"""The shapes that the filters of lists have: by what is true of a row, and by the values of a column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from staff import theme

Condition = Q | Callable[[], Q]


class ConditionFilter(theme.RadioFilter):
    """Rows of which something is true: one of ``conditions``, each a label and what it means.

    A condition that depends on the time is a function.
    """

    conditions: ClassVar[Mapping[str, tuple[str, Condition]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, (label, _) in self.conditions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.conditions.get(self.value() or "")
        if chosen is None:
            return queryset
        condition = chosen[1]
        return queryset.filter(condition if isinstance(condition, Q) else condition())


class DayFilter(theme.RangeDateFilter):
    """Rows of a time from one day to another, both whole, in the user's zone."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = (self._day(end) for end in ("from", "to"))
        if first is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": _midnight(first)})
        if last is not None:
            beyond = _midnight(last + timedelta(days=1))
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": beyond})
        return queryset

    def _day(self, end: str) -> date | None:
        try:
            return date.fromisoformat(str(self.used_parameters[f"{self.parameter_name}_{end}"]))
        except (KeyError, ValueError):
            return None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class ValueFilter(theme.DropdownFilter):
    """Rows with one value in the column ``parameter_name``; the values there are, looked up once a minute."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in self._values(model_admin.model)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset

    @property
    def column(self) -> str:
        return str(self.parameter_name)

    def _values(self, model: Any) -> list[str]:
        key = f"filter-values:{model._meta.label_lower}:{self.column}"
        found: list[str] | None = cache.get(key)
        if found is None:
            rows = model.objects.order_by(self.column).values_list(self.column, flat=True)
            found = [name for name in rows.distinct() if name]
            cache.set(key, found, 60)
        return found
