"""Invoices are matched again when what they were held against changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection as database
from django.db import transaction

from review.decided import Change
from settlement.reconciliation import waking
from settlement.reconciliation.models import InvoiceRecord

# In the order of their keys, so that two who mark the same never wait for each other.
_MARK = """
    UPDATE settlement_invoicerecord r SET match_due = TRUE FROM (
        SELECT o.id FROM settlement_invoicerecord o
        WHERE NOT o.match_due AND o.deleted_at IS NULL AND o.id IN ({concerned})
        ORDER BY o.id FOR NO KEY UPDATE
    ) AS due WHERE r.id = due.id
"""
_ARRIVED = _MARK.format(
    concerned="""
        SELECT l.record_id FROM cdrs_cdr c
        JOIN settlement_invoicerecordcdr l ON l.listed_key = c.cdr_key AND l.cdr_id IS NULL
        JOIN settlement_invoicerecord i ON i.id = l.record_id AND i.cpo_id = c.owner_id
        WHERE c.id = ANY(%(ids)s)"""
)
_DECIDED = _MARK.format(
    concerned="SELECT l.record_id FROM settlement_invoicerecordcdr l WHERE l.cdr_id = ANY(%(ids)s)"
)
_SHARING = _MARK.format(
    concerned="""
        SELECT x.record_id FROM settlement_invoicerecordcdr l
        JOIN settlement_invoicerecordcdr x
            ON x.listed_key = l.listed_key AND x.record_id > l.record_id
        JOIN settlement_invoicerecord i ON i.id = x.record_id AND i.cpo_id = %(cpo)s
        WHERE l.record_id = %(record)s"""
)


def arrived(ids: Sequence[int], **kwargs: Any) -> None:
    """CDRs are new here: invoices that listed them before they came are matched again."""
    _mark(_ARRIVED, {"ids": list(ids)})


def decided(changes: Sequence[Change], **kwargs: Any) -> None:
    """Reviews changed: what could not be settled can be now, or the other way round."""
    _mark(_DECIDED, {"ids": [change.cdr_id for change in changes]})


def adjusted(cdr_id: int) -> None:
    """Something else was agreed about a CDR: invoices that charge it may charge just that."""
    _mark(_DECIDED, {"ids": [cdr_id]})


def others_of(record: InvoiceRecord) -> None:
    """What a record lists changes, or it was withdrawn: later invoices of the same CDRs are matched again."""
    _mark(_SHARING, {"cpo": record.cpo_id, "record": record.pk})


def _mark(statement: str, parameters: Any) -> None:
    with database.cursor() as cursor:
        cursor.execute(statement, parameters)
        found = cursor.rowcount
    if found:
        transaction.on_commit(waking.wake)
