"""Missing CDRs: what is still to come, and what was done about it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.safestring import SafeString

from cdrs import words
from exchange import cells
from parties.models import Event
from review import missing
from review.admin.desk_cells import money
from review.admin.settings import check_url
from review.checks.catalogue import MISSING
from review.models import MissingCDR
from staff import badges, confirmed, filters, fragments, theme
from staff.confirmed import Confirmed
from staff.links import charge_url, page_url
from staff.requests import user_of

CHANGE = "review.change_missingcdr"
EVENTS_SHOWN = 15
TOTALLED = 20_000
"""Of more open ones no total is made: the list would wait for it."""


class AskForm(forms.Form):
    everything = forms.BooleanField(
        label="Fetch the whole list",
        required=False,
        widget=theme.SwitchWidget,
        help_text="Otherwise what is new since the last time. The whole list takes longer, and finds what was"
        " passed over before.",
    )


class CloseForm(forms.Form):
    reason = forms.CharField(
        label="Why no CDR is expected any more",
        widget=theme.TextareaWidget(attrs={"rows": 3}),
        help_text="Such as: not billed by agreement, test charge, billed outside of OCPI.",
    )


def _ask(request: HttpRequest, row: MissingCDR, given: dict[str, Any]) -> str:
    job = missing.ask(row, everything=given["everything"], actor=user_of(request))
    return page_url(job)


def _close(request: HttpRequest, row: MissingCDR, given: dict[str, Any]) -> None:
    missing.close(row, reason=given["reason"], actor=user_of(request))


ASK = Confirmed(
    name="ask",
    label="Ask the partner now",
    permission=CHANGE,
    question=lambda row: f"Fetch the CDRs of {row.partner} now?",
    explanation=lambda row: (
        f"They are fetched from {connection}."
        if (connection := missing.connection_for(row))
        else "No connection that works speaks for it: write to the partner."
    ),
    perform=_ask,
    done="Its CDRs are being fetched; what was missing is closed as it comes.",
    icon="cloud_download",
    form=AskForm,
    allowed=lambda row: row.closed_at is None,
    refusals=(missing.CannotAsk,),
)
CLOSE = Confirmed(
    name="close",
    label="Close",
    permission=CHANGE,
    question="Expect no CDR of session {object.session} any more?",
    explanation="Should it come nevertheless, it is checked like any other.",
    perform=_close,
    done="It is closed.",
    icon="task_alt",
    form=CloseForm,
    allowed=lambda row: row.closed_at is None,
    refusals=(ValueError,),
)
REOPEN = Confirmed(
    name="reopen",
    label="Expect it after all",
    permission=CHANGE,
    question="Expect the CDR of session {object.session} after all?",
    perform=confirmed.acting(missing.reopen),
    done="It is open again.",
    icon="undo",
    allowed=lambda row: row.closed_at is not None and row.closed_by != "system",
)
ACTIONS = [ASK, CLOSE, REOPEN]


class OpenFilter(theme.DropdownFilter):
    """Without a choice it is what is still to come."""

    title = "state"
    parameter_name = "state"
    tabs: ClassVar = {"": "Missing", "closed": "Closed", "all": "All"}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Missing"), ("closed", "Closed"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(closed_at__isnull=self.value() != "closed")


class AskedFilter(filters.ConditionFilter):
    title = "asked"
    parameter_name = "asked"
    conditions: ClassVar = {
        "no": ("Nobody was asked", Q(asked_at=None)),
        "yes": ("The partner was asked", Q(asked_at__isnull=False)),
    }


class MissingChangeList(theme.ChangeList):
    """Knows what the open ones of the list come to, by our estimate."""

    totals: list[dict[str, Any]] | None = None

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.tabs = [
            {
                "label": label,
                "url": self.get_query_string({"state": value} if value else {}, ["state", "p"]),
                "active": request.GET.get("state", "") in (value, value or "open"),
            }
            for value, label in OpenFilter.tabs.items()
        ]
        rows = self.queryset.order_by()
        if rows[:1] and len(rows.values_list("pk")[TOTALLED : TOTALLED + 1]) == 0:
            self.totals = _totals(rows)


def _totals(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    sums = rows.values("currency").annotate(
        number=Count("pk"),
        amount=Sum("estimate"),
        unknown=Count("pk", filter=Q(estimate=None)),
    )
    return [
        {**one, "shown": money(one["amount"] or Decimal(0), one["currency"])}
        for one in sums.order_by("currency")
    ]


@theme.register(MissingCDR)
class MissingCDRAdmin(theme.ReadOnlyAdmin[MissingCDR]):
    """Sessions whose CDR should have come by now; the ones waiting longest are last."""

    list_display = [
        "session_column",
        "partner_column",
        "ended_column",
        "expected_column",
        "energy_column",
        "estimate_column",
        "asked_column",
        "state_column",
    ]
    list_display_links = None
    list_select_related = ["session", "session__owner", "session__emsp", "partner"]
    list_per_page = 50
    list_before_template = "review/missing_before.html"
    page_template = "review/missing.html"
    paginator = theme.UncountedPaginator
    sortable_by = ["ended_column"]
    list_filter = [
        OpenFilter,
        ("partner", theme.AutocompleteSelectFilter),
        AskedFilter,
        ("ended_at", filters.DayFilter),
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[MissingChangeList]:
        return MissingChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[MissingCDR]:
        return super().get_queryset(request).defer("session__document")

    def get_urls(self) -> list[URLPattern]:
        return [*confirmed.urls(self, ACTIONS), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        shown = {"title": "Missing CDRs", "deadline_url": check_url(MISSING)}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    @theme.display(description="Session")
    def session_column(self, row: MissingCDR) -> str:
        return fragments.link(page_url(row), row.session.reference)

    @theme.display(description="CPO")
    def partner_column(self, row: MissingCDR) -> str:
        return cells.two_lines(str(row.partner), f"driver of {row.session.emsp}")

    @theme.display(description="Session ended", ordering="ended_at")
    def ended_column(self, row: MissingCDR) -> SafeString:
        return fragments.moment(row.ended_at)

    @theme.display(description="CDR was due")
    def expected_column(self, row: MissingCDR) -> SafeString:
        return fragments.ago(row.expected_by)

    @theme.display(description="Energy")
    def energy_column(self, row: MissingCDR) -> str:
        return fragments.number(words.energy(row.session.kwh))

    @theme.display(description="Probably, before tax")
    def estimate_column(self, row: MissingCDR) -> str:
        return fragments.number(_money(row))

    @theme.display(description="Asked")
    def asked_column(self, row: MissingCDR) -> SafeString:
        return fragments.ago(row.asked_at)

    @theme.display(description="State")
    def state_column(self, row: MissingCDR) -> SafeString:
        return _state(row)

    def page_title(self, row: MissingCDR) -> str:
        return f"CDR of session {row.session.session_id}"

    def page_context(self, request: HttpRequest, row: MissingCDR) -> dict[str, Any]:
        session = row.session
        return {
            "missing": row,
            "session": session,
            "session_url": page_url(session),
            "charge_url": charge_url("session", session.pk),
            "partner": fragments.link(page_url(row.partner), row.partner),
            "emsp": str(session.emsp),
            "energy": words.energy(session.kwh),
            "estimate": _money(row),
            "told": words.amount(session.total_cost, session.currency),
            "state": _state(row),
            "buttons": confirmed.buttons(self, ACTIONS, request, row),
            "events": Event.objects.filter(subject=session.reference)[:EVENTS_SHOWN],
        }


def _money(row: MissingCDR) -> str:
    return money(row.estimate, row.currency) if row.estimate is not None else ""


def _state(row: MissingCDR) -> SafeString:
    if row.closed_at is None:
        return badges.label_badge("Missing", "warning")
    if row.closed_by == "system":
        return badges.label_badge("It came", "success")
    return badges.label_badge("Closed", "default", title=f"{row.closed_by}: {row.reason}")
