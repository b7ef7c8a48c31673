"""Writing tokens in bulk: lock, compare, write.

A handful of statements, whatever the size of the batch. The rows are locked in the order of their keys, so
that writers never deadlock. Nothing is ever deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection as database

from exchange import arrivals, bulk
from exchange.bulk import Identity, Written
from exchange.comparing import is_stale, same_document
from ocpi import json
from tokens.documents import TokenParts
from tokens.models import Token

_CREATING = 7010


@dataclass(slots=True)
class StoredToken:
    id: int
    document: str
    last_updated: datetime
    vanished: bool


@dataclass(slots=True)
class _Changes:
    new: list[tuple[Identity, TokenParts]] = field(default_factory=list)
    changed: list[tuple[StoredToken, TokenParts]] = field(default_factory=list)


def write(batch: Sequence[tuple[int, TokenParts]], received_from: int | None) -> Written:
    """Write tokens, each with its owner's primary key, and say what became of them.

    Call it in a transaction. An older ``last_updated`` than the stored one is passed over; what had vanished
    comes back. Within a batch the newest of the same identity counts, and of equally new ones the last.
    """
    incoming = _newest(batch)
    wait_for_other_creators(incoming)
    stored = lock(incoming)
    written, changes = Written(), _Changes()
    for identity in sorted(incoming):
        _sort_out(identity, incoming[identity], stored.get(identity), changes, written)
    _insert(changes, received_from, written)
    _update(changes, received_from)
    if written.changed:
        arrivals.written.send(sender=Token, ids=written.changed)
    return written


def _newest(batch: Iterable[tuple[int, TokenParts]]) -> dict[Identity, TokenParts]:
    incoming: dict[Identity, TokenParts] = {}
    for owner, parts in batch:
        identity = (owner, parts.token_key)
        known = incoming.get(identity)
        if known is None or parts.last_updated >= known.last_updated:
            incoming[identity] = parts
    return incoming


def _sort_out(
    identity: Identity,
    parts: TokenParts,
    stored: StoredToken | None,
    changes: _Changes,
    written: Written,
) -> None:
    if stored is None:
        changes.new.append((identity, parts))
    elif is_stale(parts.last_updated, stored.last_updated):
        written.stale.append(stored.id)
    elif (
        not stored.vanished
        and parts.last_updated == stored.last_updated
        and same_document(parts.document, stored.document)
    ):
        written.unchanged.append(stored.id)
    else:
        changes.changed.append((stored, parts))
        written.updated.append(stored.id)


def wait_for_other_creators(identities: Collection[Identity]) -> None:
    """See :func:`exchange.bulk.wait_for_other_creators`; comes before :func:`lock`."""
    bulk.wait_for_other_creators("tokens_token", "token_key", identities, _CREATING)


def lock(identities: Collection[Identity]) -> dict[Identity, StoredToken]:
    """The stored tokens of these identities, locked until the transaction ends."""
    columns = "o.id, o.document::text, o.last_updated, o.vanished_at IS NOT NULL"
    rows = bulk.lock_rows("tokens_token", "token_key", columns, identities)
    return {(owner, key): StoredToken(*values) for owner, key, *values in rows}


_COLUMNS = (
    "id, owner_id, token_key, uid_key, uid, type, contract_id, contract_key, visual_number, issuer,"
    " group_id, group_key, valid, whitelist, document, last_updated, differs_in, refused_in,"
    " version, received_from_id"
)


def _columns(parts: TokenParts) -> tuple[Any, ...]:
    return (
        parts.uid,
        parts.type,
        parts.contract_id,
        parts.contract_key,
        parts.visual_number,
        parts.issuer,
        parts.group_id,
        parts.group_key,
        parts.valid,
        parts.whitelist,
        parts.document,
        parts.last_updated,
    )


def _insert(changes: _Changes, received_from: int | None, written: Written) -> None:
    if not changes.new:
        return
    ids = bulk.next_ids("tokens_token", len(changes.new))
    bulk.copy_rows(
        "tokens_token",
        _COLUMNS,
        [
            (
                key,
                owner_id,
                token_key,
                parts.uid_key,
                *_columns(parts),
                parts.differs_in,
                parts.refused_in,
                1,
                received_from,
            )
            for key, ((owner_id, token_key), parts) in zip(ids, changes.new, strict=True)
        ],
    )
    written.created.extend(ids)


def _update(changes: _Changes, received_from: int | None) -> None:
    if not changes.changed:
        return
    # PostgreSQL's unnest would flatten lists, so that they travel as text.
    columns = bulk.transposed(
        [
            (
                stored.id,
                *_columns(parts),
                json.dumps(parts.differs_in).decode(),
                json.dumps(parts.refused_in).decode(),
            )
            for stored, parts in changes.changed
        ]
    )
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tokens_token o SET
                uid = n.uid, type = n.type, contract_id = n.contract_id,
                contract_key = n.contract_key, visual_number = n.visual_number, issuer = n.issuer,
                group_id = n.group_id, group_key = n.group_key, valid = n.valid,
                whitelist = n.whitelist, document = n.document::json,
                last_updated = n.last_updated,
                differs_in = ARRAY(SELECT json_array_elements_text(n.differs_in::json)),
                refused_in = ARRAY(SELECT json_array_elements_text(n.refused_in::json)),
                version = o.version + 1, vanished_at = NULL, received_from_id = %s
            FROM unnest(%s::bigint[], %s::varchar[], %s::varchar[], %s::varchar[], %s::varchar[],
                        %s::varchar[], %s::varchar[], %s::varchar[], %s::varchar[], %s::boolean[],
                        %s::varchar[], %s::text[], %s::timestamptz[], %s::text[], %s::text[])
                AS n(id, uid, type, contract_id, contract_key, visual_number, issuer, group_id,
                     group_key, valid, whitelist, document, last_updated, differs_in, refused_in)
            WHERE o.id = n.id
            """,
            [received_from, *columns],
        )


def retire(ids: Sequence[int]) -> list[int]:
    """Mark tokens as vanished, and so as not valid; returns the primary keys of those that were there."""
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tokens_token o SET vanished_at = now(), valid = false, version = version + 1
            WHERE o.id = ANY(%s) AND o.vanished_at IS NULL
            RETURNING o.id
            """,
            [list(ids)],
        )
        return [row[0] for row in cursor.fetchall()]
