"""What the list of locations can be narrowed by."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from locations import tariff_usage
from locations.choices import Status
from locations.models import EVSE, Location
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


class StatusFilter(theme.DropdownFilter):
    title = "status of an EVSE"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Status.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in Status.values:
            return queryset
        return queryset.filter(
            Exists(EVSE.objects.filter(location=OuterRef("pk"), status=self.value()))
        )


class CountryFilter(theme.DropdownFilter):
    title = "country"
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in _countries()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(country=self.value()) if self.value() else queryset


def _countries() -> list[str]:
    """The countries there are locations in; looked up once a minute."""
    found: list[str] | None = cache.get("location-countries")
    if found is None:
        rows = Location.objects.order_by("country").values_list("country", flat=True).distinct()
        found = [name for name in rows if name]
        cache.set("location-countries", found, 60)
    return found


class TariffFilter(theme.RadioFilter):
    """Where a tariff's page links to; it offers no choice but the tariff it was opened with."""

    title = "tariff"
    parameter_name = "tariff"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.tariff = _tariff(request.GET.get(self.parameter_name, ""))
        return [(str(self.tariff.pk), self.tariff.reference)] if self.tariff else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value() or self.tariff is None:
            return queryset
        return queryset.filter(owner=self.tariff.owner_id, pk__in=tariff_usage.using(self.tariff))


def _tariff(key: str) -> Tariff | None:
    if not (key.isascii() and key.isdigit() and len(key) <= 18):
        return None
    return Tariff.objects.select_related("owner").filter(pk=key).first()


class VanishedFilter(theme.RadioFilter):
    title = "still listed by its owner"
    parameter_name = "vanished"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Yes"), ("yes", "No, it vanished")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(vanished_at__isnull=self.value() == "no")
