"""The list of invoices and the page of one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.urls import URLPattern

from exchange import cells
from exchange.admin.owned import OwnedAdmin, owner_words
from settlement.reconciliation import selectors, words
from settlement.reconciliation.admin import page, views
from settlement.reconciliation.admin.actions import ACTIONS
from settlement.reconciliation.choices import RecordState, Way
from settlement.reconciliation.models import InvoiceRecord
from staff import badges, confirmed, filters, fragments, theme
from staff.links import page_url


class WayFilter(filters.ConditionFilter):
    title = "whose"
    parameter_name = "way"
    conditions: ClassVar = {
        "received": ("Received", Q(way=Way.RECEIVED)),
        "sent": ("Sent by us", Q(way=Way.SENT)),
    }


class StandingFilter(filters.ConditionFilter):
    title = "standing"
    parameter_name = "standing"
    conditions: ClassVar = {
        "open": ("To check", Q(state=RecordState.OPEN, way=Way.RECEIVED, deleted_at=None)),
        "accepted": ("Accepted", Q(state=RecordState.ACCEPTED, deleted_at=None)),
        "disputed": ("Disputed", Q(state=RecordState.DISPUTED, deleted_at=None)),
        "withdrawn": ("Withdrawn", Q(deleted_at__isnull=False)),
    }


class FoundFilter(filters.ConditionFilter):
    title = "what was found"
    parameter_name = "found"
    conditions: ClassVar = {
        "nothing": (
            "Everything matches",
            Q(
                result__unknown=0,
                result__twice=0,
                result__foreign=0,
                result__held=0,
                result__amount=0,
            ),
        ),
        "unknown": ("CDRs that are not here", Q(result__unknown__gt=0)),
        "twice": ("CDRs charged twice", Q(result__twice__gt=0)),
        "foreign": ("Somebody else's CDRs", Q(result__foreign__gt=0)),
        "held": ("CDRs not to be settled", Q(result__held__gt=0)),
        "amount": ("Other amounts", Q(result__amount__gt=0)),
        "unlisted": ("CDRs that no invoice lists", Q(result__unlisted__gt=0)),
        "total": ("Another total", Q(unexplained__isnull=False) & ~Q(unexplained=0)),
    }


@theme.register(InvoiceRecord)
class InvoiceRecordAdmin(OwnedAdmin[InvoiceRecord], theme.ReadOnlyAdmin[InvoiceRecord]):
    """Invoices by the CDRs they charge; nothing is paid from here."""

    list_display = [
        "invoice_column",
        "from_column",
        "to_column",
        "cdrs_column",
        "findings",
        "total",
        "standing",
        "came",
    ]
    list_display_links = None
    page_template = "settlement/invoice.html"
    list_select_related = ["owner", "cpo", "emsp", "result"]
    list_per_page = 50
    list_fullwidth = True
    list_before_template = "settlement/invoices_before.html"
    paginator = theme.UncountedPaginator
    ordering = ["-id"]
    sortable_by = ()
    search_fields = ["invoice_id"]
    search_help_text = "Number of the invoice, or NL*ABC/ and the ID of its record"
    list_filter = [
        WayFilter,
        StandingFilter,
        FoundFilter,
        ("owner", theme.AutocompleteSelectFilter),
        ("last_updated", filters.DayFilter),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[InvoiceRecord]:
        return super().get_queryset(request).defer("document")

    def matching(self, queryset: QuerySet[InvoiceRecord], term: str) -> QuerySet[InvoiceRecord]:
        return selectors.matching(queryset, term)

    def found(self, request: HttpRequest, object_id: object) -> InvoiceRecord:
        """With both its parties; its document, which can be long, stays where it is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        text = str(object_id)
        rows = InvoiceRecord.objects.select_related("owner", "cpo", "emsp", "received_from")
        row = rows.defer("document").filter(pk=text).first() if text.isdigit() else None
        if row is None:
            raise Http404
        return row

    def get_urls(self) -> list[URLPattern]:
        return [*views.urls(self), *confirmed.urls(self, ACTIONS), *super().get_urls()]

    @theme.display(description="Invoice")
    def invoice_column(self, record: InvoiceRecord) -> str:
        return cells.two_lines(
            fragments.link(page_url(record), record.invoice_id), words.way(record)
        )

    @theme.display(description="From")
    def from_column(self, record: InvoiceRecord) -> str:
        return owner_words(record.owner)

    @theme.display(description="To")
    def to_column(self, record: InvoiceRecord) -> str:
        return owner_words(record.counterparty) if record.counterparty else fragments.EMPTY

    @theme.display(description="CDRs")
    def cdrs_column(self, record: InvoiceRecord) -> str:
        return fragments.amount(record.cdrs)

    @theme.display(description="Found")
    def findings(self, record: InvoiceRecord) -> str:
        result = getattr(record, "result", None)
        if record.match_due or result is None:
            return badges.label_badge("Being matched")
        summary = words.summary(result)
        return cells.clamped(summary) if summary else badges.label_badge("Matches", "success")

    @theme.display(description="Total")
    def total(self, record: InvoiceRecord) -> str:
        before = words.money(record.total_before_tax, record.currency)
        shown = before or words.money(record.total_after_tax, record.currency)
        if not record.unexplained:
            return fragments.number(shown)
        off = words.money(record.unexplained, record.currency)
        return cells.two_lines(fragments.number(shown), f"{off} not explained")

    @theme.display(description="Standing")
    def standing(self, record: InvoiceRecord) -> str:
        return page.state_badge(record)

    @theme.display(description="Last changed")
    def came(self, record: InvoiceRecord) -> str:
        return fragments.ago(record.last_updated)

    def page_title(self, record: InvoiceRecord) -> str:
        return f"Invoice {record.invoice_id}"

    def page_context(self, request: HttpRequest, record: InvoiceRecord) -> dict[str, Any]:
        """Everything about one invoice."""
        buttons = confirmed.buttons(self, ACTIONS, request, record)
        return {"buttons": buttons, **page.context(request, record)}
