"""The list of statements, the page of one, and its files."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from exchange import cells as traffic_cells
from review.choices import Direction
from review.models import CDRReview
from settlement import words
from settlement.admin import actions, cells, exports, forms, statement_page
from settlement.admin.filters import CurrencyFilter, MonthFilter
from settlement.admin.statement_list import StatementChangeList
from settlement.choices import BADGES, StatementState
from settlement.models import Statement
from settlement.verification import verify
from staff import badges, confirmed, fragments, theme
from staff.links import may_view, page_url


@theme.register(Statement)
class StatementAdmin(theme.ReadOnlyAdmin[Statement]):
    """Who owes whom, month by month; nobody edits a statement, it follows from reviews."""

    list_display = [
        "partner_column",
        "direction_column",
        "cdrs_column",
        "before_column",
        "after_column",
        "state_column",
        "left_column",
    ]
    list_display_links = None
    page_template = "settlement/statement.html"
    list_select_related = ["ours", "partner"]
    list_per_page = 100
    list_fullwidth = True
    list_before_template = "settlement/statement_list_before.html"
    ordering = ["-month", "partner", "direction", "currency", "ours"]
    sortable_by = ()
    search_fields = ["number", "partner__name", "partner__party_id"]
    search_help_text = "Number, or name or ID of a partner"
    list_filter = [
        MonthFilter,
        ("partner", theme.AutocompleteSelectFilter),
        ("direction", theme.ChoicesDropdownFilter),
        ("state", theme.ChoicesDropdownFilter),
        CurrencyFilter,
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[StatementChangeList]:
        return StatementChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Statement]:
        self._linked = may_view(request, CDRReview)
        return super().get_queryset(request).prefetch_related("tallies")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [path("close-month/", view(self.close_month_view), name="settlement_close_month")]
        for name in ("pdf", "csv", "xlsx", "verify", "notes"):
            handler = getattr(self, f"{name}_view")
            own.append(
                path(f"<int:object_id>/{name}/", view(handler), name=f"settlement_statement_{name}")
            )
        return [*own, *confirmed.urls(self, actions.ALL), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        shown = {"may_close": request.user.has_perm(actions.CHANGE), **(extra_context or {})}
        return super().changelist_view(request, shown)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Statement | None:
        rows = Statement.objects.select_related("ours", "partner").prefetch_related("tallies")
        return rows.filter(pk=int(object_id)).first() if object_id.isdecimal() else None

    def close_month_view(self, request: HttpRequest) -> HttpResponse:
        """Close the month for all partners."""
        return forms.close_month(self, request)

    def pdf_view(self, request: HttpRequest, object_id: int) -> HttpResponseBase:
        return exports.paper(self.found(request, object_id))

    def csv_view(self, request: HttpRequest, object_id: int) -> HttpResponseBase:
        return exports.csv(self.found(request, object_id))

    def xlsx_view(self, request: HttpRequest, object_id: int) -> HttpResponseBase:
        return exports.xlsx(self.found(request, object_id))

    def verify_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Compare it with a full look at its entries and their CDRs; changes nothing."""
        statement = self.found(request, object_id)
        found = verify(statement)
        shown = {
            "statement": statement,
            "found": found,
            "took": statement_page.took(found.seconds),
            "rows": [
                ("CDRs", words.count(found.statement.cdrs), words.count(found.found.cdrs)),
                *(
                    (
                        label,
                        words.money(getattr(found.statement, name), statement.currency),
                        words.money(getattr(found.found, name), statement.currency),
                    )
                    for label, name in (
                        ("Before tax, exact", "exact_before_tax"),
                        ("Tax, exact", "exact_tax"),
                        ("With tax, rounded", "after_tax"),
                    )
                ),
                ("Check sum", f"{found.statement.digest:x}", f"{found.found.digest:x}"),
            ],
            "back": page_url(statement),
        }
        return self.page(request, "settlement/verification.html", f"{statement}: full look", shown)

    def notes_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What is to be said on it."""
        statement = self.found(request, object_id)
        if not request.user.has_perm(actions.CHANGE):
            raise PermissionDenied
        return forms.notes(self, request, statement)

    @theme.display(description="Partner")
    def partner_column(self, statement: Statement) -> SafeString:
        name = fragments.link(page_url(statement), cells.company(statement.partner))
        below = statement.number or f"{words.month(statement.month)}, with {statement.ours}"
        return traffic_cells.two_lines(name, below)

    @theme.display(description="Who owes whom")
    def direction_column(self, statement: Statement) -> str:
        return str(Direction(statement.direction).label)

    @theme.display(description="CDRs")
    def cdrs_column(self, statement: Any) -> SafeString:
        return fragments.amount(statement.figures.cdrs)

    @theme.display(description="Before tax")
    def before_column(self, statement: Any) -> SafeString:
        return cells.money(statement.figures.before_tax, statement.currency)

    @theme.display(description="With tax")
    def after_column(self, statement: Any) -> SafeString:
        if statement.figures.tax_unknown:
            return fragments.number("not all stated")
        return cells.money(statement.figures.after_tax, statement.currency)

    @theme.display(description="State")
    def state_column(self, statement: Statement) -> SafeString:
        return badges.badge(statement.state, StatementState, BADGES)

    @theme.display(description="Not on it")
    def left_column(self, statement: Any) -> str:
        if statement.left_out is None:
            return "Too much is unchecked to count"
        shown = cells.left_out(statement, statement.left_out, linked=self._linked)
        return shown or fragments.EMPTY

    def page_title(self, statement: Statement) -> str:
        return statement.number or f"{words.month(statement.month)}, {statement.partner.identity}"

    def page_context(self, request: HttpRequest, statement: Statement) -> dict[str, Any]:
        """Everything about one statement."""
        return statement_page.context(self, request, statement)
