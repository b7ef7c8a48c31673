"""What the list of tariffs can be narrowed by."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from staff import theme
from tariffs.models import Tariff


class HostedFilter(theme.RadioFilter):
    title = "whose"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("ours", "Ours"), ("theirs", "Partners'")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("ours", "theirs"):
            return queryset
        return queryset.filter(owner__is_ours=self.value() == "ours")


class CurrencyFilter(theme.DropdownFilter):
    title = "currency"
    parameter_name = "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in _currencies()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(currency=self.value()) if self.value() else queryset


def _currencies() -> list[str]:
    """The currencies there are tariffs in; looked up once a minute."""
    found: list[str] | None = cache.get("tariff-currencies")
    if found is None:
        rows = Tariff.objects.order_by("currency").values_list("currency", flat=True).distinct()
        found = [name for name in rows if name]
        cache.set("tariff-currencies", found, 60)
    return found


class PriceFilter(theme.RadioFilter):
    title = "price"
    parameter_name = "price"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("charged", "Costs something"),
            ("free", "Free of charge"),
            ("none", "Says no price"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "charged":
                return queryset.filter(is_free=False, has_elements=True)
            case "free":
                return queryset.filter(is_free=True)
            case "none":
                return queryset.filter(has_elements=False)
        return queryset


class StandingFilter(theme.RadioFilter):
    """Whether its owner still has it, and whether it is valid now."""

    title = "still there"
    parameter_name = "there"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("valid", "Yes, and valid now"),
            ("later", "Yes, valid later"),
            ("over", "Yes, but its validity is over"),
            ("deleted", "No, deleted"),
            ("vanished", "No, vanished from its owner's list"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        there = Q(deleted_at=None, vanished_at=None)
        match self.value():
            case "valid":
                begun = Q(valid_from=None) | Q(valid_from__lte=now)
                return queryset.filter(there, begun, Q(valid_until=None) | Q(valid_until__gt=now))
            case "later":
                return queryset.filter(there, valid_from__gt=now)
            case "over":
                return queryset.filter(there, valid_until__lte=now)
            case "deleted":
                return queryset.filter(deleted_at__isnull=False)
            case "vanished":
                return queryset.filter(vanished_at__isnull=False, deleted_at=None)
        return queryset
