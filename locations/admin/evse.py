"""The list of EVSEs; the page of one is its place on its location's page."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse

from exchange import cells
from exchange.admin import owned
from locations import finding, words
from locations.admin.evse_actions import ACTIONS, page_of
from locations.choices import BADGES, Status
from locations.models import EVSE
from staff import badges, confirmed, filters, fragments, theme


class HostedFilter(owned.HostedFilter):
    conditions: ClassVar = {
        "ours": ("Ours", Q(location__owner__is_ours=True)),
        "theirs": ("Partners'", Q(location__owner__is_ours=False)),
    }


class EVSEIdFilter(filters.ConditionFilter):
    title = "EVSE ID"
    parameter_name = "has_id"
    conditions: ClassVar = {
        "no": (
            "None, and it is there",
            Q(evse_key="", location__vanished_at=None) & ~Q(status=Status.REMOVED),
        ),
        "yes": ("Has one", ~Q(evse_key="")),
    }


@theme.register(EVSE)
class EVSEAdmin(theme.ReadOnlyAdmin[EVSE]):
    """Every EVSE with its live status."""

    list_display = ["evse", "location_column", "status_column", "since", "plugs"]
    list_display_links = None
    list_select_related = ["location__owner"]
    list_per_page = 50
    list_fullwidth = True
    list_before_template = "locations/evse_list_before.html"
    paginator = theme.UncountedPaginator
    ordering = ["-id"]
    sortable_by = ()
    search_fields = ["evse_id"]
    search_help_text = "EVSE ID, UID or location"
    list_filter = [("status", theme.ChoicesDropdownFilter), HostedFilter, EVSEIdFilter]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EVSE]:
        return super().get_queryset(request).defer("location__document")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[EVSE], search_term: str
    ) -> tuple[QuerySet[EVSE], bool]:
        term = search_term.strip()
        return (finding.evses_matching(queryset, term) if term else queryset), False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Locations link to their own EVSEs."""
        linked = ("location__id__exact", "location__owner__id__exact")
        return lookup in linked or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def get_urls(self) -> list[URLPattern]:
        return [*confirmed.urls(self, ACTIONS), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Its place on its location's page."""
        return HttpResponseRedirect(page_of(self.found(request, object_id)))

    @theme.display(description="EVSE")
    def evse(self, evse: EVSE) -> str:
        second = f"UID {evse.uid}" if evse.evse_id and evse.evse_id != evse.uid else ""
        return cells.two_lines(fragments.link(page_of(evse), evse), second)

    @theme.display(description="Location")
    def location_column(self, evse: EVSE) -> str:
        url = reverse("admin:locations_location_change", args=[evse.location_id])
        place = ", ".join(part for part in (evse.location.address, evse.location.city) if part)
        return cells.two_lines(fragments.link(url, evse.location), place)

    @theme.display(description="Status")
    def status_column(self, evse: EVSE) -> str:
        return badges.badge(evse.status, Status, BADGES)

    @theme.display(description="Since")
    def since(self, evse: EVSE) -> str:
        return fragments.ago(evse.status_since)

    @theme.display(description="Connectors")
    def plugs(self, evse: EVSE) -> str:
        return words.plugs(evse.document) or fragments.EMPTY
