"""The desk: the list of reviews and the page of one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exchange import cells
from exchange.admin.owned import owner_words
from review import bulk, finding, words
from review.admin import desk, desk_decide, desk_export, desk_page
from review.admin.desk_cells import joined, money, reasons
from review.admin.desk_filters import (
    CauseFilter,
    CurrencyFilter,
    MarginFilter,
    MonthFilter,
    ReasonFilter,
    StateFilter,
)
from review.choices import BADGES, Action, Direction, ReviewState
from review.models import CDRReview
from staff import badges, fragments, theme


@theme.register(CDRReview)
class CDRReviewAdmin(theme.ReadOnlyAdmin[CDRReview]):
    """What waits for a decision, most at stake first; everything else by its state."""

    list_display = [
        "name_column",
        "partner_column",
        "end_column",
        "stated_column",
        "ours_column",
        "difference_column",
        "stake_column",
        "reasons_column",
    ]
    list_display_links = None
    page_template = "review/review.html"
    list_select_related = ["cdr", "cdr__owner", "partner"]
    # A screenful: what is asked again after each decision has to be there at once.
    list_per_page = 25
    list_fullwidth = True
    list_before_template = "review/list_before.html"
    paginator = theme.KeysFirstPaginator
    sortable_by = ["end_column", "stake_column"]
    search_fields = ["cdr__cdr_id"]
    search_help_text = finding.HELP
    list_filter = [
        StateFilter,
        ("partner", theme.AutocompleteSelectFilter),
        ReasonFilter,
        CauseFilter,
        ("direction", theme.ChoicesDropdownFilter),
        MonthFilter,
        CurrencyFilter,
        ("at_stake", theme.RangeNumericFilter),
        MarginFilter,
    ]
    actions = [
        "accept_selected",
        "dispute_selected",
        "drop_selected",
        "retry_selected",
        "reopen_selected",
    ]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return desk_decide.may_decide(request)

    def has_dispute_permission(self, request: HttpRequest) -> bool:
        return desk_decide.may_dispute(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[desk.DeskChangeList]:
        return desk.DeskChangeList

    def get_sortable_by(self, request: HttpRequest) -> list[Any]:
        if request.GET.get("margin"):
            return []
        return ["end_column", *(["stake_column"] if desk.can_sort_by_stake(request.GET) else [])]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CDRReview]:
        return super().get_queryset(request).defer("cdr__document")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CDRReview], search_term: str
    ) -> tuple[QuerySet[CDRReview], bool]:
        return finding.matching(queryset, search_term), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path(
                "decide/<str:name>/",
                view(self.decide_view),
                name="review_cdrreview_decide",
            ),
            path("export.csv", view(self.csv_view), name="review_cdrreview_csv"),
            path("export.xlsx", view(self.xlsx_view), name="review_cdrreview_xlsx"),
        ]
        return [*own, *super().get_urls()]

    def decide_view(self, request: HttpRequest, name: str) -> HttpResponse:
        return desk_decide.view(self, request, name)

    def csv_view(self, request: HttpRequest) -> HttpResponseBase:
        return desk_export.csv(self, request)

    def xlsx_view(self, request: HttpRequest) -> HttpResponseBase:
        return desk_export.xlsx(self, request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        query = request.GET.copy()
        query.pop("p", None)
        shown = {
            "tabs": desk.tabs(request),
            "queue": query.urlencode(),
            "keys": desk_decide.keys(request),
            "everything": desk_decide.for_all(request),
            **(extra_context or {}),
        }
        return super().changelist_view(request, shown)

    @theme.display(description="CDR and age")
    def name_column(self, review: Any) -> SafeString:
        link = format_html(
            '<a class="text-link" href="{}" data-review="{}" data-said="{}">{}</a>',
            desk.page_url_in(review, review.queue),
            review.pk,
            words.spoken(review),
            review.cdr.cdr_id,
        )
        age = format_html("{} old", fragments.span(timezone.now() - review.received_at))
        if not review.shows_state:
            return cells.two_lines(link, age)
        state = badges.badge(review.state, ReviewState, BADGES)
        return cells.two_lines(link, joined([state, age]))

    @theme.display(description="Partner")
    def partner_column(self, review: CDRReview) -> SafeString:
        who = owner_words(review.partner) if review.partner else "Nobody known"
        return cells.two_lines(who, Direction(review.direction).label)

    @theme.display(description="End", ordering="ended_at")
    def end_column(self, review: CDRReview) -> SafeString:
        zone = timezone.localtime(review.ended_at).tzname()
        return cells.two_lines(fragments.moment(review.ended_at), zone)

    @theme.display(description="Stated")
    def stated_column(self, review: CDRReview) -> SafeString:
        return money(review.stated, review.currency)

    @theme.display(description="Ours")
    def ours_column(self, review: CDRReview) -> SafeString:
        return money(review.computed, review.currency)

    @theme.display(description="Difference")
    def difference_column(self, review: CDRReview) -> SafeString:
        if words.is_rounding(review):
            exact = words.amount(review.difference, review.currency).exact
            none = words.amount(Decimal(0), review.currency).shown
            shown = format_html('<span class="number" title="{}">{}</span>', exact, none)
        else:
            shown = money(review.difference, review.currency, signed=True)
        return cells.two_lines(shown, words.difference(review))

    @theme.display(description="At stake", ordering="at_stake")
    def stake_column(self, review: CDRReview) -> SafeString:
        return money(review.at_stake, review.currency)

    @theme.display(description="Why")
    def reasons_column(self, review: CDRReview) -> SafeString:
        cause = words.cause(review.cause)
        return cells.two_lines(reasons(review), cause)

    @theme.action(description="Accept", permissions=["decide"])
    def accept_selected(self, request: HttpRequest, queryset: QuerySet[CDRReview]) -> HttpResponse:
        return self._ask(request, queryset, Action.ACCEPT)

    @theme.action(description="Dispute", permissions=["dispute"])
    def dispute_selected(self, request: HttpRequest, queryset: QuerySet[CDRReview]) -> HttpResponse:
        return self._ask(request, queryset, Action.DISPUTE)

    @theme.action(description="Drop", permissions=["decide"])
    def drop_selected(self, request: HttpRequest, queryset: QuerySet[CDRReview]) -> HttpResponse:
        return self._ask(request, queryset, Action.DROP)

    @theme.action(description="Check again", permissions=["decide"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[CDRReview]) -> HttpResponse:
        return self._ask(request, queryset, Action.RETRY)

    @theme.action(description="Take back", permissions=["decide"])
    def reopen_selected(self, request: HttpRequest, queryset: QuerySet[CDRReview]) -> HttpResponse:
        return self._ask(request, queryset, Action.REOPEN)

    def _ask(
        self, request: HttpRequest, queryset: QuerySet[CDRReview], action: Action
    ) -> HttpResponse:
        """Nothing is decided before somebody confirms what it is about."""
        query = request.GET.copy()
        query.pop("p", None)
        ids = ",".join(str(pk) for pk in queryset.values_list("pk", flat=True)[: bulk.AT_ONCE])
        return HttpResponseRedirect(desk_decide.url(action, ids=ids, queue=query.urlencode()))

    def page_title(self, review: CDRReview) -> str:
        return f"Review of CDR {review.cdr.cdr_id}"

    def page_context(self, request: HttpRequest, review: CDRReview) -> dict[str, Any]:
        """Everything about one review."""
        return desk_page.context(self, request, review)
