"""The list of locations and the page of one."""

from __future__ import annotations

from functools import partial
from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from exchange.admin import insight, told
from exchange.admin.exchanges import row_of
from exchange.admin.owned import HostedFilter, OwnedAdmin, owner_words
from exchange.models import Exchange
from locations import finding, history, offers, services, statuses, tariff_usage, words
from locations.admin import editing, map_views, sections
from locations.admin.evse_actions import ACTIONS as EVSE_ACTIONS
from locations.admin.filters import (
    CountryFilter,
    StatusFilter,
    TariffFilter,
    VanishedFilter,
)
from locations.choices import BADGES, Status
from locations.models import EVSE, Location
from locations.visibility import VISIBILITY
from parties.models import Event
from staff import badges, confirmed, fragments, theme

EVSES_SHOWN = 60
EXCHANGES_SHOWN = 15


class LocationChangeList(theme.ChangeList):
    """Counts statuses and reads EVSEs for the rows of the page only."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        found = statuses.counts([row.pk for row in rows])
        evses: dict[int, list[EVSE]] = {}
        for evse in EVSE.objects.filter(location__in=[row.pk for row in rows]).order_by("id"):
            evses.setdefault(evse.location_id, []).append(evse)
        for row in rows:
            row.status_counts = found.get(row.pk, {})
            row.listed_evses = evses.get(row.pk, [])
        self.result_list = rows


class EVSESection:
    """The EVSEs of a location below its line, when it is unfolded."""

    shown = 12

    def __init__(self, request: HttpRequest, instance: Any) -> None:
        self.location = instance

    def render(self) -> str:
        evses = self.location.listed_evses
        return render_to_string(
            "locations/evse_lines.html",
            {
                "location": self.location,
                "evses": [evse_line(evse) for evse in evses[: self.shown]],
                "more": max(0, len(evses) - self.shown),
            },
        )


@theme.register(Location)
class LocationAdmin(OwnedAdmin[Location]):
    """All locations, ours and our partners'; only ours can be changed."""

    list_display = ["name_column", "owner_column", "evse_count", "status", "published", "updated"]
    list_display_links = None
    page_template = "locations/location.html"
    list_select_related = ["owner"]
    list_per_page = 25
    list_fullwidth = True
    list_sections = [EVSESection]
    list_before_template = "locations/list_before.html"
    ordering = ["-last_updated", "-id"]
    sortable_by = ["name_column", "updated"]
    paginator = theme.UncountedPaginator
    search_fields = ["name"]
    search_help_text = "Name, city, ID or EVSE ID"
    actions = None
    list_filter = [
        HostedFilter,
        ("owner", theme.AutocompleteSelectFilter),
        StatusFilter,
        CountryFilter,
        ("publish", theme.BooleanRadioFilter),
        VanishedFilter,
        TariffFilter,
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LocationChangeList]:
        return LocationChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Location]:
        return super().get_queryset(request).defer("document")

    def matching(self, queryset: QuerySet[Location], term: str) -> QuerySet[Location]:
        return finding.matching(queryset, term)

    def has_delete_permission(self, request: HttpRequest, obj: Location | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("map/", wrap(partial(map_views.page, self)), name="locations_location_map"),
            path(
                "map/data/", wrap(partial(map_views.data, self)), name="locations_location_map_data"
            ),
            path(
                "map/details/",
                wrap(partial(map_views.details, self)),
                name="locations_location_map_details",
            ),
            *editing.urls(self),
            *super().get_urls(),
        ]

    @theme.display(description="Location", ordering="name")
    def name_column(self, location: Location) -> str:
        url = reverse("admin:locations_location_change", args=[location.pk])
        place = ", ".join(part for part in (location.address, location.city) if part)
        return format_html(
            '<span class="two-lines">{}<small title="{}">{}</small></span>',
            fragments.link(url, location, title=location.location_id),
            place,
            place,
        )

    @theme.display(description="EVSEs")
    def evse_count(self, location: Any) -> str:
        url = f"{reverse('admin:locations_evse_changelist')}?location__id__exact={location.pk}"
        return fragments.link(url, fragments.amount(statuses.present(location.status_counts)))

    @theme.display(description="Status")
    def status(self, location: Any) -> str:
        return statuses.bar(location.status_counts)

    @theme.display(description="Published")
    def published(self, location: Location) -> str:
        return published_badge(location)

    @theme.display(description="Last change", ordering="last_updated")
    def updated(self, location: Location) -> str:
        return fragments.ago(location.last_updated)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A new location of ours."""
        return editing.add_location(self, request)

    def page_context(self, request: HttpRequest, location: Location) -> dict[str, Any]:
        """Everything about one location."""
        document = location.document
        evses = list(location.evses.order_by("id")[: EVSES_SHOWN + 1])
        shown = evses[:EVSES_SHOWN]
        found = statuses.counts([location.pk]).get(location.pk, {})
        bars = history.bars([evse.pk for evse in shown])
        tariffs = tariff_usage.known(location.owner, [evse.document for evse in shown])
        extent = None
        if location.latitude is not None and location.longitude is not None:
            extent = [location.longitude, location.latitude] * 2
        return {
            "location": location,
            "document": document,
            "owner": owner_words(location.owner),
            "published": published_badge(location),
            "operator": _operator(location),
            "opening": words.opening(document.get("opening_times")),
            "facilities": [words.capability(code) for code in document.get("facilities") or ()],
            "status_bar": statuses.bar(found),
            "status_words": statuses.in_words(found),
            "evses": [
                {
                    **evse_line(evse, tariffs),
                    "history": bars[evse.pk],
                    "buttons": [
                        *offers.at(request, location, evse),
                        *_evse_buttons(request, location, evse),
                    ],
                }
                for evse in shown
            ],
            "more_evses": len(evses) > EVSES_SHOWN,
            "evse_total": sum(found.values()),
            "evse_url": f"{reverse('admin:locations_evse_changelist')}?location__id__exact={location.pk}",
            "partners": told.told(_subject(location)),
            "as_partner_url": insight.url("as_partner", None, services.MODULE, location.reference),
            "exchanges": [row_of(row) for row in _exchanges(location)],
            "sections": sections.LOCATION.shown(request, location),
            "events": Event.objects.filter(subject=location.reference)[:15],
            "raw": orjson.loads(services.document_of(location)),
            "may_edit": location.owner.is_ours
            and request.user.has_perm("locations.change_location"),
            "may_edit_evses": location.owner.is_ours
            and request.user.has_perm("locations.change_evse"),
            "settings": map_views.configuration(extent),
        }


def _operator(location: Location) -> str:
    """Who operates it: without a word about that its owner, as its credentials name it (``Location.operator``)."""
    said = (location.document.get("operator") or {}).get("name")
    return str(said or location.owner.name)


def _evse_buttons(request: HttpRequest, location: Location, evse: EVSE) -> list[dict[str, Any]]:
    if not location.owner.is_ours:
        return []
    from django.contrib import admin

    evse.location = location
    return confirmed.buttons(admin.site.get_model_admin(EVSE), EVSE_ACTIONS, request, evse)


def _subject(location: Location) -> told.Subject:
    return told.Subject(
        VISIBILITY, "location", location.pk, location.reference, location.received_from_id
    )


def _exchanges(location: Location) -> QuerySet[Exchange]:
    names = [location.reference, location.location_id]
    return (
        Exchange.objects.filter(object_reference__in=names, module=services.MODULE)
        .select_related("connection")
        .order_by("-id")[:EXCHANGES_SHOWN]
    )


def evse_line(evse: EVSE, tariffs: tariff_usage.Known = tariff_usage.NOTHING) -> dict[str, Any]:
    """An EVSE for a table: its badge, since when, and its connectors in plain words, with their tariffs."""
    document = evse.document
    return {
        "evse": evse,
        "badge": badges.badge(evse.status, Status, BADGES),
        "connectors": [
            {**words.connector(item), "tariffs": tariffs.of(item)}
            for item in document.get("connectors") or ()
        ],
        "capabilities": [words.capability(code) for code in document.get("capabilities") or ()],
        "place": document.get("physical_reference") or "",
        "floor": document.get("floor_level") or "",
    }


def published_badge(location: Location) -> str:
    """Whether partners may show it, and whether it is still there."""
    if location.vanished_at is not None:
        return badges.label_badge(
            "Vanished", "danger", title="Its owner's complete list no longer held it."
        )
    if location.publish:
        return badges.label_badge("Published", "success")
    return badges.label_badge("Not published", title="Partners do not get it.")
