"""The page of what the linter remarks about all tariffs, and the filter by it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from staff import theme
from staff.links import list_url, may_view
from tariffs.models import Tariff
from tariffs.pricing.lint import CODES, SEVERITIES
from tariffs.workshop import remarks

CACHED_SECONDS = 300
_KEY = "tariffs.remarks"
_IN_FORCE = Q(deleted_at=None, vanished_at=None)


class RemarkFilter(theme.DropdownFilter):
    """Tariffs in force with a remark of a code, or of any code that is as grave."""

    title = "remark"
    parameter_name = "remark"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        graves = [(severity, f"{remarks.SEVERITY_WORDS[severity]}: any") for severity in SEVERITIES]
        codes = sorted(
            CODES.items(), key=lambda one: (SEVERITIES.index(one[1].severity), one[1].title)
        )
        return [*graves, *((name, code.title) for name, code in codes)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ""
        codes = [name for name, code in CODES.items() if chosen in {name, code.severity}]
        return queryset.filter(_IN_FORCE, remark_codes__overlap=codes) if codes else queryset


def remarks_view(request: HttpRequest) -> HttpResponse:
    """How many tariffs have which remark, with links to them."""
    if not may_view(request, Tariff):
        raise PermissionDenied
    counts = cache.get_or_set(_KEY, remarks.counted, CACHED_SECONDS)
    context = {
        **admin.site.each_context(request),
        "title": "Tariffs with remarks",
        "counts": counts,
        "minutes": CACHED_SECONDS // 60,
        "list_url": list_url(Tariff),
    }
    return TemplateResponse(request, "tariffs/remark_list.html", context)
