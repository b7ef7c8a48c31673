"""What the page of an invoice shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from exchange.admin import insight, links, told
from exchange.admin.exchanges import row_of
from exchange.admin.owned import owner_words
from exchange.models import Exchange
from parties.models import Event
from settlement.reconciliation import recipients, words
from settlement.reconciliation.choices import STATE_BADGES, RecordState, Way
from settlement.reconciliation.models import InvoiceRecord, InvoiceRecordCDR, ReconciliationResult
from settlement.reconciliation.visibility import MODULE, VISIBILITY
from staff import badges
from staff.links import list_url, page_url

EXCHANGES_SHOWN = 15


def context(request: HttpRequest, record: InvoiceRecord) -> dict[str, Any]:
    """Everything about one invoice, for its template."""
    result = ReconciliationResult.objects.select_related("statement").filter(record=record).first()
    is_ours = record.way == Way.SENT
    groups = words.groups(record.sums.all())
    return {
        "record": record,
        "result": result,
        "is_ours": is_ours,
        "lead": words.lead(record, result),
        "state": state_badge(record),
        "way": words.way(record),
        "owner": owner_words(record.owner),
        "recipient": owner_words(record.counterparty) if record.counterparty else "",
        "groups": [_group(record, group) for group in groups],
        "has_listed": any(group.listed for group in groups),
        "unlisted": _unlisted(record, result),
        "balance": words.balance(record),
        "total_before_tax": words.money(record.total_before_tax, record.currency),
        "total_after_tax": words.money(record.total_after_tax, record.currency),
        "statement_url": page_url(result.statement) if result and result.statement else "",
        "lines_url": lines_url(record),
        "results_csv": reverse("admin:settlement_invoicerecord_results", args=[record.pk]),
        "partner_csv": reverse("admin:settlement_invoicerecord_cdrs", args=[record.pk]),
        "amounts_url": reverse("admin:settlement_invoicerecord_amounts", args=[record.pk]),
        "came_from": links.partner(record.received_from) if record.received_from else "",
        "takers": [links.partner(one) for one in recipients.takers(record)] if is_ours else [],
        "partners": told.told(
            told.Subject(
                VISIBILITY, "invoice", record.pk, record.reference, record.received_from_id
            )
        ),
        "as_partner_url": insight.url("as_partner", None, MODULE, record.reference),
        "exchanges": [row_of(row) for row in _exchanges(record)],
        "events": Event.objects.filter(subject=record.reference)[:15],
    }


def lines_url(record: InvoiceRecord, finding: str = "") -> str:
    """The list of the CDRs of an invoice, of one finding where that is named."""
    filters = {"record__id__exact": record.pk, **({"finding__exact": finding} if finding else {})}
    return list_url(InvoiceRecordCDR, **filters)


def state_badge(record: InvoiceRecord) -> str:
    """Where it stands."""
    if record.deleted_at is not None:
        return badges.label_badge("Withdrawn", title="Its owner says that it was an error.")
    if record.way == Way.SENT and record.state == RecordState.OPEN:
        return badges.label_badge("Issued", "info")
    return badges.badge(record.state, RecordState, STATE_BADGES)


def _group(record: InvoiceRecord, group: words.Group) -> dict[str, Any]:
    csv = reverse("admin:settlement_invoicerecord_results", args=[record.pk])
    return {
        **group._asdict(),
        "url": lines_url(record, group.finding),
        "csv": f"{csv}?{urlencode({'finding': group.finding})}",
    }


def _unlisted(record: InvoiceRecord, result: ReconciliationResult | None) -> dict[str, Any] | None:
    if result is None or result.statement is None or not result.unlisted:
        return None
    return {
        "label": words.UNLISTED_LABEL,
        "meaning": words.UNLISTED_MEANING,
        "cdrs": result.unlisted,
        "url": reverse("admin:settlement_invoicerecord_unlisted", args=[record.pk]),
    }


def _exchanges(record: InvoiceRecord) -> Any:
    return (
        Exchange.objects.filter(object_reference=record.reference, module=MODULE)
        .select_related("connection")
        .order_by("-id")[:EXCHANGES_SHOWN]
    )
