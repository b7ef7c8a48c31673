"""Invoices of partners without the module: a table of the CDRs, uploaded by staff."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from exchange import bulk
from parties import events
from parties.models import Party
from settlement.reconciliation import matching, sides
from settlement.reconciliation.choices import Origin
from settlement.reconciliation.documents import Line, made, take_apart
from settlement.reconciliation.models import InvoiceRecord
from settlement.reconciliation.services import writing
from settlement.reconciliation.services.issuing import NotPossible, named_as
from settlement.reconciliation.services.writing import Source

NAMED_AT_MOST = 3


class Totals(NamedTuple):
    """What the invoice says it comes to, and whether the amounts of its lines are with tax."""

    currency: str = ""
    before_tax: Decimal | None = None
    after_tax: Decimal | None = None
    lines_include_tax: bool = False


@transaction.atomic
def upload(
    partner: Party,
    ours: Party,
    invoice_id: str,
    listed: Sequence[Line],
    totals: Totals,
    *,
    actor: events.Actor,
) -> InvoiceRecord:
    """Take in an invoice that ``partner`` wrote to ``ours``. The same invoice from a file again replaces it.

    Of one that the partner told over OCPI the CDRs are those that it told: the file adds the amounts, and may list
    no others. Raises :class:`NotPossible`.
    """
    named = named_as(invoice_id)
    if not ours.is_ours or partner.is_ours:
        raise NotPossible("It must be an invoice of a partner to one of ours.")
    try:
        between = sides.of_parties(partner, ours)
    except sides.Unclear as unclear:
        raise NotPossible(str(unclear)) from None
    source = Source(Origin.FILE, None, actor)
    record = _held(partner, named)
    if record is not None and record.origin == Origin.OCPI:
        _price(record, listed)
    else:
        record_id = record.record_id if record else f"file-{uuid.uuid4().hex[:20]}"
        cdrs = [line.cdr_id for line in listed]
        parts = take_apart(made(partner.identity, record_id, named, cdrs, timezone.now()))
        if record is None:
            record = writing.create(parts, between, source, listed)
        else:
            writing.replace(record, parts, source, listed)
            writing.list_again(record, listed)
    record.currency = totals.currency
    record.total_before_tax, record.total_after_tax = totals.before_tax, totals.after_tax
    record.lines_include_tax, record.match_due = totals.lines_include_tax, True
    record.save()
    if len(listed) <= writing.MATCHED_AT_ONCE:
        matching.match(record.pk)
        record.refresh_from_db(fields=["match_due", "unexplained"])
    events.record(
        "invoice.uploaded",
        f"Invoice {record} of {partner.identity} was uploaded: {len(listed)} CDRs.",
        actor=actor,
        subject=record.reference,
    )
    return record


def _held(partner: Party, invoice_id: str) -> InvoiceRecord | None:
    rows = InvoiceRecord.objects.select_for_update(of=("self",), no_key=True).filter(
        owner=partner, invoice_key=invoice_id.upper(), deleted_at=None
    )
    return rows.select_related("owner", "cpo", "emsp").order_by("pk").first()


def _price(record: InvoiceRecord, listed: Sequence[Line]) -> None:
    """Put the amounts of a file at the lines that a partner told."""
    rows = bulk.transposed(
        [(line.cdr_id.upper(), line.amount, line.currency, line.started_at) for line in listed]
    )
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT f.key FROM unnest(%s::varchar[]) AS f(key) WHERE NOT EXISTS ("
            "SELECT 1 FROM settlement_invoicerecordcdr l WHERE l.record_id = %s AND l.listed_key = f.key)"
            " LIMIT %s",
            [rows[0], record.pk, NAMED_AT_MOST + 1],
        )
        others = [row[0] for row in cursor.fetchall()]
        if others:
            more = " and others" if len(others) > NAMED_AT_MOST else ""
            raise NotPossible(
                f"The partner told this invoice over OCPI, without {', '.join(others[:NAMED_AT_MOST])}{more}."
                " Ask it which CDRs the invoice charges."
            )
        cursor.execute(
            "UPDATE settlement_invoicerecordcdr l SET amount = f.amount, currency = f.currency,"
            " started_at = f.started_at FROM unnest(%s::varchar[], %s::numeric[], %s::varchar[],"
            " %s::timestamptz[]) AS f(key, amount, currency, started_at)"
            " WHERE l.record_id = %s AND l.listed_key = f.key",
            [*rows, record.pk],
        )
