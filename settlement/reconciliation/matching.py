"""Holding an invoice against the CDRs and the statement here: a handful of statements, however many CDRs it lists."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.db import connection as database
from django.db.models import Sum
from django.utils import timezone

from review.choices import SETTLEABLE
from settlement.choices import EntryKind
from settlement.reconciliation import selectors
from settlement.reconciliation.choices import Finding
from settlement.reconciliation.models import (
    InvoiceRecord,
    ReconciliationResult,
    ReconciliationSum,
)

log = structlog.get_logger(__name__)
TOLERANCE = Decimal("0.005")
"""Invoices are rounded to cents; what we hold is exact."""

# What a CDR costs here: as its statement has it, else as the CDR says, and with what was agreed about it since where
# the invoice charges that. Over c, e (its entry, if any), a (its adjustments by hand), l and r.
_STATED = "coalesce(e.before_tax, c.total_cost)"
_STATED_AFTER = "coalesce(e.before_tax + e.tax, c.total_cost_after_tax)"
_IS_AS_AGREED = f"""(a.before_tax IS NOT NULL AND l.currency IN ('', c.currency)
    AND abs(l.amount - CASE WHEN r.lines_include_tax THEN {_STATED_AFTER} + a.before_tax + a.tax
                       ELSE {_STATED} + a.before_tax END) <= %(tolerance)s)"""
_BEFORE_TAX = f"({_STATED} + CASE WHEN {_IS_AS_AGREED} THEN a.before_tax ELSE 0 END)"
_AFTER_TAX = f"({_STATED_AFTER} + CASE WHEN {_IS_AS_AGREED} THEN a.before_tax + a.tax ELSE 0 END)"
_HERE = f"""
    FROM settlement_invoicerecordcdr l
    JOIN settlement_invoicerecord r ON r.id = l.record_id
    LEFT JOIN cdrs_cdr c ON c.owner_id = r.cpo_id AND c.cdr_key = l.listed_key
    LEFT JOIN settlement_entry e ON e.cdr_id = c.id AND e.kind <> '{EntryKind.CORRECTION.value}'
    LEFT JOIN LATERAL (
        SELECT sum(x.before_tax) AS before_tax, sum(x.tax) AS tax
        FROM settlement_adjustment y JOIN settlement_entry x ON x.id = y.entry_id
        WHERE y.cdr_id = c.id
    ) AS a ON TRUE
"""  # noqa: S608 - constants

# Of several invoices that list a CDR the earliest counts; within one, the first time.
_FINDINGS = f"""
    WITH listed AS (
        SELECT l.id, c.id AS cdr_id,
            CASE WHEN earlier.id IS NULL
                  AND row_number() OVER (PARTITION BY l.listed_key ORDER BY l.position) > 1
                 THEN l.record_id ELSE earlier.id END AS also_in,
            c.emsp_id <> r.emsp_id AS is_foreign,
            v.state <> ALL(%(settleable)s) AS is_held,
            (l.currency <> '' AND l.currency <> c.currency)
                OR abs(l.amount - CASE WHEN r.lines_include_tax THEN {_AFTER_TAX}
                                  ELSE {_BEFORE_TAX} END) > %(tolerance)s AS differs
        {_HERE}
        LEFT JOIN review_cdrreview v ON v.cdr_id = c.id
        LEFT JOIN LATERAL (
            SELECT min(y.id) AS id FROM settlement_invoicerecordcdr x
            JOIN settlement_invoicerecord y ON y.id = x.record_id
            WHERE x.listed_key = l.listed_key AND x.record_id < l.record_id
              AND y.cpo_id = r.cpo_id AND y.deleted_at IS NULL
        ) AS earlier ON TRUE
        WHERE l.record_id = %(record)s
    ), found AS (
        SELECT id, cdr_id, also_in,
            CASE WHEN also_in IS NOT NULL THEN '{Finding.TWICE.value}'
                 WHEN cdr_id IS NULL THEN '{Finding.UNKNOWN.value}'
                 WHEN is_foreign THEN '{Finding.FOREIGN.value}'
                 WHEN is_held THEN '{Finding.HELD.value}'
                 WHEN differs THEN '{Finding.AMOUNT.value}'
                 ELSE '{Finding.MATCHED.value}' END AS finding
        FROM listed
    )
    UPDATE settlement_invoicerecordcdr l
    SET cdr_id = f.cdr_id, also_in_id = f.also_in, finding = f.finding
    FROM found f
    WHERE l.id = f.id
      AND (l.cdr_id, l.also_in_id, l.finding) IS DISTINCT FROM (f.cdr_id, f.also_in, f.finding)
