"""The list of commands, and the life of one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join

from charging.commands import offers, staff
from charging.commands.admin import sending, shown
from charging.commands.choices import OPEN, AnsweredBy, CommandState, CommandType
from charging.models import Command
from exchange import cells
from exchange.admin.exchanges import row_of
from exchange.models import Delivery, Exchange
from locations.models import Location
from parties.models import Event
from staff import confirmed, fragments, theme
from staff.confirmed import Confirmed
from staff.links import may_view, page_url
from staff.requests import user_of
from tokens.models import Token

COUNT_LIMIT = 1000
EXCHANGES_SHOWN = 20
_OPEN = Q(state__in=[state.value for state in OPEN])
_FAILED = Q(state__in=[CommandState.FAILED, CommandState.REFUSED, CommandState.UNREACHABLE])
_LATE = Q(state=CommandState.TIMED_OUT)
TABS: dict[str, tuple[str, Q]] = {
    "waiting": ("Waiting", _OPEN),
    "staff": ("For us to carry out", _OPEN & Q(answered_by=AnsweredBy.STAFF)),
    "failed": ("Failed or refused", _FAILED),
    "late": ("Timed out", _LATE),
    "odd": ("Odd", Q(contradicted=True) | Q(late=True) | Q(unanswered=True)),
    "done": ("Done", Q(state=CommandState.SUCCEEDED)),
}
_COUNTED = ("waiting", "staff")


class TabFilter(theme.DropdownFilter):
    """The tabs above the list."""

    title = "state"
    parameter_name = "tab"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, (label, _) in TABS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = TABS.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


class ReportForm(forms.Form):
    """What staff say came of a command."""

    result = forms.ChoiceField(
        label="What came of it", choices=list(staff.OWN_RESULTS.items()), widget=theme.SelectWidget
    )
    text = forms.CharField(
        label="In words",
        max_length=200,
        required=False,
        widget=theme.TextWidget,
        help_text="The eMSP may show this to the driver. May be empty.",
    )


def _report(request: HttpRequest, command: Command, given: dict[str, Any]) -> None:
    staff.report(command, given["result"], given["text"], user_of(request).get_username())


def _take_back(request: HttpRequest, command: Command) -> None:
    staff.take_back(command, user_of(request).get_username())


ACTIONS = (
    Confirmed(
        name="report",
        label="Report the result",
        permission="charging.change_command",
        question="What came of “{object}”?",
        explanation="The eMSP that asked is told at once, and it cannot be changed afterwards.",
        icon="task_alt",
        form=ReportForm,
        allowed=staff.may_report,
        perform=_report,
        done="The eMSP is being told.",
    ),
    Confirmed(
        name="take_back",
        label="Take the reservation back",
        permission="charging.change_command",
        question="Take the reservation back?",
        explanation="A driver relies on it: only when the charge point cannot be used. The eMSP is told.",
        icon="event_busy",
        dangerous=True,
        allowed=staff.may_take_back,
        perform=_take_back,
        done="The eMSP is being told.",
    ),
)


@theme.register(Command)
class CommandAdmin(theme.ReadOnlyAdmin[Command]):
    """Everything that was asked of charge points, the newest first."""

    list_display = ["when", "what", "place", "asker", "runner", "state_column", "wait"]
    list_display_links = None
    page_template = "charging/command.html"
    list_select_related = ["owner", "sender", "requested_by", "executed_by"]
    list_per_page = 50
    list_fullwidth = True
    list_before_template = "charging/command_tabs.html"
    paginator = theme.UncountedPaginator
    ordering = ["-id"]
    sortable_by = ()
    search_fields = ["location_key"]
    search_help_text = "Location, session, card, or authorization reference"
    list_filter = [
        TabFilter,
        ("type", theme.ChoicesDropdownFilter),
        ("owner", theme.AutocompleteSelectFilter),
        ("sender", theme.AutocompleteSelectFilter),
        ("requested_by", theme.AutocompleteSelectFilter),
        ("executed_by", theme.AutocompleteSelectFilter),
        ("created_at", theme.RangeDateTimeFilter),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Command]:
        rows = super().get_queryset(request)
        return rows.defer("document", "response_document", "result_document")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Command], search_term: str
    ) -> tuple[QuerySet[Command], bool]:
        key = search_term.strip().upper()
        if key:
            found = Q(location_key=key) | Q(session_key=key) | Q(authorization_key=key)
            cards = [f"{kind}:{key}" for kind in ("RFID", "APP_USER", "AD_HOC_USER", "OTHER")]
            queryset = queryset.filter(found | Q(token_key__in=cards))
        return queryset, False

    def get_urls(self) -> list[URLPattern]:
        send = path("send/", self.admin_site.admin_view(sending.send), name=offers.PAGE)
        return [send, *confirmed.urls(self, ACTIONS), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {"tabs": _tabs(request), "tab": request.GET.get("tab", "")}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    @theme.display(description="Time")
    def when(self, row: Command) -> str:
        return cells.when(row.created_at)

    @theme.display(description="Command")
    def what(self, row: Command) -> str:
        return cells.two_lines(fragments.link(page_url(row), row.get_type_display()), row.token_key)

    @theme.display(description="At")
    def place(self, row: Command) -> str:
        about = row.evse_key or row.location_key or row.session_key or fragments.EMPTY
        return cells.two_lines(about, row.owner.identity)

    @theme.display(description="Asked by")
    def asker(self, row: Command) -> str:
        return cells.two_lines(shown.requester(row), f"as {row.sender.identity}")

    @theme.display(description="Carried out by")
    def runner(self, row: Command) -> str:
        return shown.executor(row)

    @theme.display(description="State")
    def state_column(self, row: Command) -> str:
        return format_html_join(
            " ", "{}", ((one,) for one in (shown.state_badge(row), *shown.flags(row)))
        )

    @theme.display(description="Deadline")
    def wait(self, row: Command) -> str:
        return countdown(row) or fragments.EMPTY

    def page_title(self, row: Command) -> str:
        return f"{row.get_type_display()} at {row.owner.identity}"

    def page_context(self, request: HttpRequest, row: Command) -> dict[str, Any]:
        """The whole life of one command."""
        buttons = confirmed.buttons(self, ACTIONS, request, row)
        if row.reservation is not None and row.type == CommandType.RESERVE_NOW:
            buttons = [*offers.for_reservation(request, row.reservation), *buttons]
        return {
            "command": row,
            "sentence": shown.sentence(row),
            "badges": [shown.state_badge(row), *shown.flags(row)],
            "countdown": countdown(row),
            "buttons": buttons,
            "requester": shown.requester(row),
            "executor": shown.executor(row),
            "cpo": shown.party_words(row.owner),
            "emsp": shown.party_words(row.sender),
            "place": _place(row),
            "token": _token(row),
            "sessions": shown.charge_lines(row),
            "steps": shown.steps(row),
            "delivery": _delivery(request, row),
            "exchanges": [row_of(one) for one in _exchanges(row)]
            if may_view(request, Exchange)
            else [],
            "events": Event.objects.filter(subject=row.reference)[:15],
        }


def countdown(row: Command) -> str:
    """The time until the clock decides, which the page counts down; empty when nothing waits."""
    if not row.is_open or row.settle_at is None:
        return ""
    return format_html(
        '<span data-countdown="{}">{}</span>',
        row.settle_at.isoformat(),
        fragments.ago(row.settle_at),
    )


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The tabs with their addresses, keeping the other filters; counts only where they are cheap."""
    chosen = request.GET.get("tab", "")
    entries = []
    for value, label in {"": "All", **{key: words for key, (words, _) in TABS.items()}}.items():
        query = request.GET.copy()
        query.pop("p", None)
        query.pop("tab", None)
        if value:
            query["tab"] = value
        entries.append(
            {
                "label": label,
                "url": f"?{query.urlencode()}",
                "active": chosen == value,
                "count": _count(value) if value in _COUNTED else "",
            }
        )
    return entries


