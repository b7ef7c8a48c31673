"""Writing sessions in bulk: lock, compare, write, and note what they had come to.

A handful of statements, whatever the size of the batch. The rows are locked in the order of their keys, so that
writers never deadlock. Nothing is ever deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection as database

from charging.choices import ENDED
from charging.models import Session
from charging.sessions.documents import SessionParts
from exchange import arrivals, bulk
from exchange.bulk import Identity
from exchange.comparing import is_stale, same_document
from ocpi import json

_CREATING = 7011
_TABLE = "charging_session"


@dataclass(slots=True)
class StoredSession:
    id: int
    document: str
    last_updated: datetime
    status: str

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


@dataclass(slots=True)
class Written(bulk.Written):
    """``after_end`` are references of sessions that were changed although they had ended."""

    after_end: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Changes:
    new: list[tuple[Identity, SessionParts]] = field(default_factory=list)
    changed: list[tuple[StoredSession, SessionParts]] = field(default_factory=list)


def write(batch: Sequence[tuple[int, SessionParts]], received_from: int | None) -> Written:
    """Write sessions, each with its owner's primary key, and say what became of them.

    Call it in a transaction. An older ``last_updated`` than the stored one is passed over. Within a batch the newest
    of the same identity counts, and of equally new ones the last.
    """
    incoming = _newest(batch)
    bulk.wait_for_other_creators(_TABLE, "session_key", incoming, _CREATING)
    stored = lock(incoming)
    written, changes = Written(), _Changes()
    for identity in sorted(incoming):
        _sort_out(identity, incoming[identity], stored.get(identity), changes, written)
    _insert(changes, received_from, written)
    _update(changes, received_from)
    _note(written.changed)
    if written.changed:
        arrivals.written.send(sender=Session, ids=written.changed)
    return written


def _newest(batch: Iterable[tuple[int, SessionParts]]) -> dict[Identity, SessionParts]:
    incoming: dict[Identity, SessionParts] = {}
    for owner, parts in batch:
        identity = (owner, parts.session_key)
        known = incoming.get(identity)
        if known is None or parts.last_updated >= known.last_updated:
            incoming[identity] = parts
    return incoming


def _sort_out(
    identity: Identity,
    parts: SessionParts,
    stored: StoredSession | None,
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
    if same and parts.last_updated == stored.last_updated:
        written.unchanged.append(stored.id)
        return
    changes.changed.append((stored, parts))
    written.updated.append(stored.id)
    if stored.has_ended and not same:
        written.after_end.append(parts.reference)


def lock(identities: Collection[Identity]) -> dict[Identity, StoredSession]:
    """The stored sessions of these identities, locked until the transaction ends."""
    columns = "o.id, o.document::text, o.last_updated, o.status"
    rows = bulk.lock_rows(_TABLE, "session_key", columns, identities)
    return {(owner, key): StoredSession(*values) for owner, key, *values in rows}


_NAMES = (
    "session_id",
    "emsp_id",
    "status",
    "started_at",
    "ended_at",
    "kwh",
    "currency",
    "total_cost",
    "token_uid",
    "token_key",
    "contract_id",
    "auth_method",
    "authorization_reference",
    "authorization_key",
    "location_id",
    "location_key",
    "evse_uid",
    "evse_key",
    "connector_id",
    "periods",
    "document",
    "last_updated",
)
_TYPES = {
    "emsp_id": "bigint",
    "started_at": "timestamptz",
    "ended_at": "timestamptz",
    "last_updated": "timestamptz",
    "kwh": "numeric",
    "total_cost": "numeric",
    "periods": "integer",
    "document": "text",
}


def _values(parts: SessionParts) -> tuple[Any, ...]:
    return tuple(getattr(parts, name) for name in _NAMES)


def _insert(changes: _Changes, received_from: int | None, written: Written) -> None:
    if not changes.new:
        return
    ids = bulk.next_ids(_TABLE, len(changes.new))
    bulk.copy_rows(
        _TABLE,
        f"id, owner_id, session_key, {', '.join(_NAMES)}, differs_in, refused_in, version, received_from_id",
        [
            (
                key,
                owner_id,
                session_key,
                *_values(parts),
                parts.differs_in,
                parts.refused_in,
                1,
                received_from,
            )
            for key, ((owner_id, session_key), parts) in zip(ids, changes.new, strict=True)
        ],
    )
    written.created.extend(ids)


def _statement() -> str:
    """The update of many rows; its names are constants of this module."""
    sets = ", ".join(
        f"{name} = n.{name}::json" if name == "document" else f"{name} = n.{name}"
        for name in _NAMES
    )
    types = ", ".join(f"%s::{_TYPES.get(name, 'varchar')}[]" for name in _NAMES)
    return f"""
        UPDATE {_TABLE} o SET {sets},
            differs_in = ARRAY(SELECT json_array_elements_text(n.differs_in::json)),
            refused_in = ARRAY(SELECT json_array_elements_text(n.refused_in::json)),
            version = o.version + 1, received_from_id = %s, heard_at = now()
        FROM unnest(%s::bigint[], {types}, %s::text[], %s::text[])
            AS n(id, {", ".join(_NAMES)}, differs_in, refused_in)
        WHERE o.id = n.id
    """  # noqa: S608


def _update(changes: _Changes, received_from: int | None) -> None:
    if not changes.changed:
        return
    # PostgreSQL's unnest would flatten lists, so that they travel as text.
    columns = bulk.transposed(
        [
            (
                stored.id,
                *_values(parts),
                json.dumps(parts.differs_in).decode(),
                json.dumps(parts.refused_in).decode(),
            )
            for stored, parts in changes.changed
        ]
    )
    with database.cursor() as cursor:
        cursor.execute(_statement(), [received_from, *columns])


def _note(ids: Sequence[int]) -> None:
    """Write down what these sessions have come to; nobody's clock makes that later than now."""
    if not ids:
        return
    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO charging_sessionreading (session_id, at, kwh, total_cost, status)"
            " SELECT id, least(last_updated, clock_timestamp()), kwh, total_cost, status FROM charging_session"
            " WHERE id = ANY(%s) ORDER BY id",
            [list(ids)],
        )
