"""What the list of locations can be narrowed by."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from locations import tariff_usage
from locations.choices import Status
from locations.models import EVSE
from staff import filters, theme
from tariffs.models import Tariff


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


class CountryFilter(filters.ValueFilter):
    title = "country"
    parameter_name = "country"


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


class VanishedFilter(filters.ConditionFilter):
    title = "still listed by its owner"
    parameter_name = "vanished"
    conditions: ClassVar = {
        "no": ("Yes", Q(vanished_at__isnull=True)),
        "yes": ("No, it vanished", Q(vanished_at__isnull=False)),
    }
