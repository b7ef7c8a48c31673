"""The list of tariffs and the page of one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from exchange import cells
from staff import confirmed, fragments, theme
from staff.links import page_url
from tariffs import finding, usage, words
from tariffs.admin import page
from tariffs.admin.actions import ACTIONS
from tariffs.admin.badges import owner_words, standing_badge
from tariffs.admin.filters import CurrencyFilter, HostedFilter, PriceFilter, StandingFilter
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
class TariffAdmin(theme.ReadOnlyAdmin[Tariff]):
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
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[TariffChangeList]:
        return TariffChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Tariff], search_term: str
    ) -> tuple[QuerySet[Tariff], bool]:
        term = search_term.strip()
        return (finding.matching(queryset, term) if term else queryset), False

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "named/<path:reference>/",
                self.admin_site.admin_view(self.named_view),
                name="tariffs_tariff_named",
            ),
            *confirmed.urls(self, ACTIONS),
            *super().get_urls(),
        ]

    @theme.display(description="Tariff")
    def name_column(self, tariff: Tariff) -> str:
        text = next((text for _, text in words.texts(tariff.document)), "")
        link = fragments.link(page_url(tariff), tariff)
        return cells.two_lines(link, text[:80])

    @theme.display(description="Owner")
    def owner_column(self, tariff: Tariff) -> str:
        return owner_words(tariff)

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

    def named_view(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Where the exchange log and deliveries link to: ``NL*ABC/T1``."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        tariff = finding.matching(Tariff.objects.all(), reference).order_by("pk").first()
        if tariff is None:
            raise Http404
        return HttpResponseRedirect(page_url(tariff))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Everything about one tariff."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        tariff = self._found(object_id)
        return TemplateResponse(
            request,
            "tariffs/tariff.html",
            {
                **self.admin_site.each_context(request),
                "title": str(tariff),
                "opts": self.opts,
                "original": tariff,
                "buttons": confirmed.buttons(self, ACTIONS, request, tariff),
                **page.context(request, tariff),
                **(extra_context or {}),
            },
        )

    def _found(self, object_id: str) -> Tariff:
        tariff = (
            Tariff.objects.select_related("owner", "received_from").filter(pk=object_id).first()
            if object_id.isascii() and object_id.isdigit()
            else None
        )
        if tariff is None:
            raise Http404
        return tariff
