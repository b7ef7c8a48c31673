"""The exchange log: what went in and out, request by request."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest

from exchange import cells, explain, log
from exchange.admin import links, search
from exchange.admin.delivery_actions import ACTIONS
from exchange.admin.filters import ModuleFilter
from exchange.choices import BADGES, Direction, Outcome
from exchange.models import Delivery, Exchange, ExchangeBody
from staff import badges, confirmed, fragments, theme

RELATED = 50
BODIES = "exchange.view_exchangebody"


class LogPaginator(theme.UncountedPaginator):
    template_name = "exchange/log_pagination.html"


class LogChangeList(theme.ChangeList):
    """Pages by cursor instead of by number, so that the thousandth costs what the first does."""

    cursor_parameter = "older"

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        kept: dict[str, Any] = super().get_filters_params(params)
        kept.pop(self.cursor_parameter, None)
        return kept

    def get_results(self, request: HttpRequest) -> None:
        cursor = search.Cursor.parse(request.GET.get(self.cursor_parameter, ""))
        self.page = search.page(self.queryset, cursor, self.list_per_page)
        self.paginator = LogPaginator(self.page.rows, self.list_per_page)
        self.result_list = self.page.rows
        self.result_count = self.full_result_count = len(self.page.rows)
        self.show_full_result_count = self.show_admin_actions = False
        self.can_show_all = self.multi_page = False
        self.is_first_page = cursor == search.Cursor()

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str | Combinable]:
        return ["-id"]

    @property
    def newest_url(self) -> str:
        return str(self.get_query_string(remove=[self.cursor_parameter]))

    @property
    def older_url(self) -> str:
        return str(self.get_query_string({self.cursor_parameter: str(self.page.following)}))


class HTTPStatusFilter(theme.DropdownFilter):
    title = "HTTP status"
    parameter_name = "http"
    ranges: dict[str, tuple[str, dict[str, Any]]] = {
        "2": ("2xx, accepted", {"http_status__range": (200, 299)}),
        "3": ("3xx, redirected", {"http_status__range": (300, 399)}),
        "401": ("401, token not accepted", {"http_status": 401}),
        "404": ("404, not found", {"http_status": 404}),
        "4": ("4xx, refused", {"http_status__range": (400, 499)}),
        "5": ("5xx, error at the answering side", {"http_status__range": (500, 599)}),
        "none": ("no answer", {"http_status": None}),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, (label, _) in self.ranges.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.ranges.get(self.value() or "")
        return queryset.filter(**chosen[1]) if chosen else queryset


class OCPIStatusFilter(theme.DropdownFilter):
    title = "OCPI status"
    parameter_name = "ocpi"
    families = {
        "1": "1xxx, success",
        "2": "2xxx, the request was wrong",
        "3": "3xxx, the answering side failed",
        "4": "4xxx, the hub failed",
        "none": "none",
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(self.families.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value == "none":
            return queryset.filter(ocpi_status=None)
        if value not in self.families:
            return queryset
        first = int(value) * 1000
        return queryset.filter(ocpi_status__range=(first, first + 999))


class MethodFilter(theme.DropdownFilter):
    title = "method"
    parameter_name = "method"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in ("GET", "PUT", "PATCH", "POST", "DELETE")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(method=self.value()) if self.value() else queryset


@theme.register(Exchange)
class ExchangeAdmin(theme.ReadOnlyAdmin[Exchange]):
    """A list that is paged by cursor, and a page per exchange that is read like a document."""

    list_display = ["when", "what", "answer", "result", "duration"]
    list_display_links = None
    page_template = "exchange/exchange.html"
    list_select_related = ["connection"]
    list_per_page = 50
    list_fullwidth = True
    list_before_template = "exchange/exchange_list_before.html"
    sortable_by = ()
    search_fields = ["object_reference"]
    search_help_text = "Object, request ID, correlation ID or URL"
    list_filter = [
        ("connection", theme.AutocompleteSelectFilter),
        ("direction", theme.ChoicesDropdownFilter),
        ("outcome", theme.ChoicesDropdownFilter),
        ModuleFilter,
        MethodFilter,
        HTTPStatusFilter,
        OCPIStatusFilter,
        ("at", theme.RangeDateTimeFilter),
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LogChangeList]:
        return LogChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Exchange], search_term: str
    ) -> tuple[QuerySet[Exchange], bool]:
        term = search_term.strip()
        return (search.matching(queryset, term) if term else queryset), False

    @theme.display(description="Time")
    def when(self, exchange: Exchange) -> str:
        return cells.when(exchange.at)

    @theme.display(description="What happened")
    def what(self, exchange: Exchange) -> str:
        name = exchange.connection.name if exchange.connection else ""
        text = explain.summary(exchange, name)
        return cells.arrow(exchange.direction) + fragments.link(
            links.exchange_url(exchange.pk), text, title=f"{exchange.method} {exchange.url}"
        )

    @theme.display(description="HTTP · OCPI")
    def answer(self, exchange: Exchange) -> str:
        return cells.codes(
            (exchange.http_status, explain.http_status(exchange.http_status)),
            (exchange.ocpi_status, f"OCPI status {explain.ocpi_status(exchange.ocpi_status)}"),
        )

    @theme.display(description="Result")
    def result(self, exchange: Exchange) -> str:
        return badges.badge(exchange.outcome, Outcome, BADGES, title=exchange.message)

    @theme.display(description="Took")
    def duration(self, exchange: Exchange) -> str:
        return cells.milliseconds(exchange.duration_ms)

    def page_title(self, exchange: Exchange) -> str:
        return explain.summary(exchange, exchange.connection.name if exchange.connection else "")

    def page_context(self, request: HttpRequest, exchange: Exchange) -> dict[str, Any]:
        """One exchange as a document."""
        name = exchange.connection.name if exchange.connection else ""
        delivery = _delivery_of(exchange)
        return {
            "exchange": exchange,
            "sentence": explain.sentence(exchange, name),
            "partner": links.partner(exchange.connection),
            "object_link": links.object_link(exchange.module, exchange.object_reference),
            "module": links.module_label(exchange.module) if exchange.module else "",
            "http": explain.http_status(exchange.http_status),
            "ocpi": explain.ocpi_status(exchange.ocpi_status),
            "outcome": badges.badge(exchange.outcome, Outcome, BADGES),
            "inbound": exchange.direction == Direction.IN,
            "took": cells.duration_text(exchange.duration_ms),
            "body": _body_of(request, exchange),
            "why_no_body": _why_no_body(request, exchange),
            "related": _related(exchange),
            "delivery": delivery,
            "buttons": _delivery_buttons(request, delivery),
        }


def _body_of(request: HttpRequest, exchange: Exchange) -> dict[str, Any] | None:
    """Headers and bodies, readable; nothing when none were kept or this user may not see them."""
    if not request.user.has_perm(BODIES):
        return None
    stored = ExchangeBody.objects.filter(pk=exchange.pk, at=exchange.at).first()
    if stored is None:
        return None
    return {
        "request_headers": stored.request_headers,
        "request": log.read_body(stored.request_body),
        "response_headers": stored.response_headers,
        "response": log.read_body(stored.response_body),
        "truncated": stored.truncated,
    }


def _why_no_body(request: HttpRequest, exchange: Exchange) -> str:
    """Why there are no bodies to show."""
    if exchange.has_bodies and not request.user.has_perm(BODIES):
        return "You may see that this request took place, not what was in it."
    if exchange.has_bodies:
        days = settings.BODY_RETENTION_DAYS
        return f"Headers and bodies were kept for {days} days and have been removed since."
    percent = exchange.connection.body_sample_percent if exchange.connection else 100
    return (
        "Headers and bodies of this request were not kept: it worked, and of the routine requests of "
        f"this partner {percent} in 100 keep theirs. Whatever goes wrong always keeps them. "
        "The partner's page is where to change that."
    )


def _related(exchange: Exchange) -> list[dict[str, Any]]:
    """The other exchanges with the same correlation id, in the order they happened."""
    if not exchange.correlation_id:
        return []
    rows = (
        Exchange.objects.filter(correlation_id=exchange.correlation_id)
        .select_related("connection")
        .order_by("id")[: RELATED + 1]
    )
    return [row_of(row, current=row.pk == exchange.pk) for row in rows]


def row_of(exchange: Exchange, *, current: bool = False) -> dict[str, Any]:
    """An exchange as a line of a table on another page."""
    name = exchange.connection.name if exchange.connection else ""
    return {
        "exchange": exchange,
        "current": current,
        "url": links.exchange_url(exchange.pk),
        "summary": explain.summary(exchange, name),
        "http": explain.http_status(exchange.http_status),
        "outcome": badges.badge(exchange.outcome, Outcome, BADGES, title=exchange.message),
    }


def _delivery_of(exchange: Exchange) -> Delivery | None:
    """The delivery that an exchange of ours was an attempt of."""
    if exchange.direction != Direction.OUT or not exchange.object_reference:
        return None
    return (
        Delivery.objects.filter(
            object_reference=exchange.object_reference,
            module=exchange.module,
            connection=exchange.connection,
        )
        .select_related("connection")
        .first()
    )


def _delivery_buttons(request: HttpRequest, delivery: Delivery | None) -> list[dict[str, Any]]:
    if delivery is None:
        return []
    return confirmed.buttons(admin.site.get_model_admin(Delivery), ACTIONS, request, delivery)
