"""Invoices as CSV: what was found about each CDR, or the list of CDRs for the partner. Row by row, uncapped."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import StreamingHttpResponse

from ocpi.numbers import shortened
from settlement.choices import EntryKind
from settlement.models.statements import Entry
from settlement.reconciliation import words
from settlement.reconciliation.models import InvoiceRecord, InvoiceRecordCDR
from staff import export

_AMOUNT = DecimalField(max_digits=24, decimal_places=8)


def with_amounts(rows: QuerySet[InvoiceRecordCDR]) -> QuerySet[InvoiceRecordCDR]:
    """Lines with ``before_tax`` and ``after_tax`` of their CDR: as its statement has it, else as it says itself."""
    booked = Entry.objects.filter(cdr=OuterRef("cdr")).exclude(kind=EntryKind.CORRECTION)
    return rows.annotate(
        before_tax=Coalesce(Subquery(booked.values("before_tax")[:1]), F("cdr__total_cost")),
        after_tax=Coalesce(
            Subquery(
                booked.annotate(
                    gross=F("before_tax") + F("tax"),
                ).values("gross")[:1],
                output_field=_AMOUNT,
            ),
            F("cdr__total_cost_after_tax"),
            output_field=_AMOUNT,
        ),
    )


def _short(number: Decimal | None) -> object:
    return None if number is None else shortened(number)


def _of_cdr(name: str) -> export.Column:
    return lambda line: getattr(line.cdr, name) if line.cdr_id else None


RESULTS: Mapping[str, export.Column] = {
    "position": lambda line: line.position,
    "CDR": lambda line: line.listed_id,
    "found": lambda line: line.get_finding_display(),
    "also on invoice": lambda line: line.also_in.invoice_id if line.also_in else "",
    "start": lambda line: line.cdr.start_date_time if line.cdr_id else line.started_at,
    "energy (kWh)": lambda line: _short(line.cdr.energy) if line.cdr_id else None,
    "currency": lambda line: line.cdr.currency if line.cdr_id else line.currency,
    "before tax here": lambda line: _short(line.before_tax),
    "with tax here": lambda line: _short(line.after_tax),
    "amount on the invoice": lambda line: _short(line.amount),
    "currency on the invoice": lambda line: line.currency,
    "contract": _of_cdr("contract_id"),
    "location": _of_cdr("location_key"),
}
FOR_PARTNER: Mapping[str, export.Column] = {
    "CDR ID": lambda line: line.listed_id,
    "Start": lambda line: line.cdr.start_date_time if line.cdr_id else None,
    "End": _of_cdr("end_date_time"),
    "Energy (kWh)": lambda line: _short(line.cdr.energy) if line.cdr_id else None,
    "Amount": lambda line: _short(line.before_tax),
    "Amount with tax": lambda line: _short(line.after_tax),
    "Currency": _of_cdr("currency"),
    "Contract": _of_cdr("contract_id"),
}
UNLISTED: Mapping[str, export.Column] = {
    "CDR": lambda entry: entry.cdr.cdr_id,
    "found": lambda entry: words.UNLISTED_LABEL,
    "start": lambda entry: entry.cdr.start_date_time,
    "energy (kWh)": lambda entry: _short(entry.energy),
    "currency": lambda entry: entry.cdr.currency,
    "before tax here": lambda entry: _short(entry.before_tax),
    "with tax here": lambda entry: _short(entry.after_tax),
}


def lines_response(
    record: InvoiceRecord, finding: str, columns: Mapping[str, Any]
) -> StreamingHttpResponse:
    """A download of the CDRs of an invoice; of one ``finding`` where that is named."""
    rows = record.lines.order_by("position").select_related("cdr", "also_in")
    if finding:
        rows = rows.filter(finding=finding)
    rows = with_amounts(rows.defer("cdr__document", "also_in__document"))
    name = "".join(sign if sign.isalnum() else "-" for sign in record.invoice_id)[:60]
    return export.csv_response(f"invoice-{name}", rows, columns)
