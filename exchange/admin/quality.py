"""Data quality: what partners (and files) send differently than OCPI asks for, and how often."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from exchange import cells
from exchange.admin import links, quality_pages
from exchange.admin.filters import ObjectModuleFilter
from exchange.admin.quality_pages import FILES
from exchange.models import WarningCount
from exchange.quality import deviations, figures, suggestions
from exchange.quality.observing import SENTENCES
from parties.models import Connection
from staff import fragments, theme


@theme.register(WarningCount)
class WarningCountAdmin(theme.ReadOnlyAdmin[WarningCount]):
    """Every partner with its figures, and below one line per partner and kind of deviation."""

    list_display = ["partner", "deviation", "module_column", "times", "example", "last_seen"]
    list_display_links = None
    list_select_related = ["connection"]
    list_before_template = "exchange/quality_before.html"
    ordering = ["-count"]
    sortable_by = ["times", "last_seen"]
    search_fields = ["code", "example_reference"]
    search_help_text = "Deviation or example"
    list_filter = [("connection", theme.AutocompleteSelectFilter), ObjectModuleFilter]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "partner/<int:key>/", wrap(self.partner_view), name="exchange_warningcount_partner"
            ),
            path(
                "partner/<int:key>/csv/",
                wrap(quality_pages.csv_view),
                name="exchange_warningcount_csv",
            ),
            *super().get_urls(),
        ]

    def partner_view(self, request: HttpRequest, key: int) -> HttpResponse:
        return quality_pages.view(self, request, key)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WarningCount]:
        """Deviations of what came in; what was observed of a dialect leads to suggestions instead."""
        return super().get_queryset(request).exclude(code__in=list(SENTENCES))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with the figures of every partner above it."""
        return super().changelist_view(request, {"partners": _partners(), **(extra_context or {})})

    @theme.display(description="Partner", ordering="connection__name")
    def partner(self, row: WarningCount) -> str:
        url = quality_pages.partner_url(row.connection)
        return fragments.link(url, row.connection.name if row.connection else FILES)

    @theme.display(description="What differs")
    def deviation(self, row: WarningCount) -> str:
        return deviations.sentence(row.code)

    @theme.display(description="Module")
    def module_column(self, row: WarningCount) -> str:
        return links.module_label(row.module)

    @theme.display(description="Times", ordering="count")
    def times(self, row: WarningCount) -> str:
        return fragments.amount(row.count)

    @theme.display(description="Latest example")
    def example(self, row: WarningCount) -> str:
        return cells.two_lines(
            links.object_link(row.module, row.example_reference),
            f"{row.example_path}: {row.example_value}" if row.example_path else row.example_value,
        )

    @theme.display(description="Last seen", ordering="last_seen_at")
    def last_seen(self, row: WarningCount) -> str:
        return fragments.ago(row.last_seen_at)


def _partners() -> list[dict[str, Any]]:
    """Partners with anything to tell, those with the most deviations first."""
    known = figures.summaries()
    suggested = suggestions.numbers()
    keys = {*(key for key in known if key is not None), *suggested}
    rows = [
        _partner(connection, known.get(connection.pk, figures.Summary()), suggested)
        for connection in Connection.objects.filter(pk__in=keys)
    ]
    if None in known:
        rows.append(_partner(None, known[None], suggested))
    return sorted(rows, key=lambda row: (-row["suggestions"], -row["figures"].week, row["name"]))


def _partner(
    connection: Connection | None, summary: figures.Summary, suggested: dict[int, int]
) -> dict[str, Any]:
    return {
        "name": connection.name if connection else FILES,
        "url": quality_pages.partner_url(connection),
        "figures": summary,
        "suggestions": suggested.get(connection.pk, 0) if connection else 0,
    }
