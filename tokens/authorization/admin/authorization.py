"""The list of decisions, and the page of one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from exchange import cells
from exchange.admin import links
from exchange.admin.exchanges import row_of
from exchange.models import Exchange
from staff import filters, fragments, theme
from staff.links import may_view, page_url
from tokens.authorization.admin import deciding, shown
from tokens.authorization.models import Authorization

EXCHANGES_SHOWN = 40


class LatencyFilter(filters.ConditionFilter):
    """How long it took us to answer."""

    title = "took"
    parameter_name = "took"
    conditions: ClassVar = {
        "fast": ("Up to 0.2 s", Q(duration_ms__lte=200)),
        "usual": ("0.2 to 1 s", Q(duration_ms__gt=200, duration_ms__lte=1000)),
        "slow": ("More than 1 s", Q(duration_ms__gt=1000)),
        "late": ("More than 3 s", Q(duration_ms__gt=3000)),
    }


class AllowedFilter(filters.ConditionFilter):
    title = "answer"
    parameter_name = "answer"
    conditions: ClassVar = {
        "yes": ("Allowed", Q(allowed="ALLOWED")),
        "no": ("Anything else", ~Q(allowed="ALLOWED")),
        "blocked": ("Blocked", Q(allowed="BLOCKED")),
        "expired": ("Expired", Q(allowed="EXPIRED")),
        "credit": ("No credit", Q(allowed="NO_CREDIT")),
        "here": ("Not allowed here", Q(allowed="NOT_ALLOWED")),
        "none": ("No answer to give", Q(allowed="")),
    }


@theme.register(Authorization)
class AuthorizationAdmin(theme.ReadOnlyAdmin[Authorization]):
    """Every question whether a card may charge, the newest first."""

    list_display = ["when", "card", "answer", "how_column", "asker", "place", "emsp", "took"]
    list_display_links = None
    page_template = "tokens/authorization.html"
    list_select_related = ["connection", "cpo", "owner"]
    list_per_page = 50
    list_fullwidth = True
    list_before_template = "tokens/authorization_list_before.html"
    paginator = theme.UncountedPaginator
    ordering = ["-id"]
    sortable_by = ()
    search_fields = ["uid_key"]
    search_help_text = "Card number, or authorization reference"
    list_filter = [
        AllowedFilter,
        ("how", theme.ChoicesDropdownFilter),
        ("connection", theme.AutocompleteSelectFilter),
        ("owner", theme.AutocompleteSelectFilter),
        LatencyFilter,
        ("at", theme.RangeDateTimeFilter),
    ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("decide/", view(deciding.page), name=deciding.PAGE),
            path("decide/ask/", view(deciding.ask), name=deciding.ASK),
        ]
        return [*own, *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Authorization], search_term: str
    ) -> tuple[QuerySet[Authorization], bool]:
        key = search_term.strip().upper()
        if key:
            queryset = queryset.filter(Q(uid_key=key) | Q(reference_key=key))
        return queryset, False

    @theme.display(description="Time")
    def when(self, row: Authorization) -> str:
        return cells.when(row.at)

    @theme.display(description="Card")
    def card(self, row: Authorization) -> str:
        return cells.two_lines(fragments.link(page_url(row), row.uid), row.type)

    @theme.display(description="Answer")
    def answer(self, row: Authorization) -> str:
        return shown.allowed_badge(row.allowed, row.how)

    @theme.display(description="How")
    def how_column(self, row: Authorization) -> str:
        return row.get_how_display()

    @theme.display(description="Asked by")
    def asker(self, row: Authorization) -> str:
        who = links.partner(row.connection) if row.connection else row.actor or "Staff"
        return cells.two_lines(who, shown.party_words(row.cpo) if row.cpo else "")

    @theme.display(description="Place")
    def place(self, row: Authorization) -> str:
        return shown.place_link(row)

    @theme.display(description="eMSP")
    def emsp(self, row: Authorization) -> str:
        return shown.party_words(row.owner)

    @theme.display(description="Took")
    def took(self, row: Authorization) -> str:
        return cells.milliseconds(row.duration_ms)

    def page_title(self, row: Authorization) -> str:
        return f"Card {row.uid}: {row.get_allowed_display() or row.get_how_display()}"

    def page_context(self, request: HttpRequest, row: Authorization) -> dict[str, Any]:
        """One decision as a document."""
        return {
            "row": row,
            "sentence": shown.sentence(row),
            "badge": shown.allowed_badge(row.allowed, row.how),
            "partner": links.partner(row.connection) if row.connection else "Staff",
            "cpo": shown.party_words(row.cpo),
            "emsp": shown.party_words(row.owner),
            "token": shown.token_link(row),
            "place": shown.place_link(row),
            "took": cells.duration_text(row.duration_ms),
            "asked": [shown.asked_line(line) for line in row.asked],
            "exchanges": [row_of(one) for one in _exchanges(row)]
            if may_view(request, Exchange)
            else [],
            "again_url": deciding.url_of(row),
        }


def _exchanges(row: Authorization) -> QuerySet[Exchange]:
    """The requests of the same conversation, in the order they happened."""
    if not row.correlation_id:
        return Exchange.objects.none()
    return (
        Exchange.objects.filter(correlation_id=row.correlation_id)
        .select_related("connection")
        .order_by("id")[:EXCHANGES_SHOWN]
    )
