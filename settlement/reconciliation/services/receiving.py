"""One record from a push: POST, PUT and DELETE (OCPI 2.3.0, mod_invoice_reconciliation, Receiver interface)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from exchange.comparing import is_deleted_since
from ocpi.errors import InvalidParameters, NotFound, Problem
from ocpi.ids import PartyId
from ocpi.types import refused
from parties import services as parties
from parties.models import Connection, Party
from settlement.reconciliation import sides, waking
from settlement.reconciliation.choices import Origin
from settlement.reconciliation.documents import Line, RecordParts, take_apart
from settlement.reconciliation.models import InvoiceRecord
from settlement.reconciliation.services import writing
from settlement.reconciliation.services.writing import Became, Source, Written
from settlement.reconciliation.sides import Sides


def post_record(
    document: dict[str, Any], *, source: Connection, to: PartyId | None = None
) -> Written:
    """Take in a new record (validated, canonical), meant for the party ``to`` where that was said.

    The same again changes nothing. Raises InvalidParameters (2001) where another one has its id, or nobody can tell
    whose CDRs are meant. Call it in a transaction.
    """
    parts = _parts(document)
    record = writing.held(parts.owner, parts.record_id)
    if record is not None and record.deleted_at is None:
        if bytes(record.content_sha256) == parts.content_sha256:
            return Written(record, Became.UNCHANGED)
        raise refused(
            [
                Problem(
                    "differs_from_first",
                    "id",
                    "There is a record of this id that says something else; send the new state as a PUT",
                    parts.record_id,
                )
            ]
        )
    return _put(parts, record, source, to)


def put_record(
    document: dict[str, Any],
    *,
    source: Connection,
    to: PartyId | None = None,
    asked_at: datetime | None = None,
) -> Written:
    """Replace a record, make one that is not here, or bring a withdrawn one back. As :func:`post_record`.

    A list that was asked for at ``asked_at`` brings nothing back that was withdrawn since.
    """
    parts = _parts(document)
    record = writing.held(parts.owner, parts.record_id)
    if record and is_deleted_since(record.deleted_at, asked_at):
        return Written(record, Became.STALE)
    return _put(parts, record, source, to)


def delete_record(owner: PartyId, record_id: str, *, source: Connection) -> bool:
    """Mark a record as withdrawn; whether it was not before. Raises NotFound when there never was one."""
    record = writing.held(owner, record_id)
    if record is None:
        raise NotFound(f"There is no record {record_id} of {owner} here.")
    if record.deleted_at is not None:
        return False
    writing.remove(record, Source(Origin.OCPI, source))
    return True


def _put(
    parts: RecordParts, record: InvoiceRecord | None, source: Connection, to: PartyId | None
) -> Written:
    where = Source(Origin.OCPI, source)
    listed = [Line(cdr) for cdr in parts.cdrs]
    if record is None:
        found = _sides(parts, source, to)
        try:
            with transaction.atomic():
                return Written(_create(parts, found, where), Became.CREATED)
        except IntegrityError:
            # The same request a moment ago, by another worker.
            record = writing.held(parts.owner, parts.record_id)
            if record is None:
                raise
    return Written(record, writing.replace(record, parts, where, listed))


def _create(parts: RecordParts, between: Sides, source: Source) -> InvoiceRecord:
    """A new record. What staff uploaded of the same invoice gives way to it, and leaves its amounts."""
    uploaded = (
        InvoiceRecord.objects.select_for_update(of=("self",), no_key=True)
        .filter(
            owner=between.owner,
            invoice_key=parts.invoice_key,
            origin=Origin.FILE,
            deleted_at=None,
        )
        .select_related("owner", "cpo", "emsp")
        .first()
    )
    if uploaded is None:
        return writing.create(parts, between, source, [Line(cdr) for cdr in parts.cdrs])
    prices = {
        line.listed_key: Line(line.listed_id, line.amount, line.currency, line.started_at)
        for line in uploaded.lines.all()
    }
    writing.remove(uploaded, source)
    listed = [
        prices.get(key, Line(cdr))._replace(cdr_id=cdr)
        for cdr, key in zip(parts.cdrs, parts.keys, strict=True)
    ]
    record = writing.create(parts, between, source, listed)
    record.currency, record.lines_include_tax = uploaded.currency, uploaded.lines_include_tax
    record.total_before_tax, record.total_after_tax = (
        uploaded.total_before_tax,
        uploaded.total_after_tax,
    )
    record.match_due = True
    record.save()
    transaction.on_commit(waking.wake)
    return record


def _sides(parts: RecordParts, source: Connection, to: PartyId | None) -> Sides:
    try:
        return sides_of(parts.owner, parts.keys, source, to)
    except sides.Unclear as unclear:
        raise refused([Problem("unclear_party", "cdrs", str(unclear))]) from None


def sides_of(
    owner: PartyId, keys: Collection[str], source: Connection, to: PartyId | None = None
) -> Sides:
    """Between whom a record from ``source`` is. Raises ``sides.Unclear``."""
    others = parties.reachable_parties(source)
    if to is not None and not parties.is_the_hub(source, to):
        others = others.identified(to)
    return sides.between(owners_of(source, owner), others, keys)


def owners_of(source: Connection, owner: PartyId) -> list[Party]:
    """The parties that ``source`` may own records as, of one identity."""
    spoken = parties.spoken_parties(source).filter(role__in=sides.OPPOSITE)
    return [party for party in spoken.order_by("pk") if party.identity == owner]


def _parts(document: dict[str, Any]) -> RecordParts:
    try:
        return take_apart(document)
    except (KeyError, ValueError) as error:
        raise InvalidParameters(f"The record cannot be stored: {error}") from None
