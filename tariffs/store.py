"""Writing tariffs in bulk: lock, compare, keep what they said before, write.

A handful of statements, whatever the size of the batch. The rows are locked in the order of their keys, so
that writers never deadlock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection as database

from exchange import arrivals, bulk
from exchange.bulk import Identity
from exchange.comparing import is_deleted_since, is_stale, same_document
from ocpi import json
from tariffs.documents import TariffParts
from tariffs.models import Tariff
from tariffs.pricing.lint import EDITION

_CREATING = 7003


@dataclass(slots=True)
class StoredTariff:
    id: int
    document: str
    last_updated: datetime
    deleted_at: datetime | None
    vanished: bool

    @property
    def deleted(self) -> bool:
        return self.deleted_at is not None


@dataclass(slots=True)
class Written(bulk.Written):
    """``revived`` are those of ``updated`` that were deleted."""

    revived: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Changes:
    new: list[tuple[Identity, TariffParts]] = field(default_factory=list)
    changed: list[tuple[StoredTariff, TariffParts]] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)


def write(
    batch: Sequence[tuple[int, TariffParts]],
    *,
    received_from: int | None,
    at: datetime,
    asked_at: datetime | None = None,
) -> Written:
    """Write tariffs, each with its owner's primary key, as of ``at`` (now), and say what became of them.

    Call it in a transaction. An older ``last_updated`` than the stored one is passed over; what was deleted
    comes back, unless that happened after ``asked_at``, when the list it is in was asked for. Where the document
    changes, the former one is kept as a version. Within a batch the newest of the same identity counts, and of
    equally new ones the last.
    """
    incoming = _newest(batch)
    bulk.wait_for_other_creators("tariffs_tariff", "tariff_key", incoming, _CREATING)
    stored = lock(incoming)
    written, changes = Written(), _Changes()
    for identity in sorted(incoming):
        known = stored.get(identity)
        if known and is_deleted_since(known.deleted_at, asked_at):
            written.stale.append(known.id)
        else:
            _sort_out(identity, incoming[identity], known, changes, written)
    _insert(changes, received_from, written, at)
    _keep_versions(changes.replaced, at)
    _update(changes, received_from, at)
    if written.changed:
        arrivals.written.send(sender=Tariff, ids=written.changed)
    return written


def _newest(batch: Iterable[tuple[int, TariffParts]]) -> dict[Identity, TariffParts]:
    incoming: dict[Identity, TariffParts] = {}
    for owner, parts in batch:
        identity = (owner, parts.tariff_key)
        known = incoming.get(identity)
        if known is None or parts.last_updated >= known.last_updated:
            incoming[identity] = parts
    return incoming


def _sort_out(
    identity: Identity,
    parts: TariffParts,
    stored: StoredTariff | None,
    changes: _Changes,
    written: Written,
) -> None:
    if stored is None:
        changes.new.append((identity, parts))
        return
    if is_stale(parts.last_updated, stored.last_updated):
        written.stale.append(stored.id)
        return
    same = same_document(parts.document, stored.document)
    gone = stored.deleted or stored.vanished
    if same and not gone and parts.last_updated == stored.last_updated:
        written.unchanged.append(stored.id)
        return
    changes.changed.append((stored, parts))
    written.updated.append(stored.id)
    if stored.deleted or not same:
        changes.replaced.append(stored.id)
    if stored.deleted:
        written.revived.append(stored.id)


def lock(identities: Collection[Identity]) -> dict[Identity, StoredTariff]:
    """The stored tariffs of these identities, locked until the transaction ends."""
    columns = "o.id, o.document::text, o.last_updated, o.deleted_at, o.vanished_at IS NOT NULL"
    rows = bulk.lock_rows("tariffs_tariff", "tariff_key", columns, identities)
    return {(owner, key): StoredTariff(*values) for owner, key, *values in rows}


_COLUMNS = (
    "id, owner_id, tariff_id, tariff_key, currency, type, valid_from, valid_until, is_free,"
    " has_elements, tax_included, document, last_updated, turns_at, linted_by, differs_in, refused_in,"
    " remark_codes, version, received_from_id, since, created_at"
)


def _columns(parts: TariffParts) -> tuple[Any, ...]:
    return (
        parts.tariff_id,
        parts.tariff_key,
        parts.currency,
        parts.type,
        parts.valid_from,
        parts.valid_until,
        parts.is_free,
        parts.has_elements,
        parts.tax_included,
        parts.document,
        parts.last_updated,
        parts.turns_at,
        EDITION,
    )


def _insert(changes: _Changes, received_from: int | None, written: Written, at: datetime) -> None:
    if not changes.new:
        return
    ids = bulk.next_ids("tariffs_tariff", len(changes.new))
    bulk.copy_rows(
        "tariffs_tariff",
        _COLUMNS,
        [
            (
                key,
                owner_id,
                *_columns(parts),
                parts.differs_in,
                parts.refused_in,
                parts.remark_codes,
                1,
                received_from,
                at,
                at,
            )
            for key, ((owner_id, _), parts) in zip(ids, changes.new, strict=True)
        ],
    )
    written.created.extend(ids)


def _keep_versions(ids: Sequence[int], at: datetime) -> None:
    """Write down what these tariffs say until now, or said until they were deleted."""
    if not ids:
        return
    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tariffs_tariffversion"
            " (tariff_id, document, last_updated, since, replaced_at, received_from_id)"
            " SELECT id, document, last_updated, since, coalesce(deleted_at, %s), received_from_id"
            " FROM tariffs_tariff WHERE id = ANY(%s) ORDER BY id",
            [at, list(ids)],
        )


def _update(changes: _Changes, received_from: int | None, at: datetime) -> None:
    if not changes.changed:
        return
    replaced = set(changes.replaced)
    # PostgreSQL's unnest would flatten lists, so that they travel as text.
    columns = bulk.transposed(
        [
            (
                stored.id,
                *_columns(parts),
                json.dumps(parts.differs_in).decode(),
                json.dumps(parts.refused_in).decode(),
                json.dumps(parts.remark_codes).decode(),
                stored.id in replaced,
            )
            for stored, parts in changes.changed
        ]
    )
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tariffs_tariff o SET
                tariff_id = n.tariff_id, currency = n.currency, type = n.type,
                valid_from = n.valid_from, valid_until = n.valid_until, is_free = n.is_free,
                has_elements = n.has_elements, tax_included = n.tax_included,
                document = n.document::json, last_updated = n.last_updated, turns_at = n.turns_at,
                linted_by = n.linted_by,
                differs_in = ARRAY(SELECT json_array_elements_text(n.differs_in::json)),
                refused_in = ARRAY(SELECT json_array_elements_text(n.refused_in::json)),
                remark_codes = ARRAY(SELECT json_array_elements_text(n.remark_codes::json)),
                since = CASE WHEN n.replaced THEN %s ELSE o.since END,
                version = o.version + 1, vanished_at = NULL, deleted_at = NULL,
                received_from_id = %s
            FROM unnest(%s::bigint[], %s::varchar[], %s::varchar[], %s::varchar[], %s::varchar[],
                        %s::timestamptz[], %s::timestamptz[], %s::boolean[], %s::boolean[],
                        %s::varchar[], %s::text[], %s::timestamptz[], %s::timestamptz[],
                        %s::smallint[], %s::text[], %s::text[], %s::text[], %s::boolean[])
                AS n(id, tariff_id, tariff_key, currency, type, valid_from, valid_until, is_free,
                     has_elements, tax_included, document, last_updated, turns_at, linted_by,
                     differs_in, refused_in, remark_codes, replaced)
            WHERE o.id = n.id
            """,
            [at, received_from, *columns],
        )


def delete(identity: Identity, *, received_from: int | None, at: datetime) -> int | None:
    """Mark a tariff as deleted; its primary key, 0 when it was deleted before, ``None`` when there is none."""
    stored = lock([identity]).get(identity)
    if stored is None:
        return None
    if stored.deleted:
        return 0
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE tariffs_tariff SET deleted_at = %s, version = version + 1, received_from_id = %s,"
            " turns_at = NULL WHERE id = %s",
            [at, received_from, stored.id],
        )
    return stored.id


def retire(ids: Sequence[int]) -> list[int]:
    """Mark tariffs as vanished; returns the primary keys of those that were there until now."""
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tariffs_tariff o SET vanished_at = now(), version = version + 1
            WHERE o.id = ANY(%s) AND o.vanished_at IS NULL AND o.deleted_at IS NULL
            RETURNING o.id
            """,
            [list(ids)],
        )
        return [row[0] for row in cursor.fetchall()]
