"""The list of disputes, and the page of a case."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html

from exchange import cells
from exchange.admin.owned import owner_words
from review.admin import dispute_case, dispute_editing
from review.admin.desk_cells import money
from review.admin.dispute_actions import ACTIONS
from review.admin.dispute_case import state_badges
from review.admin.sections import DISPUTE_ACTIONS, DISPUTE_PAGE
from review.disputes import selectors
from review.models import Dispute, DisputedCDR
from staff import confirmed, fragments, theme
from staff.links import page_url

ALL = "all"
RUNNING = "running"
TABS: dict[str, str] = {
    RUNNING: "Running",
    "overdue": "Overdue",
    "us": "Waiting for us",
    "closed": "Closed",
    ALL: "All",
}
_COUNTED = (RUNNING, "overdue", "us")
_NOT_NARROWING = {"p", "o", "all"}


def condition_of(tab: str) -> Q:
    """Which cases a tab shows."""
    match tab:
        case "overdue":
            return selectors.overdue()
        case "us":
            return selectors.for_us()
        case "closed":
            return ~selectors.running()
        case "running":
            return selectors.running()
    return Q()


def chosen(request: HttpRequest) -> str:
    """The tab that is shown: what runs, unless something else is asked for."""
    tab = request.GET.get("tab", "")
    if tab in TABS:
        return tab
    return ALL if set(request.GET) - _NOT_NARROWING else RUNNING


class TabFilter(theme.DropdownFilter):
    """The tabs above the list."""

    title = "state"
    parameter_name = "tab"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(TABS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(condition_of(chosen(request)))


@theme.register(Dispute)
class DisputeAdmin(theme.ReadOnlyAdmin[Dispute]):
    """All cases, those that run first; their tabs are whose turn it is."""

    list_display = ["case", "partner_column", "cdrs", "amount_column", "state_column", "due"]
    list_display_links = None
    page_template = "review/dispute.html"
    list_select_related = ["partner", "ours"]
    list_before_template = "review/dispute_tabs.html"
    paginator = theme.UncountedPaginator
    ordering = ["-id"]
    sortable_by = ["due"]
    search_fields = ["title"]
    search_help_text = "Number of the case, words of its title, their reference, or the ID of a CDR"
    list_filter = [
        TabFilter,
        ("partner", theme.AutocompleteSelectFilter),
        ("outcome", theme.ChoicesDropdownFilter),
        ("direction", theme.ChoicesDropdownFilter),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispute]:
        rows = DisputedCDR.objects.filter(dispute=OuterRef("pk")).order_by().values("dispute")
        number = Subquery(rows.annotate(n=Count("pk")).values("n"), IntegerField())
        return super().get_queryset(request).annotate(cdr_number=Coalesce(number, 0))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Dispute], search_term: str
    ) -> tuple[QuerySet[Dispute], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(selectors.named(term)), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("open/", view(self.open_view), name="review_dispute_open"),
            path("<int:object_id>/edit/", view(self.edit_view), name="review_dispute_edit"),
            path(
                "<int:object_id>/evidence.zip",
                view(self.evidence_view),
                name="review_dispute_evidence",
            ),
        ]
        return [*own, *confirmed.urls(self, _actions()), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {"tabs": _tabs(request), "tab": chosen(request)}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def open_view(self, request: HttpRequest) -> Any:
        """A new case about the CDRs that the address names: ``?cdr=1&cdr=2``, by their primary keys."""
        return dispute_editing.open_view(self, request)

    def edit_view(self, request: HttpRequest, object_id: int) -> Any:
        """Claim, amounts and CDRs of a case that runs."""
        return dispute_editing.edit_view(self, request, self.found(request, object_id))

    def evidence_view(self, request: HttpRequest, object_id: int) -> Any:
        """Everything about the case as one file."""
        return dispute_case.evidence_view(request, self.found(request, object_id))

    @theme.display(description="Case")
    def case(self, row: Dispute) -> str:
        return cells.two_lines(fragments.link(page_url(row), row.number), row.title)

    @theme.display(description="Partner")
    def partner_column(self, row: Dispute) -> str:
        return cells.two_lines(owner_words(row.partner), row.get_direction_display())

    @theme.display(description="CDRs")
    def cdrs(self, row: Any) -> str:
        return fragments.amount(row.cdr_number)

    @theme.display(description="Claimed, before tax")
    def amount_column(self, row: Dispute) -> str:
        agreed = ""
        if row.agreed is not None:
            agreed = format_html("{} agreed", money(row.agreed, row.currency))
        return cells.two_lines(money(row.claimed, row.currency), agreed)

    @theme.display(description="State")
    def state_column(self, row: Dispute) -> str:
        return state_badges(row)

    @theme.display(description="Answer by", ordering="deadline")
    def due(self, row: Dispute) -> str:
        if row.closed_at:
            return cells.two_lines(fragments.moment(row.closed_at), "closed")
        return fragments.ago(row.deadline, empty=fragments.EMPTY)

    def page_title(self, row: Dispute) -> str:
        return str(row)

    def page_context(self, request: HttpRequest, row: Dispute) -> dict[str, Any]:
        """Everything about one case."""
        buttons = confirmed.buttons(self, _actions(), request, row)
        return {
            "buttons": buttons,
            "sections": DISPUTE_PAGE.shown(request, row),
            **dispute_case.context(request, row),
        }


def _actions() -> list[confirmed.Confirmed]:
    return [*ACTIONS, *DISPUTE_ACTIONS]


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    shown = chosen(request)
    query = request.GET.copy()
    entries = []
    for tab, label in TABS.items():
        query.pop("p", None)
        query["tab"] = tab
        entries.append(
            {
                "label": label,
                "url": f"?{query.urlencode()}",
                "active": tab == shown,
                "count": selectors.counted(condition_of(tab)) if tab in _COUNTED else "",
            }
        )
    return entries
