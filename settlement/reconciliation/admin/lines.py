"""The CDRs of an invoice, a page at a time."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from cdrs.models import CDR
from cdrs.words import energy
from review.admin.desk_cells import money
from settlement.reconciliation import words
from settlement.reconciliation.choices import FINDING_BADGES, Finding
from settlement.reconciliation.models import InvoiceRecord, InvoiceRecordCDR
from settlement.reconciliation.selectors import with_amounts
from staff import badges, fragments, theme
from staff.links import page_url, page_url_of


class LinesChangeList(theme.ChangeList):
    """Knows the invoice that it is narrowed to."""

    invoice: InvoiceRecord | None = None

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        key = request.GET.get("record__id__exact", "")
        if key.isascii() and key.isdigit():
            rows = InvoiceRecord.objects.select_related("owner", "cpo", "emsp")
            self.invoice = rows.defer("document").filter(pk=key).first()


@theme.register(InvoiceRecordCDR)
class InvoiceRecordCDRAdmin(theme.ReadOnlyAdmin[InvoiceRecordCDR]):
    """What invoices list; reached from the page of an invoice."""

    list_display = [
        "cdr_column",
        "finding_column",
        "start",
        "energy_column",
        "ours",
        "listed",
        "also",
    ]
    list_display_links = None
    list_select_related = ["cdr", "also_in"]
    list_per_page = 50
    list_fullwidth = True
    list_before_template = "settlement/lines_before.html"
    paginator = theme.UncountedPaginator
    ordering = ["record", "position"]
    sortable_by = ()
    list_filter = [("finding", theme.ChoicesDropdownFilter)]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LinesChangeList]:
        return LinesChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in ("record__id__exact", "finding__exact")

    def get_queryset(self, request: HttpRequest) -> QuerySet[InvoiceRecordCDR]:
        rows = super().get_queryset(request).defer("cdr__document", "also_in__document")
        return with_amounts(rows)

    @theme.display(description="CDR")
    def cdr_column(self, line: InvoiceRecordCDR) -> str:
        if line.cdr_id is None:
            return fragments.identifier(line.listed_id)
        return fragments.link(page_url_of(CDR, line.cdr_id), line.listed_id)

    @theme.display(description="Found")
    def finding_column(self, line: InvoiceRecordCDR) -> str:
        meaning = words.MEANINGS[Finding(line.finding)]
        return badges.badge(line.finding, Finding, FINDING_BADGES, title=meaning)

    @theme.display(description="Start")
    def start(self, line: InvoiceRecordCDR) -> str:
        return fragments.moment(line.cdr.start_date_time if line.cdr else line.started_at)

    @theme.display(description="Energy")
    def energy_column(self, line: InvoiceRecordCDR) -> str:
        return fragments.number(energy(line.cdr.energy) if line.cdr else "")

    @theme.display(description="Before tax, here")
    def ours(self, line: Any) -> str:
        return money(line.before_tax, line.cdr.currency if line.cdr else "")

    @theme.display(description="On the invoice")
    def listed(self, line: InvoiceRecordCDR) -> str:
        return money(line.amount, line.currency)

    @theme.display(description="Also on")
    def also(self, line: InvoiceRecordCDR) -> str:
        if line.also_in is None:
            return ""
        if line.also_in_id == line.record_id:
            return "this invoice"
        return fragments.link(page_url(line.also_in), line.also_in.invoice_id)
