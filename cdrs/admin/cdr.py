"""The list of CDRs and the page of one."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path

from cdrs import finding, totals, words
from cdrs.admin import charge, originals, page
from cdrs.admin.actions import CDR_ACTIONS
from cdrs.admin.badges import marks
from cdrs.admin.filters import CurrencyFilter, KindFilter, WorthALookFilter
from cdrs.models import CDR, CDRConflict
from exchange import cells
from exchange.admin.owned import HostedFilter, OwnedAdmin, owner_words
from ocpi.numbers import shortened
from staff import confirmed, export, filters, fragments, theme
from staff.links import page_url

CSV: dict[str, export.Column] = {
    "CDR": lambda cdr: cdr.cdr_id,
    "CPO": lambda cdr: str(cdr.owner.identity),
    "eMSP": lambda cdr: str(cdr.emsp.identity) if cdr.emsp else "",
    "start": lambda cdr: cdr.start_date_time,
    "end": lambda cdr: cdr.end_date_time,
    "currency": lambda cdr: cdr.currency,
    "total before tax": lambda cdr: shortened(cdr.total_cost),
    "total after tax": lambda cdr: _short(cdr.total_cost_after_tax),
    "energy (kWh)": lambda cdr: shortened(cdr.energy),
    "time (h)": lambda cdr: shortened(cdr.duration),
    "parking (h)": lambda cdr: _short(cdr.parking_time),
    "token": lambda cdr: cdr.token_uid,
    "contract": lambda cdr: cdr.contract_id,
    "session": lambda cdr: cdr.session_key,
    "authorization": lambda cdr: cdr.authorization_key,
    "location": lambda cdr: cdr.location_key,
    "EVSE": lambda cdr: cdr.evse_key,
    "credit": lambda cdr: "yes" if cdr.credit else "",
    "credits": lambda cdr: cdr.credit_reference_key,
    "unused reservation": lambda cdr: "yes" if cdr.is_reservation else "",
    "home charging": lambda cdr: "yes" if cdr.home_charging_compensation else "",
    "invoice reference": lambda cdr: cdr.invoice_reference_id,
    "last updated": lambda cdr: cdr.last_updated,
    "received": lambda cdr: cdr.received_at,
    "received from": lambda cdr: cdr.received_from.name if cdr.received_from else "",
    "SHA-256 of the original": lambda cdr: bytes(cdr.original_sha256).hex(),
}


def _short(number: Any) -> object:
    return None if number is None else shortened(number)


class CDRChangeList(theme.ChangeList):
    """Knows of the rows of the page which are in conflict, and what a narrowed list comes to."""

    totals: list[totals.Total] | None = None
    too_many_to_sum = False

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        contested = set(
            CDRConflict.objects.filter(
                cdr__in=[row.pk for row in rows], settled_at=None
            ).values_list("cdr_id", flat=True)
        )
        for row in rows:
            row.contested = row.pk in contested
        self.result_list = rows
        if rows and (self.query or self.has_active_filters):
            self.totals = totals.per_currency(self.queryset)
            self.too_many_to_sum = self.totals is None


@theme.register(CDR)
class CDRAdmin(OwnedAdmin[CDR], theme.ReadOnlyAdmin[CDR]):
    """All CDRs, what we bill and what we are billed; nobody changes them."""

    list_display = [
        "name_column",
        "period",
        "owner_column",
        "payer_column",
        "energy_column",
        "amount_column",
        "contract_column",
        "received",
    ]
    list_display_links = None
    page_template = "cdrs/cdr.html"
    list_select_related = ["owner", "emsp"]
    list_per_page = 50
    list_fullwidth = True
    list_before_template = "cdrs/list_before.html"
    paginator = theme.UncountedPaginator
    ordering = ["-start_date_time", "-id"]
    sortable_by = ["period", "received"]
    search_fields = ["cdr_id"]
    search_help_text = "CDR ID, contract, invoice reference, or NL*ABC/12345"
    list_filter = [
        ("start_date_time", filters.DayFilter),
        HostedFilter,
        ("owner", theme.AutocompleteSelectFilter),
        ("emsp", theme.AutocompleteSelectFilter),
        ("received_from", theme.AutocompleteSelectFilter),
        CurrencyFilter,
        ("total_cost", theme.RangeNumericFilter),
        KindFilter,
        WorthALookFilter,
        ("received_at", filters.DayFilter),
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CDRChangeList]:
        return CDRChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[CDR]:
        return super().get_queryset(request).defer("document")

    def matching(self, queryset: QuerySet[CDR], term: str) -> QuerySet[CDR]:
        return finding.matching(queryset, term)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("export.csv", view(self.csv_view), name="cdrs_cdr_csv"),
            path("charge/", view(partial(charge.view, self)), name="cdrs_cdr_charge"),
            path("<path:object_id>/original", view(self.original_view), name="cdrs_cdr_original"),
        ]
        return [*own, *confirmed.urls(self, CDR_ACTIONS), *super().get_urls()]

    def csv_view(self, request: HttpRequest) -> StreamingHttpResponse:
        """All that the filters show, however many."""
        rows = export.filtered(self, request).select_related("owner", "emsp", "received_from")
        return export.csv_response("cdrs", rows, CSV)

    def original_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        cdr = self.found(request, object_id)
        return originals.download(request, page.original_of(cdr), f"cdr-{cdr.cdr_id}")

    @theme.display(description="CDR")
    def name_column(self, cdr: Any) -> str:
        below = marks(cdr, conflicts=cdr.contested)
        return cells.two_lines(fragments.link(page_url(cdr), cdr), below)

    @theme.display(description="Charged", ordering="start_date_time")
    def period(self, cdr: CDR) -> str:
        return cells.two_lines(fragments.moment(cdr.start_date_time), words.duration(cdr.duration))

    @theme.display(description="Driver of")
    def payer_column(self, cdr: CDR) -> str:
        return owner_words(cdr.emsp) if cdr.emsp else fragments.EMPTY

    @theme.display(description="Energy")
    def energy_column(self, cdr: CDR) -> str:
        return fragments.number(words.energy(cdr.energy))

    @theme.display(description="Before tax")
    def amount_column(self, cdr: CDR) -> str:
        after = words.amount(cdr.total_cost_after_tax, cdr.currency)
        return cells.two_lines(
            fragments.number(words.amount(cdr.total_cost, cdr.currency)),
            f"{after} with tax" if after else "",
        )

    @theme.display(description="Contract")
    def contract_column(self, cdr: CDR) -> str:
        return cdr.contract_id or fragments.EMPTY

    @theme.display(description="Received", ordering="received_at")
    def received(self, cdr: CDR) -> str:
        return fragments.ago(cdr.received_at)

    def page_title(self, cdr: CDR) -> str:
        return f"CDR {cdr.cdr_id}"

    def page_context(self, request: HttpRequest, cdr: CDR) -> dict[str, Any]:
        """Everything about one CDR."""
        buttons = confirmed.buttons(self, CDR_ACTIONS, request, cdr)
        return {"buttons": buttons, **page.context(request, cdr)}
