"""Issued codes: who holds which, until when, and everything that happened to each."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils import timezone

from exchange import cells
from registers import selectors as observed
from registers.admin import code_actions
from registers.admin.entries import standing_badge
from registers.models import IssuedCode
from registers.running import selectors, words
from registers.running.choices import CODE_BADGES, CodeState
from staff import badges, confirmed, fragments, theme
from staff.filters import ConditionFilter
from staff.links import page_url


class TermFilter(ConditionFilter):
    title = "term"
    parameter_name = "term"
    conditions: ClassVar[Any] = {
        "renew": ("To renew", lambda: selectors.to_renew(timezone.now())),
    }


@theme.register(IssuedCode)
class IssuedCodeAdmin(theme.ReadOnlyAdmin[IssuedCode]):
    """A list of codes and a page for each."""

    list_display = ["code", "holder", "roles_column", "state_column", "until", "register_column"]
    list_display_links = None
    list_select_related = ["organisation", "register"]
    list_before_template = "registers/issued_list_before.html"
    page_template = "registers/issued.html"
    paginator = theme.UncountedPaginator
    sortable_by = ()
    search_fields = ["party_id"]
    search_help_text = "A code, any ID that is built on one, or a company"
    list_filter = [
        ("state", theme.ChoicesDropdownFilter),
        TermFilter,
        ("register", theme.RelatedDropdownFilter),
    ]

    def get_urls(self) -> list[URLPattern]:
        return [*confirmed.urls(self, code_actions.ACTIONS), *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[IssuedCode], search_term: str
    ) -> tuple[QuerySet[IssuedCode], bool]:
        if not search_term.strip():
            return queryset, False
        return selectors.matching(queryset, search_term), False

    @theme.display(description="Code")
    def code(self, issued: IssuedCode) -> str:
        return fragments.link(page_url(issued), issued)

    @theme.display(description="Holder")
    def holder(self, issued: IssuedCode) -> str:
        holder = issued.organisation
        link = fragments.link(page_url(holder), holder.known_as)
        other = holder.legal_name if holder.trading_name else ""
        return cells.two_lines(link, other)

    @theme.display(description="As")
    def roles_column(self, issued: IssuedCode) -> str:
        return words.roles(issued.roles).capitalize()

    @theme.display(description="State")
    def state_column(self, issued: IssuedCode) -> str:
        return state_badges(issued)

    @theme.display(description="Valid until")
    def until(self, issued: IssuedCode) -> str:
        return fragments.moment(issued.valid_until, empty="without an end")

    @theme.display(description="Register")
    def register_column(self, issued: IssuedCode) -> str:
        return fragments.link(page_url(issued.register), issued.register)

    def page_title(self, issued: IssuedCode) -> str:
        return f"{issued}, {issued.organisation.known_as}"

    def page_context(self, request: HttpRequest, issued: IssuedCode) -> dict[str, Any]:
        """One code: its holder, its history, and what other registers list under it."""
        return {
            "issued": issued,
            "state": state_badges(issued),
            "roles": words.roles(issued.roles).capitalize(),
            "holder_url": page_url(issued.organisation),
            "register_url": page_url(issued.register),
            "public_url": reverse("public-code", args=[issued.country_code, issued.party_id]),
            "buttons": confirmed.buttons(self, code_actions.ACTIONS, request, issued),
            "events": issued.events.order_by("-id"),
            "free_from": issued.claims.order_by("-free_from")
            .values_list("free_from", flat=True)
            .first(),
            "applications": [
                {"url": page_url(one), "application": one, "state": one.get_state_display()}
                for one in issued.applications.order_by("-id")[:20]
            ],
            "elsewhere": [
                {"url": page_url(one), "entry": one, "standing": standing_badge(one)}
                for one in observed.of_code(issued.party)[:20]
            ],
        }


def state_badges(issued: IssuedCode) -> str:
    """Its state, and whether it is to be renewed."""
    shown = badges.badge(issued.state, CodeState, CODE_BADGES)
    is_held = issued.state in (CodeState.ACTIVE, CodeState.SUSPENDED)
    if is_held and issued.valid_until and issued.valid_until <= timezone.now():
        return shown + " " + badges.label_badge("Term over", "danger")
    if is_held and issued.reminded_days is not None:
        return shown + " " + badges.label_badge("To renew", "warning")
    return shown
