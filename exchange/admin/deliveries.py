"""Deliveries: which partner has yet to be told what, and why it has not been."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from exchange import explain, log, registry
from exchange.admin import comparing, delivery_bulk, insight, links
from exchange.admin.delivery_actions import ACTIONS, PERMISSION
from exchange.admin.exchanges import BODIES, row_of
from exchange.admin.filters import ObjectModuleFilter
from exchange.choices import Known
from exchange.models import Delivery, Exchange, ExchangeBody
from exchange.quality import losses
from exchange.standing import Standing, push_due
from ocpi import convert
from ocpi.urls import join
from ocpi.versions import InterfaceRole
from parties.models import Event
from staff import badges, confirmed, fragments, theme

COUNT_LIMIT = 1000
ATTEMPTS_SHOWN = 20


class StateFilter(theme.DropdownFilter):
    """The tabs above the list."""

    title = "state"
    parameter_name = "state"
    tabs = {
        "pending": "Waiting",
        "failing": "Failing",
        "refused": "Refused",
        "delivered": "Delivered",
        "fetched": "Fetched by the partner",
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(self.tabs.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found: QuerySet[Any] = in_state(queryset, self.value() or "")
        return found


def in_state(rows: Any, state: str) -> Any:
    """Deliveries in one of :class:`StateFilter`'s states; for any other word all that we told or have to tell.

    What a partner only fetched was never told: after it has read a list, that is a row per object.
    """
    fetched = Q(known=Known.FETCHED, wanted_version__lte=F("sent_version"))
    match state:
        case "pending":
            return rows.pending()
        case "failing":
            return rows.pending().filter(attempts__gt=0).exclude(last_result__in=["", "delivered"])
        case "refused":
            return rows.dead()
        case "delivered":
            return rows.filter(
                wanted_version__lte=Greatest(F("sent_version"), F("dead_version")),
                sent_version__gte=F("dead_version"),
            ).exclude(fetched)
        case "fetched":
            return rows.filter(fetched)
    return rows.exclude(fetched)


@theme.register(Delivery)
class DeliveryAdmin(theme.ReadOnlyAdmin[Delivery]):
    """A work queue: what waits, what fails, what was refused."""

    list_display = [
        "object_column",
        "partner",
        "state_column",
        "why",
        "next_attempt",
        "tries",
        "last",
    ]
    list_display_links = None
    page_template = "exchange/delivery.html"
    list_select_related = ["connection"]
    list_per_page = 50
    list_fullwidth = True
    list_before_template = "exchange/delivery_tabs.html"
    paginator = theme.UncountedPaginator
    sortable_by = ()
    search_fields = ["object_reference"]
    search_help_text = "Object, such as NL*ABC/LOC1"
    list_filter = [
        StateFilter,
        ("connection", theme.AutocompleteSelectFilter),
        ObjectModuleFilter,
        ("last_attempt_at", theme.RangeDateTimeFilter),
    ]
    actions = ["replay_selected", "skip_selected"]

    def has_deliver_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(PERMISSION))

    def get_urls(self) -> list[URLPattern]:
        bulk = [
            path(
                f"{kind}-matching/",
                self.admin_site.admin_view(partial(delivery_bulk.view, self, kind)),
                name=f"exchange_delivery_{kind}_matching",
            )
            for kind in delivery_bulk.BULK
        ]
        about = [
            path(
                "as-partner/",
                self.admin_site.admin_view(insight.as_partner),
                name="exchange_delivery_as_partner",
            ),
            path("why/", self.admin_site.admin_view(insight.why_not), name="exchange_delivery_why"),
        ]
        return [*about, *bulk, *confirmed.urls(self, ACTIONS), *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        """By the start of the reference as it is written, which the index serves; else by any part."""
        term = search_term.strip()
        if not term:
            return queryset, False
        for spelling in dict.fromkeys((term, term.upper())):
            found = queryset.filter(object_reference__startswith=spelling)
            if found.exists():
                return found, False
        return queryset.filter(object_reference__icontains=term), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        state = request.GET.get("state", "")
        context = {
            "tabs": _tabs(request),
            "state": state,
            "may_deliver": self.has_deliver_permission(request),
            "matching_query": request.GET.urlencode(),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})  # type: ignore[return-value]

    @theme.display(description="Object")
    def object_column(self, delivery: Delivery) -> str:
        url = reverse("admin:exchange_delivery_change", args=[delivery.pk])
        return fragments.link(url, delivery.object_reference)

    @theme.display(description="Partner")
    def partner(self, delivery: Delivery) -> str:
        return links.partner(delivery.connection)

    @theme.display(description="State")
    def state_column(self, delivery: Delivery) -> str:
        return badges.label_badge(*explain.state(delivery))

    @theme.display(description="Why")
    def why(self, delivery: Delivery) -> str:
        return format_html(
            '<span class="clamped" title="{0}">{0}</span>',
            explain.reason(delivery, delivery.connection),
        )

    @theme.display(description="Next attempt")
    def next_attempt(self, delivery: Delivery) -> str:
        return next_attempt(delivery)

    @theme.display(description="Attempts")
    def tries(self, delivery: Delivery) -> str:
        return fragments.amount(delivery.attempts)

    @theme.display(description="Last attempt")
    def last(self, delivery: Delivery) -> str:
        when = fragments.ago(delivery.last_attempt_at)
        if delivery.last_exchange_id is None:
            return when
        return fragments.link(links.exchange_url(delivery.last_exchange_id), when)

    @theme.action(description="Send again", permissions=["deliver"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse:
        return self._ask(request, queryset, "replay")

    @theme.action(description="Skip this version", permissions=["deliver"])
    def skip_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse:
        return self._ask(request, queryset, "skip")

    def _ask(self, request: HttpRequest, queryset: QuerySet[Delivery], kind: str) -> HttpResponse:
        ids = ",".join(str(pk) for pk in queryset.values_list("pk", flat=True)[:500])
        url = reverse(f"admin:exchange_delivery_{kind}_matching")
        return HttpResponseRedirect(f"{url}?{delivery_bulk.IDS}={ids}")

    def page_title(self, delivery: Delivery) -> str:
        return f"{delivery.object_reference} to {delivery.connection}"

    def page_context(self, request: HttpRequest, delivery: Delivery) -> dict[str, Any]:
        """What would be sent now, beside what was sent last and the answer to it."""
        attempts = _attempts(delivery)
        about = (delivery.connection, delivery.module, delivery.object_reference)
        return {
            "delivery": delivery,
            "state": badges.label_badge(*explain.state(delivery)),
            "reason": explain.reason(delivery, delivery.connection),
            "partner": links.partner(delivery.connection),
            "object_link": links.object_link(delivery.module, delivery.object_reference),
            "module": links.module_label(delivery.module),
            "next_attempt": next_attempt(delivery),
            "current": _current(delivery),
            "sent": _sent(request, delivery),
            "attempts": attempts,
            "why_url": insight.url("why", *about),
            "as_partner_url": insight.url("as_partner", *about),
            "compare_url": comparing.one_url(*about),
            "events": Event.objects.filter(subject=delivery.object_reference)[:10],
            "buttons": confirmed.buttons(self, ACTIONS, request, delivery),
        }


def next_attempt(delivery: Delivery) -> str:
    """When a waiting delivery is tried next; nothing for a settled one."""
    if not delivery.is_pending:
        return fragments.EMPTY
    if delivery.connection.deliveries_stopped or not delivery.connection.is_connected:
        return "when resumed"
    at = delivery.next_attempt_at
    if delivery.connection.hold_until is not None:
        at = max(at, delivery.connection.hold_until)
    return format_html('<span data-countdown="{}">{}</span>', at.isoformat(), fragments.ago(at))


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The tabs with their addresses, keeping the other filters; counts only where they are cheap."""
    chosen = request.GET.get("state", "")
    entries = []
    for value, label in {"": "All", **StateFilter.tabs}.items():
        query = request.GET.copy()
        query.pop("p", None)
        query.pop("state", None)
        if value:
            query["state"] = value
        count = _capped_count(value) if value in ("pending", "failing") else ""
        entries.append(
            {
                "label": label,
                "url": f"?{query.urlencode()}",
                "active": chosen == value,
                "count": count,
            }
        )
    return entries


