"""Putting a record in its place, whatever way it came; the lines with it, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from exchange.announce import announce
from exchange.comparing import is_stale
from ocpi.ids import PartyId
from parties import events
from parties.models import Connection
from settlement.models.statements import Statement
from settlement.reconciliation import following, lines, matching, selectors, waking
from settlement.reconciliation.choices import Origin, RecordState, Way
from settlement.reconciliation.documents import Line, RecordParts
from settlement.reconciliation.models import InvoiceRecord
from settlement.reconciliation.sides import Sides
from settlement.reconciliation.visibility import MODULE

MATCHED_AT_ONCE = 2000
"""A record of more CDRs is matched by a worker, so that its sender need not wait for it."""


class Became(Enum):
    """What became of a record that came in."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    STALE = "stale"


class Written(NamedTuple):
    """The record that is here now, and what became of the one that came."""

    record: InvoiceRecord
    became: Became


class Source(NamedTuple):
    """Where a record comes from: the way, the connection that told us, and who is named in the audit."""

    origin: Origin
    connection: Connection | None = None
    actor: events.Actor = None


def held(owner: PartyId, record_id: str) -> InvoiceRecord | None:
    """The record that its owner calls so, withdrawn ones too, locked until the transaction ends."""
    rows = selectors.named(owner, record_id).select_for_update(of=("self",), no_key=True)
    return rows.select_related("owner", "cpo", "emsp").order_by("pk").first()


def create(
    parts: RecordParts,
    sides: Sides,
    source: Source,
    listed: Sequence[Line],
    *,
    statement: Statement | None = None,
) -> InvoiceRecord:
    """A record that was not here. Call it in a transaction; raises IntegrityError where another one just made it."""
    record = InvoiceRecord(
        owner=sides.owner,
        cpo=sides.cpo,
        emsp=sides.emsp,
        record_id=parts.record_id,
        record_key=parts.record_key,
        way=Way.SENT if sides.owner.is_ours else Way.RECEIVED,
        statement=statement,
    )
    _fill(record, parts, source)
    record.save()
    list_again(record, listed)
    tell(record, source)
    if record.way == Way.RECEIVED:
        _say(record, source, "invoice.received", f"Invoice {record} of {_cdrs(record)} came.")
    return record


def replace(
    record: InvoiceRecord, parts: RecordParts, source: Source, listed: Sequence[Line]
) -> Became:
    """What a locked record says now; the same again changes nothing, and what is older is passed over."""
    returned = record.deleted_at is not None
    if not returned and is_stale(parts.last_updated, record.last_updated):
        return Became.STALE
    same = bytes(record.content_sha256) == parts.content_sha256
    if same and not returned and parts.last_updated == record.last_updated:
        return Became.UNCHANGED
    record.deleted_at = None
    record.version += 1
    _fill(record, parts, source)
    if same and not returned:
        record.save()
        tell(record, source)
        return Became.UNCHANGED
    before, record.state = record.state, RecordState.OPEN
    record.save()
    following.others_of(record)
    list_again(record, listed)
    tell(record, source)
    decided = f" It was {before} before." if before != RecordState.OPEN else ""
    what = "came back" if returned else "changed"
    _say(record, source, "invoice.changed", f"Invoice {record} {what}.{decided}")
    return Became.CREATED if returned else Became.UPDATED


def remove(record: InvoiceRecord, source: Source) -> None:
    """Mark a locked record as withdrawn: it was an error. The CDRs it listed are as they were."""
    record.deleted_at = timezone.now()
    record.version += 1
    record.match_due = False
    record.save(update_fields=["deleted_at", "version", "match_due"])
    following.others_of(record)
    tell(record, source)
    _say(record, source, "invoice.withdrawn", f"Invoice {record} was withdrawn.")


def tell(record: InvoiceRecord, source: Source) -> None:
    """Partners are told of what is ours."""
    announce(MODULE, [record.pk], source=source.connection)


def _fill(record: InvoiceRecord, parts: RecordParts, source: Source) -> None:
    record.invoice_id, record.invoice_key = parts.invoice_id, parts.invoice_key
    record.document = parts.document
    record.content_sha256 = parts.content_sha256
    record.cdrs = len(parts.cdrs)
    record.last_updated = parts.last_updated
    record.origin = source.origin
    record.received_from = source.connection


def list_again(record: InvoiceRecord, listed: Sequence[Line]) -> None:
    """The CDRs of a locked record anew, and what follows: it is matched, now or by a worker."""
    lines.replace(record.pk, listed)
    following.others_of(record)
    record.match_due = True
    record.save(update_fields=["match_due"])
    if len(listed) <= MATCHED_AT_ONCE:
        matching.match(record.pk)
        record.refresh_from_db(fields=["match_due", "unexplained"])
    else:
        transaction.on_commit(waking.wake)


def _say(record: InvoiceRecord, source: Source, name: str, message: str) -> None:
    actor = source.actor or ("partner" if source.connection else None)
    events.record(
        name,
        message,
        connection=source.connection,
        actor=actor,
        subject=record.reference,
    )


def _cdrs(record: InvoiceRecord) -> str:
    return "1 CDR" if record.cdrs == 1 else f"{record.cdrs} CDRs"
