"""The applications: what waits for whom, and the page on which one is checked and decided."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern

from exchange import cells
from parties.models import Event
from registers.admin import application_actions, application_checks
from registers.models import Application
from registers.running import words
from registers.running.choices import APPLICATION_BADGES, MAIL_BADGES, ApplicationState, MailState
from registers.selectors import parties_of
from staff import badges, confirmed, fragments, theme
from staff.links import page_url

TABS: dict[str, str] = {
    "review": "To review",
    "decide": "To decide",
    "decided": "Decided",
    "all": "All",
}
_STATES: dict[str, tuple[ApplicationState, ...]] = {
    "review": (ApplicationState.SUBMITTED,),
    "decide": (ApplicationState.REVIEWED,),
    "decided": (ApplicationState.ISSUED, ApplicationState.REFUSED, ApplicationState.WITHDRAWN),
}
_MOST_COUNTED = 100


def chosen(request: HttpRequest) -> str:
    """The tab that is shown: what is to review, unless something else is asked for."""
    tab = request.GET.get("tab", "")
    if tab in TABS:
        return tab
    return "all" if request.GET.get("q") else "review"


class TabFilter(theme.DropdownFilter):
    """The tabs above the list."""

    title = "state"
    parameter_name = "tab"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(TABS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        states = _STATES.get(chosen(request))
        return queryset.filter(state__in=states) if states else queryset


@theme.register(Application)
class ApplicationAdmin(theme.ReadOnlyAdmin[Application]):
    """A list with a tab per step, and a page for each application."""

    list_display = ["name_column", "organisation_column", "what", "state_column", "submitted"]
    list_display_links = None
    list_select_related = ["register"]
    list_before_template = "registers/application_list_before.html"
    page_template = "registers/application.html"
    paginator = theme.UncountedPaginator
    sortable_by = ()
    search_fields = ["legal_name"]
    search_help_text = "A code, a company, or the number of an application"
    list_filter = [
        TabFilter,
        ("register", theme.RelatedDropdownFilter),
        ("kind", theme.ChoicesDropdownFilter),
    ]

    def get_urls(self) -> list[URLPattern]:
        return [*confirmed.urls(self, application_actions.ACTIONS), *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Application], search_term: str
    ) -> tuple[QuerySet[Application], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        number = term.upper().removeprefix("A-")
        if number.isascii() and number.isdigit() and len(number) > 3:
            return queryset.filter(pk=int(number[:15])), False
        named = Q(legal_name__icontains=term) | Q(trading_name__icontains=term)
        for party in parties_of(term):
            named |= Q(country_code=party.country_code, party_id=party.party_id)
        return queryset.filter(named), False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        shown = {"tabs": _tabs(request), "tab": chosen(request)}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    @theme.display(description="Application")
    def name_column(self, application: Application) -> str:
        return cells.two_lines(
            fragments.link(page_url(application), application.written), application.number
        )

    @theme.display(description="Organisation")
    def organisation_column(self, application: Application) -> str:
        return cells.two_lines(application.known_as, application.country)

    @theme.display(description="What for")
    def what(self, application: Application) -> str:
        return cells.two_lines(
            application.get_kind_display(), words.roles(application.roles).capitalize()
        )

    @theme.display(description="State")
    def state_column(self, application: Application) -> str:
        return badges.badge(application.state, ApplicationState, APPLICATION_BADGES)

    @theme.display(description="Submitted")
    def submitted(self, application: Application) -> str:
        return fragments.moment(application.submitted_at)

    def page_title(self, application: Application) -> str:
        return f"{application.written}, {application.get_kind_display().lower()}"

    def page_context(self, request: HttpRequest, application: Application) -> dict[str, Any]:
        """What was applied for, what the checks say, and what can be done."""
        is_mine = application.four_eyes and application.reviewed_by_id == request.user.pk
        possible = [
            action
            for action in application_actions.ACTIONS
            if not (is_mine and action.permission == application_actions.DECIDE)
        ]
        may_work = any(
            request.user.has_perm(permission)
            for permission in (application_actions.REVIEW, application_actions.DECIDE)
        )
        return {
            "application": application,
            "state": badges.badge(application.state, ApplicationState, APPLICATION_BADGES),
            "roles": words.roles(application.roles).capitalize(),
            "checks": application_checks.checks(application) if application.is_open else [],
            "buttons": confirmed.buttons(self, possible, request, application),
            "wait_for_another": is_mine and application.state == ApplicationState.REVIEWED,
            "shows_contact": may_work,
            "mails": [
                {"mail": mail, "state": badges.badge(mail.state, MailState, MAIL_BADGES)}
                for mail in application.mails.all()
            ],
            "code_url": page_url(application.code) if application.code else "",
            "organisation_url": page_url(application.organisation)
            if application.organisation
            else "",
            "register_url": page_url(application.register),
            "events": Event.objects.filter(subject=application.reference)[:50],
        }


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    shown = chosen(request)
    return [
        {
            "label": label,
            "url": f"?tab={tab}",
            "active": tab == shown,
            "count": _counted(tab) if tab in ("review", "decide") else "",
        }
        for tab, label in TABS.items()
    ]


def _counted(tab: str) -> str:
    found = Application.objects.filter(state__in=_STATES[tab])[: _MOST_COUNTED + 1].count()
    return f"{_MOST_COUNTED}+" if found > _MOST_COUNTED else str(found or "")