def _capped_count(state: str) -> str:
    ids = in_state(Delivery.objects.all(), state).order_by().values("pk")[: COUNT_LIMIT + 1]
    count = ids.count()
    return f"{COUNT_LIMIT}+" if count > COUNT_LIMIT else str(count)


def _current(delivery: Delivery) -> dict[str, Any] | None:
    """The request that would tell the partner the current state, rendered now; or why there is none."""
    module = registry.find(delivery.module)
    url = delivery.connection.endpoint_url(delivery.module, InterfaceRole.RECEIVER)
    if module is None or module.outbox is None:
        return None
    try:
        where, push = push_due(module.outbox, delivery.connection, delivery, whole=True)
    except convert.Refused as refused:
        return {"refused": refused.reason}
    if push is None:
        return None
    return {
        "withdraws": where is Standing.WITHDRAW,
        "method": push.method,
        "url": push.url or (join(url, *push.segments) if url else ""),
        "data": push.data,
        "losses": losses.summarize(push.losses),
        "version": delivery.connection.version,
    }


def _sent(request: HttpRequest, delivery: Delivery) -> dict[str, Any] | None:
    """The last attempt: the exchange, and what was sent and answered where it was kept."""
    if delivery.last_exchange_id is None:
        return None
    exchange = Exchange.objects.filter(pk=delivery.last_exchange_id).first()
    if exchange is None:
        return None
    stored = None
    if request.user.has_perm(BODIES):
        stored = ExchangeBody.objects.filter(pk=exchange.pk, at=exchange.at).first()
    return {
        **row_of(exchange),
        "kept": stored is not None,
        "request": log.read_body(stored.request_body) if stored else b"",
        "response": log.read_body(stored.response_body) if stored else b"",
        "ending": explain.sentence(exchange, delivery.connection.name),
    }


def _attempts(delivery: Delivery) -> list[dict[str, Any]]:
    rows = Exchange.objects.filter(
        object_reference=delivery.object_reference,
        connection_id=delivery.connection_id,
        module=delivery.module,
        direction="out",
    ).select_related("connection")
    return [row_of(exchange) for exchange in rows.order_by("-id")[:ATTEMPTS_SHOWN]]
