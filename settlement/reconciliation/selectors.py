"""Reading records: as rows for answers to partners, and for staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection as database
from django.db.models import DecimalField, Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from exchange import lists
from exchange.lists import PageIds
from exchange.registry import Said
from ocpi.ids import PartyId, ci_key
from ocpi.paging import PageRequest
from parties.models import Connection
from parties.sight import sight
from settlement.choices import EntryKind
from settlement.models.statements import Entry
from settlement.reconciliation.models import InvoiceRecord, InvoiceRecordCDR
from settlement.reconciliation.visibility import VISIBILITY

_AMOUNT = DecimalField(max_digits=24, decimal_places=8)
PAGE_BYTES = 10_000_000
"""A page of a list ends before it gets bigger than this, because one record can list very many CDRs."""


class RecordRow(NamedTuple):
    """A record as it lies in the database; ``document`` is JSON text."""

    id: int
    reference: str
    owner: PartyId
    record_id: str
    version: int
    document: str
    last_updated: datetime

    def said(self) -> Said:
        """The record as OCPI 2.3.0 writes it, the only version that has it."""
        return Said(self.document.encode(), [])


def visible_page(
    connection: Connection, version: str, page: PageRequest, after: int | None
) -> tuple[PageIds, list[RecordRow]]:
    """What ``connection`` sees, in order of creation; see :func:`exchange.lists.find_page`."""
    seen = sight(VISIBILITY, connection, version)
    found = _cut(
        lists.find_page("settlement_invoicerecord", seen.sql, seen.parameters, page, after)
    )
    return found, by_ids(found.ids)


def _cut(found: PageIds) -> PageIds:
    """As much of a page as is not too big; always one record."""
    if len(found.ids) < 2:
        return found
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT s.id FROM (SELECT o.id, row_number() OVER w AS place, sum(octet_length(o.document::text)) OVER w"
            " AS size FROM settlement_invoicerecord o WHERE o.id = ANY(%s) WINDOW w AS (ORDER BY o.id)) AS s"
            " WHERE s.size <= %s OR s.place = 1 ORDER BY s.id",
            [found.ids, PAGE_BYTES],
        )
        ids = [row[0] for row in cursor.fetchall()]
    return found if len(ids) == len(found.ids) else PageIds(ids, found.total, ids[-1])


def by_ids(ids: Sequence[int]) -> list[RecordRow]:
    """Records in the order of ``ids``; ids that do not exist are passed over."""
    if not ids:
        return []
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, p.country_code, p.party_id, o.record_id, o.version, o.document::text,"
            " o.last_updated FROM settlement_invoicerecord o"
            " JOIN parties_party p ON p.id = o.owner_id WHERE o.id = ANY(%s)",
            [list(ids)],
        )
        rows = {row[0]: _row(*row) for row in cursor.fetchall()}
    return [rows[pk] for pk in ids if pk in rows]


def _row(
    pk: int,
    country: str,
    party: str,
    record_id: str,
    version: int,
    document: str,
    last_updated: datetime,
) -> RecordRow:
    owner = PartyId(country, party)
    return RecordRow(pk, f"{owner}/{record_id}", owner, record_id, version, document, last_updated)


def unlisted(statement_id: int) -> QuerySet[Entry]:
    """The entries of a statement whose CDR no invoice lists."""
    listed = InvoiceRecordCDR.objects.filter(cdr=OuterRef("cdr"), record__deleted_at=None)
    entries = Entry.objects.filter(statement=statement_id, cdr__isnull=False).exclude(
        kind=EntryKind.CORRECTION
    )
    return entries.filter(~Exists(listed))


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


def named(owner: PartyId, record_id: str) -> QuerySet[InvoiceRecord]:
    """The record that its owner calls so, whichever of its roles it acts in; raises ValueError for no CiString."""
    return InvoiceRecord.objects.filter(
        owner__country_code=owner.country_code,
        owner__party_id=owner.party_id,
        record_key=ci_key(record_id),
    )


def matching(rows: QuerySet[InvoiceRecord], term: str) -> QuerySet[InvoiceRecord]:
    """Records by the beginning of the invoice's number or of their ID, or by ``NL*ABC/1b4b3a3c``."""
    term = term.strip()
    identity, slash, record_id = term.partition("/")
    if slash:
        try:
            owner = PartyId.parse(identity)
        except ValueError:
            owner = None
        if owner is not None:
            return rows.filter(
                owner__country_code=owner.country_code,
                owner__party_id=owner.party_id,
                record_key=record_id.upper(),
            )
    by_invoice = rows.filter(invoice_key__startswith=term.upper())
    return by_invoice | rows.filter(record_key__startswith=term.upper())
