"""The list of tariffs and the page of one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from exchange import cells
from exchange.admin.owned import HostedFilter, OwnedAdmin
from staff import confirmed, fragments, theme
from staff.links import page_url
from tariffs import finding, usage, words
from tariffs.admin import page, preview
from tariffs.admin.actions import ACTIONS
from tariffs.admin.badges import standing_badge
from tariffs.admin.filters import CurrencyFilter, PriceFilter, StandingFilter
from tariffs.admin.remarks import RemarkFilter, remarks_view
from tariffs.choices import TariffType
from tariffs.models import Tariff


class TariffChangeList(theme.ChangeList):
    """Asks for the rows of the page only who uses them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        used = usage.counts(rows)
        for row in rows:
            row.used = used[row.pk]
        self.result_list = rows


@theme.register(Tariff)
class TariffAdmin(OwnedAdmin[Tariff], theme.ReadOnlyAdmin[Tariff]):
    """All tariffs, ours and our partners'; what staff can do to ours are confirmed actions."""

    list_display = [
        "name_column",
        "owner_column",
        "price_column",
        "type_column",
        "valid_column",
        "used_column",
        "updated",
    ]
    list_display_links = None
    page_template = "tariffs/tariff.html"
    list_select_related = ["owner"]
    list_per_page = 50
    list_fullwidth = True
    list_before_template = "tariffs/list_before.html"
    paginator = theme.UncountedPaginator
    ordering = ["-last_updated", "-id"]
    sortable_by = ["updated"]
    search_fields = ["tariff_id"]
    search_help_text = "Tariff ID, or NL*ABC/T1"
    list_filter = [
        HostedFilter,
        ("owner", theme.AutocompleteSelectFilter),
        CurrencyFilter,
        PriceFilter,
        ("type", theme.ChoicesDropdownFilter),
        StandingFilter,
        RemarkFilter,
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[TariffChangeList]:
        return TariffChangeList

    def matching(self, queryset: QuerySet[Tariff], term: str) -> QuerySet[Tariff]:
        return finding.matching(queryset, term)

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "remarks/",
                self.admin_site.admin_view(remarks_view),
                name="tariffs_tariff_remarks",
            ),
            *preview.urls(self),
            *confirmed.urls(self, ACTIONS),
            *super().get_urls(),
        ]

    @theme.display(description="Tariff")
    def name_column(self, tariff: Tariff) -> str:
        text = next((text for _, text in words.texts(tariff.document)), "")
        link = fragments.link(page_url(tariff), tariff)
        return cells.two_lines(link, text[:80])

    @theme.display(description="Price")
    def price_column(self, tariff: Tariff) -> str:
        return words.price_line(tariff.document)

    @theme.display(description="For")
    def type_column(self, tariff: Tariff) -> str:
        return TariffType(tariff.type).label if tariff.type else "All sessions"

    @theme.display(description="Valid")
    def valid_column(self, tariff: Tariff) -> str:
        return cells.two_lines(standing_badge(tariff), words.validity(tariff))

    @theme.display(description="Used by")
    def used_column(self, tariff: Any) -> str:
        if not tariff.used.connectors:
            return fragments.EMPTY
        return fragments.link(usage.list_url(tariff), tariff.used)

    @theme.display(description="Last change", ordering="last_updated")
    def updated(self, tariff: Tariff) -> str:
        return fragments.ago(tariff.last_updated)

    def page_context(self, request: HttpRequest, tariff: Tariff) -> dict[str, Any]:
        """Everything about one tariff."""
        buttons = confirmed.buttons(self, ACTIONS, request, tariff)
        return {"buttons": buttons, **page.context(request, tariff)}
