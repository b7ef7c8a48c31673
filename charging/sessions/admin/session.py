"""The list of sessions and the page of one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html

from charging import records, words
from charging.models import Session
from charging.profiles import admin as profiling
from charging.sessions import finding, related, selectors, watching
from charging.sessions.admin import page, preferring
from charging.sessions.admin.filters import StateFilter, WorthALookFilter, chosen, tabs
from exchange import cells
from exchange.admin.owned import HostedFilter, OwnedAdmin, owner_words
from ocpi.charging_classes import NOT_AVAILABLE
from ocpi.numbers import shortened
from staff import badges, export, filters, fragments, theme
from staff.links import page_url

CSV: dict[str, export.Column] = {
    "session": lambda session: session.session_id,
    "status": lambda session: session.status,
    "CPO": lambda session: str(session.owner.identity),
    "eMSP": lambda session: str(session.emsp.identity),
    "start": lambda session: session.started_at,
    "end": lambda session: session.ended_at,
    "energy (kWh)": lambda session: shortened(session.kwh),
    "currency": lambda session: session.currency,
    "cost before tax": lambda session: (
        None if session.total_cost is None else shortened(session.total_cost)
    ),
    "token": lambda session: session.token_uid,
    "contract": lambda session: session.contract_id,
    "authorized by": lambda session: session.auth_method,
    "authorization": lambda session: session.authorization_reference,
    "location": lambda session: session.location_id,
    "EVSE": lambda session: session.evse_uid,
    "connector": lambda session: session.connector_id,
    "last updated": lambda session: session.last_updated,
    "last heard of": lambda session: session.heard_at,
    "received from": lambda session: session.received_from.name if session.received_from else "",
}


class SessionChangeList(theme.ChangeList):
    """Knows of the rows of the page where they are, which are late, and their CDRs."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        places, found = related.locations_of(rows), records.of(rows)
        late = watching.late() if any(row.is_live for row in rows) else {}
        for row in rows:
            row.place, row.late = places.get(row.pk), late.get(row.pk)
            row.records = found.get(row.pk, [])
        self.result_list = rows


@theme.register(Session)
class SessionAdmin(OwnedAdmin[Session], theme.ReadOnlyAdmin[Session]):
    """All sessions, at our charge points and of our drivers; their CPOs write them."""

    list_display = [
        "name_column",
        "place_column",
        "owner_column",
        "driver_column",
        "period",
        "energy_column",
        "cost_column",
        "heard",
        "record_column",
    ]
    list_display_links = None
    page_template = "charging/session.html"
    list_select_related = ["owner", "emsp"]
    list_per_page = 50
    list_fullwidth = True
    list_before_template = "charging/session_list_before.html"
    paginator = theme.UncountedPaginator
    ordering = ["-started_at", "-id"]
    sortable_by = ["period"]
    search_fields = ["session_id"]
    search_help_text = "Session ID, card, location ID, or NL*ABC/S1"
    list_filter = [
        StateFilter,
        ("started_at", filters.DayFilter),
        HostedFilter,
        ("owner", theme.AutocompleteSelectFilter),
        ("emsp", theme.AutocompleteSelectFilter),
        ("received_from", theme.AutocompleteSelectFilter),
        ("auth_method", theme.ChoicesDropdownFilter),
        WorthALookFilter,
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[SessionChangeList]:
        return SessionChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        return super().get_queryset(request).defer("document")

    def matching(self, queryset: QuerySet[Session], term: str) -> QuerySet[Session]:
        return finding.matching(queryset, term)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("export.csv", view(self.csv_view), name="charging_session_csv"),
            path("<int:session_id>/live/", view(self.live_view), name="charging_session_live"),
        ]
        return [*own, *preferring.urls(self), *profiling.urls(self), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        context = {"tabs": tabs(request), "state": chosen(request)}
        return super().changelist_view(request, {**context, **(extra_context or {})})  # type: ignore[return-value]

    def csv_view(self, request: HttpRequest) -> StreamingHttpResponse:
        """All that the filters show, however many."""
        rows = export.filtered(self, request).select_related("owner", "emsp", "received_from")
        return export.csv_response("sessions", rows, CSV)

    def live_view(self, request: HttpRequest, session_id: int) -> HttpResponse:
        """The part of the page that changes while the session goes on."""
        session = self.found(request, session_id)
        document = selectors.by_ids([session.pk])[0].parsed()
        location = related.related_to(session).location
        shown = page.live(session, document, location)
        return TemplateResponse(request, "charging/session_live.html", shown)

    @theme.display(description="Session")
    def name_column(self, session: Any) -> str:
        late = (
            badges.label_badge("Silent", "danger", title=session.late.sentence)
            if session.late
            else ""
        )
        below = format_html("{} {}", page.status_badge(session), late)
        return cells.two_lines(fragments.link(page_url(session), session), below)

    @theme.display(description="Where")
    def place_column(self, session: Any) -> str:
        place = session.location_id
        if session.place is not None:
            place = fragments.link(page_url(session.place), session.place)
        evse = session.evse_uid
        given = f"EVSE {evse}" if evse != NOT_AVAILABLE else "no EVSE given yet"
        return cells.two_lines(place, given)

    @theme.display(description="Driver of")
    def driver_column(self, session: Session) -> str:
        emsp = format_html("<span>{}</span>", owner_words(session.emsp))
        return cells.two_lines(emsp, session.token_uid)

    @theme.display(description="Since", ordering="started_at")
    def period(self, session: Session) -> str:
        duration = words.duration(page.hours(session))
        return cells.two_lines(fragments.moment(session.started_at), duration)

    @theme.display(description="Energy")
    def energy_column(self, session: Session) -> str:
        return fragments.number(words.energy(session.kwh))

    @theme.display(description="Before tax")
    def cost_column(self, session: Session) -> str:
        if session.total_cost is None:
            return format_html('<span class="nothing">{}</span>', "not said")
        return fragments.number(words.amount(session.total_cost, session.currency))

    @theme.display(description="Last news")
    def heard(self, session: Session) -> str:
        return fragments.ago(session.heard_at)

    @theme.display(description="CDR")
    def record_column(self, session: Any) -> str:
        if not session.records:
            return fragments.EMPTY
        first, *more = session.records
        link = fragments.link(first.url, first.reference)
        return cells.two_lines(link, f"and {len(more)} more") if more else link

    def page_title(self, session: Session) -> str:
        return f"Session {session.session_id}"

    def page_context(self, request: HttpRequest, session: Session) -> dict[str, Any]:
        """Everything about one session."""
        return page.context(request, session)
