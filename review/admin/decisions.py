"""Who decided what about CDRs, when and why: for auditors, and for whoever wonders."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from exchange import cells
from exchange.admin.owned import owner_words
from review import finding
from review.admin.desk_cells import money
from review.admin.desk_export import about, number
from review.choices import BADGES, Action, ReviewState
from review.models import CDRReview, ReviewDecision
from staff import badges, export, filters, fragments, spreadsheets, theme
from staff.links import page_url_of
from staff.spreadsheets import Sheet

COLUMNS: dict[str, export.Column] = {
    "when": lambda row: row.at,
    "by": lambda row: row.by,
    "decision": lambda row: Action(row.action).label,
    "CDR": lambda row: row.review.cdr.cdr_id,
    "CPO": lambda row: str(row.review.cdr.owner.identity),
    "partner": lambda row: str(row.partner.identity) if row.partner else "",
    "currency": lambda row: row.currency,
    "at stake then": lambda row: number(row.amount),
    "stated before tax": lambda row: number(row.review.stated),
    "from": lambda row: ReviewState(row.from_state).label,
    "to": lambda row: ReviewState(row.to_state).label,
    "reason": lambda row: row.reason,
}


class ActionFilter(theme.DropdownFilter):
    """What was decided; what the checks did by themselves is no decision of anybody."""

    title = "decision"
    parameter_name = "decision"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Action.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class PersonFilter(filters.ValueFilter):
    title = "person"
    parameter_name = "by"
    latest: ClassVar[int] = 20_000

    def _values(self, model: Any) -> list[str]:
        rows = ReviewDecision.objects.order_by("-at", "-id").values_list("by", flat=True)
        return sorted(set(rows[: self.latest]))


@theme.register(ReviewDecision)
class ReviewDecisionAdmin(theme.ReadOnlyAdmin[ReviewDecision]):
    """The decisions, newest first; nobody changes them."""

    list_display = [
        "when_column",
        "by",
        "decision_column",
        "cdr_column",
        "partner_column",
        "amount_column",
        "reason_column",
    ]
    list_display_links = None
    list_select_related = ["review__cdr__owner", "partner"]
    list_per_page = 50
    list_fullwidth = True
    list_before_template = "review/decisions_before.html"
    paginator = theme.UncountedPaginator
    ordering = ["-at", "-id"]
    sortable_by = ()
    search_fields = ["by"]
    search_help_text = finding.HELP
    list_filter = [
        ("at", filters.DayFilter),
        ActionFilter,
        PersonFilter,
        ("partner", theme.AutocompleteSelectFilter),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReviewDecision]:
        return super().get_queryset(request).defer("review__cdr__document", "review__findings")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ReviewDecision], search_term: str
    ) -> tuple[QuerySet[ReviewDecision], bool]:
        return finding.decisions_matching(queryset, search_term), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("export.csv", view(self.csv_view), name="review_reviewdecision_csv"),
            path("export.xlsx", view(self.xlsx_view), name="review_reviewdecision_xlsx"),
        ]
        return [*own, *super().get_urls()]

    def csv_view(self, request: HttpRequest) -> HttpResponseBase:
        return export.csv_response("decisions", self._rows(request), COLUMNS)

    def xlsx_view(self, request: HttpRequest) -> HttpResponseBase:
        sheet = Sheet("Decisions", self._rows(request), COLUMNS)
        return spreadsheets.xlsx_response("decisions", [sheet], about=about(request))

    def _rows(self, request: HttpRequest) -> QuerySet[ReviewDecision]:
        rows: QuerySet[ReviewDecision] = export.filtered(self, request)
        return rows.select_related("review__cdr__owner", "partner")

    @theme.display(description="When")
    def when_column(self, decision: ReviewDecision) -> SafeString:
        return fragments.moment(decision.at)

    @theme.display(description="Decision")
    def decision_column(self, decision: ReviewDecision) -> SafeString:
        before = ReviewState(decision.from_state).label
        to = badges.badge(decision.to_state, ReviewState, BADGES)
        said = Action(decision.action).label
        return cells.two_lines(to, f"{said}; before: {before}")

    @theme.display(description="CDR")
    def cdr_column(self, decision: ReviewDecision) -> SafeString:
        url = page_url_of(CDRReview, decision.review_id)
        return fragments.link(url, decision.review.cdr.cdr_id)

    @theme.display(description="Partner")
    def partner_column(self, decision: ReviewDecision) -> str:
        return owner_words(decision.partner) if decision.partner else fragments.EMPTY

    @theme.display(description="At stake then")
    def amount_column(self, decision: ReviewDecision) -> SafeString:
        return money(decision.amount, decision.currency)

    @theme.display(description="Why")
    def reason_column(self, decision: ReviewDecision) -> SafeString:
        return cells.clamped(decision.reason)