"""  # noqa: S608 - constants

_SUMS = f"""
    INSERT INTO settlement_reconciliationsum
        (record_id, finding, currency, cdrs, energy, before_tax, tax, listed)
    SELECT l.record_id, l.finding, coalesce(c.currency, l.currency), count(*),
        coalesce(sum(c.energy), 0), coalesce(sum({_BEFORE_TAX}), 0),
        coalesce(sum({_AFTER_TAX} - {_BEFORE_TAX}), 0), sum(l.amount)
    {_HERE}
    WHERE l.record_id = %(record)s
    GROUP BY 1, 2, 3
"""

_STATEMENT = f"""
    SELECT e.statement_id FROM settlement_invoicerecordcdr l
    JOIN settlement_entry e ON e.cdr_id = l.cdr_id AND e.kind <> '{EntryKind.CORRECTION.value}'
    WHERE l.record_id = %(record)s GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
"""  # noqa: S608 - constants


def match_waiting() -> int:
    """Match the invoices that wait for it, the oldest first; returns how many. Each in its own transaction.

    One that cannot be matched keeps none of the others waiting, and is tried again the next time.
    """
    done = after = 0
    while True:
        waiting = InvoiceRecord.objects.filter(match_due=True, pk__gt=after).order_by("pk")
        record_id = waiting.values_list("pk", flat=True).first()
        if record_id is None:
            return done
        after = record_id
        try:
            match(record_id)
            done += 1
        except DatabaseError:
            log.exception("invoice_not_matched", record=record_id)


@transaction.atomic
def match(record_id: int) -> ReconciliationResult:
    """Hold an invoice against the CDRs here and the statement they are on; what was found before is replaced."""
    record = InvoiceRecord.objects.select_for_update(no_key=True).get(pk=record_id)
    with database.cursor() as cursor:
        parameters: dict[str, Any] = {
            "record": record.pk,
            "settleable": sorted(SETTLEABLE),
            "tolerance": TOLERANCE,
        }
        cursor.execute(_FINDINGS, parameters)
        ReconciliationSum.objects.filter(record=record).delete()
        cursor.execute(_SUMS, parameters)
        cursor.execute(_STATEMENT, parameters)
        row = cursor.fetchone()
    statement_id = record.statement_id or (row[0] if row else None)
    result, _ = ReconciliationResult.objects.update_or_create(
        record=record,
        defaults={
            **_counts(record),
            "unlisted": selectors.unlisted(statement_id).count() if statement_id else 0,
            "statement_id": statement_id,
            "matched_at": timezone.now(),
        },
    )
    record.match_due, record.unexplained = False, unexplained(record)
    record.save(update_fields=["match_due", "unexplained"])
    return result


def _counts(record: InvoiceRecord) -> dict[str, int]:
    found = ReconciliationSum.objects.filter(record=record).values_list("finding")
    counts = dict(found.annotate(number=Sum("cdrs")))
    names = set(Finding.values) - {Finding.WAITING.value}
    return {name: int(counts.get(name, 0)) for name in names}


def unexplained(record: InvoiceRecord) -> Decimal | None:
    """The total of the invoice minus what we make of the CDRs it lists; ``None`` without a total of its currency.

    With tax where the invoice says its total before tax is not known.
    """
    total = record.total_before_tax
    with_tax = total is None
    if with_tax:
        total = record.total_after_tax
    if total is None:
        return None
    sums = ReconciliationSum.objects.filter(record=record, currency=record.currency)
    ours = sum((row.before_tax + (row.tax if with_tax else 0) for row in sums), Decimal(0))
    return total - ours
