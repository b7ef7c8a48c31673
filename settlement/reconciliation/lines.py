"""The CDRs of a record as rows of their own, so that matching is a matter of SQL."""

from __future__ import annotations

from collections.abc import Iterable

from exchange import bulk
from settlement.reconciliation.choices import Finding
from settlement.reconciliation.documents import Line
from settlement.reconciliation.models import InvoiceRecordCDR

_COLUMNS = "record_id, position, listed_id, listed_key, amount, currency, started_at, finding"


def replace(record_id: int, lines: Iterable[Line]) -> None:
    """Put these in the place of whatever a record listed. Call it in a transaction."""
    InvoiceRecordCDR.objects.filter(record=record_id).delete()
    bulk.copy_rows(
        "settlement_invoicerecordcdr",
        _COLUMNS,
        (
            (
                record_id,
                position,
                line.cdr_id,
                line.cdr_id.upper(),
                line.amount,
                line.currency,
                line.started_at,
                Finding.WAITING.value,
            )
            for position, line in enumerate(lines, 1)
        ),
    )