def _count(tab: str) -> str:
    rows = Command.objects.filter(TABS[tab][1]).order_by().values("pk")[: COUNT_LIMIT + 1]
    count = rows.count()
    return f"{COUNT_LIMIT}+" if count > COUNT_LIMIT else str(count or "")


def _place(row: Command) -> str:
    if not row.location_key:
        return fragments.EMPTY
    found = Location.objects.filter(owner=row.owner, location_key=row.location_key).first()
    name = fragments.link(page_url(found), found) if found else row.location_key
    return format_html("{}, EVSE {}", name, row.evse_key) if row.evse_key else name


def _token(row: Command) -> str:
    if not row.token_key:
        return fragments.EMPTY
    found = Token.objects.filter(owner=row.sender, token_key=row.token_key).first()
    if found is not None:
        return fragments.link(page_url(found), found.uid)
    return row.token_key.partition(":")[2]


def _delivery(request: HttpRequest, row: Command) -> str:
    """The delivery of the result to whoever asked, where there is one."""
    if row.requested_by_id is None or not may_view(request, Delivery):
        return ""
    found = Delivery.objects.filter(
        connection=row.requested_by_id, module=row.module, object_id=row.pk
    ).first()
    return fragments.link(page_url(found), "The delivery of the result") if found else ""


def _exchanges(row: Command) -> QuerySet[Exchange]:
    """The requests about it on both legs: by its name, and by the conversation that they belong to."""
    found = Q(object_reference=row.reference, module=row.module)
    if row.correlation_id:
        found |= Q(correlation_id=row.correlation_id)
    rows = Exchange.objects.filter(found).select_related("connection")
    return rows.order_by("id")[:EXCHANGES_SHOWN]
