"""Filters that several lists share."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from exchange import registry
from exchange.admin.links import module_label
from exchange.choices import QuarantineState
from exchange.models import Quarantined
from exchange.quality.deviations import sentence
from staff import theme


class ModuleFilter(theme.DropdownFilter):
    """The OCPI modules, those of the handshake first."""

    title = "module"
    parameter_name = "module"
    handshake: tuple[str, ...] = ("versions", "credentials")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = [*self.handshake, *(module.identifier for module in registry.modules())]
        return [(name, module_label(name)) for name in dict.fromkeys(names)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(module=self.value()) if self.value() else queryset


class ObjectModuleFilter(ModuleFilter):
    """Only the modules that hold objects."""

    handshake = ()


class ProblemFilter(theme.DropdownFilter):
    """What is wrong with a quarantined object: the first problem of each that waits."""

    title = "problem"
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        waiting = Quarantined.objects.filter(state=QuarantineState.OPEN).order_by()
        codes = waiting.values_list("problems__0__code", flat=True).distinct()[:50]
        found = {code for code in (*codes, self.used_parameters.get("code")) if code}
        return [(code, sentence(code)) for code in sorted(found)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        code = self.value()
        return queryset.filter(problems__contains=[{"code": code}]) if code else queryset
