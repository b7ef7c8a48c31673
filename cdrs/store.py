"""Writing CDRs: once, and never again. What comes a second time is compared with what is here.

A handful of statements, whatever the size of the batch. Nothing is locked but the making of new CDRs of the same
owner: rows never change, so that comparing with them needs no lock.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection as database

from cdrs import sealing
from cdrs.documents import CDRParts
from exchange import bulk
from exchange.bulk import Identity
from exchange.copies import shown
from ocpi import convert, json
from ocpi.compare import Difference, differences
from ocpi.convert import Beside
from ocpi.ids import PartyId

_CREATING = 7010
# What a CDR is allowed to say differently the second time: nothing that anybody pays for.
_NOT_COMPARED = frozenset({"last_updated"})
_OF_THE_DRIVER = frozenset({"cdr_token", "signed_data"})


class Incoming(NamedTuple):
    """A CDR to write: whose it is, by primary key, what it says, and the bytes it was made from."""

    owner_id: int
    emsp_id: int | None
    parts: CDRParts
    raw: bytes

    @property
    def identity(self) -> Identity:
        return self.owner_id, self.parts.cdr_key


class Origin(NamedTuple):
    """Where a batch comes from: the OCPI version it is written in, in words, and the connection's key."""

    version: str
    label: str
    connection_id: int | None


@dataclass(slots=True)
class StoredCDR:
    id: int
    address: uuid.UUID
    original_sha256: bytes
    content_sha256: bytes
    is_forgotten: bool


class Conflict(NamedTuple):
    """A CDR that says something else than the one of the same id that is here."""

    cdr_id: int
    incoming: Incoming
    differences: list[Difference]


@dataclass(slots=True)
class Written(bulk.Written):
    """``conflicts`` are those that were kept beside the CDR they contradict; ``all`` names the latter too."""

    conflicts: list[Conflict] = field(default_factory=list)


def write(batch: Sequence[Incoming], origin: Origin, *, at: datetime) -> Written:
    """Write CDRs and say what became of each. Call it in a transaction.

    Of several of one id the first counts, here and within a batch: the same again is ``unchanged``, anything else a
    conflict, which is kept apart.
    """
    identities = {incoming.identity for incoming in batch}
    bulk.wait_for_other_creators("cdrs_cdr", "cdr_key", identities, _CREATING)
    held = stored(identities)
    new: dict[Identity, Incoming] = {}
    again: list[Incoming] = []
    for incoming in batch:
        if incoming.identity in held or incoming.identity in new:
            again.append(incoming)
        else:
            new[incoming.identity] = incoming
    written = Written(created=_insert(list(new.values()), origin, at))
    if again:
        held |= stored({incoming.identity for incoming in again})
        _compare(again, held, origin.version, written)
        _keep(written.conflicts, origin, at)
    return written


def stored(identities: Collection[Identity]) -> dict[Identity, StoredCDR]:
    """What is here of these identities."""
    owners, keys = zip(*sorted(identities), strict=True) if identities else ((), ())
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT o.owner_id, o.cdr_key, o.id, o.address, o.original_sha256, o.content_sha256,"
            " o.forgotten_at IS NOT NULL FROM cdrs_cdr o"
            " JOIN unnest(%s::bigint[], %s::varchar[]) AS i(owner_id, key)"
            " ON o.owner_id = i.owner_id AND o.cdr_key = i.key",
            [list(owners), list(keys)],
        )
        return {
            (owner, key): StoredCDR(pk, address, bytes(original), bytes(content), forgotten)
            for owner, key, pk, address, original, content, forgotten in cursor.fetchall()
        }


def _compare(
    again: Sequence[Incoming], held: Mapping[Identity, StoredCDR], version: str, written: Written
) -> None:
    doubtful: list[tuple[StoredCDR, Incoming]] = []
    for incoming in again:
        cdr = held[incoming.identity]
        same_bytes = cdr.original_sha256 == hashlib.sha256(incoming.raw).digest()
        if same_bytes or cdr.content_sha256 == incoming.parts.content_sha256:
            written.unchanged.append(cdr.id)
        else:
            doubtful.append((cdr, incoming))
    documents = _documents([cdr.id for cdr, _ in doubtful])
    for cdr, incoming in doubtful:
        ours, written_in = documents[cdr.id]
        found = _differences(ours, incoming, is_forgotten=cdr.is_forgotten)
        if found and written_in != version:
            found = _across(ours, incoming, min(written_in, version), found)
        if found:
            written.conflicts.append(Conflict(cdr.id, incoming, found))
        else:
            written.unchanged.append(cdr.id)


def _differences(
    ours: dict[str, Any], incoming: Incoming, *, is_forgotten: bool
) -> list[Difference]:
    passed_over = _NOT_COMPARED | (_OF_THE_DRIVER if is_forgotten else frozenset())
    theirs = json.loads(incoming.parts.document.encode())
    found = differences(ours, theirs, "cdr")
    return [one for one in found if one.path.partition(".")[0] not in passed_over]


def _across(
    ours: dict[str, Any], incoming: Incoming, version: str, found: list[Difference]
) -> list[Difference]:
    """What differs of a CDR that came in two versions, as far as the lesser one can say it.

    A partner that has moved on to a later version lists its old CDRs with more in them than they had before; that
    contradicts nothing. Where the lesser version cannot say one of them, ``found`` counts.
    """
    theirs = json.loads(incoming.parts.document.encode())
    try:
        both = [_said_in(version, document, incoming.parts.owner) for document in (ours, theirs)]
    except (convert.Refused, KeyError, TypeError, ValueError):
        return found
    differing = {one.path.partition(".")[0] for one in differences(both[0], both[1], "cdr")}
    return [one for one in found if one.path.partition(".")[0] in differing - _NOT_COMPARED]


def _said_in(version: str, document: dict[str, Any], owner: PartyId) -> dict[str, Any]:
    """The canonical document without what the version cannot say."""
    stamped = {**document, "last_updated": document["start_date_time"]}
    said = convert.from_canonical(version, "cdr", stamped).document
    token = document["cdr_token"]
    beside = Beside(token={**token, "uid": token["contract_id"], "type": "OTHER"})
    return convert.to_canonical(version, "cdr", said, owner=owner, beside=beside).document


def _documents(ids: Sequence[int]) -> dict[int, tuple[dict[str, Any], str]]:
    """What is here, with the version it came in."""
    if not ids:
        return {}
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, o.document::text, g.version FROM cdrs_cdr o"
            " JOIN cdrs_cdroriginal g ON g.cdr_id = o.id WHERE o.id = ANY(%s)",
            [list(ids)],
        )
        return {pk: (json.loads(text.encode()), version) for pk, text, version in cursor.fetchall()}


_COLUMNS = (
    "id, owner_id, emsp_id, address, cdr_id, cdr_key, start_date_time, end_date_time, currency, total_cost,"
    " total_cost_after_tax, energy, duration, parking_time, session_key, authorization_key,"
    " token_uid, token_key, contract_id, contract_key, location_key, evse_key, credit,"
    " credit_reference_key, is_reservation, home_charging_compensation, invoice_reference_id,"
    " document, last_updated, original_sha256, content_sha256, differs_in, refused_in, version,"
    " received_at, received_from_id"
)


def _insert(new: Sequence[Incoming], origin: Origin, at: datetime) -> list[int]:
    if not new:
        return []
    ids = bulk.next_ids("cdrs_cdr", len(new))
    bulk.copy_rows(
        "cdrs_cdr",
        _COLUMNS,
        (_row(pk, incoming, origin, at) for pk, incoming in zip(ids, new, strict=True)),
    )
    sealed = (sealing.seal(incoming.raw) for incoming in new)
    bulk.copy_rows(
        "cdrs_cdroriginal",
        "cdr_id, key_encrypted, content, version, source",
        (
            (pk, one.key_encrypted, one.content, origin.version, origin.label[:200])
            for pk, one in zip(ids, sealed, strict=True)
        ),
    )
    return ids


def _row(pk: int, incoming: Incoming, origin: Origin, at: datetime) -> tuple[Any, ...]:
    parts = incoming.parts
    return (
        pk,
        incoming.owner_id,
        incoming.emsp_id,
        uuid.uuid4(),
        parts.cdr_id,
        parts.cdr_key,
        parts.start_date_time,
        parts.end_date_time,
        parts.currency,
        parts.total_cost,
        parts.total_cost_after_tax,
        parts.energy,
        parts.duration,
        parts.parking_time,
        parts.session_key,
        parts.authorization_key,
        parts.token_uid,
        parts.token_key,
        parts.contract_id,
        parts.contract_key,
        parts.location_key,
        parts.evse_key,
        parts.credit,
        parts.credit_reference_key,
        parts.is_reservation,
        parts.home_charging_compensation,
        parts.invoice_reference_id,
        parts.document,
        parts.last_updated,
        hashlib.sha256(incoming.raw).digest(),
        parts.content_sha256,
        parts.differs_in,
        parts.refused_in,
        1,
        at,
        origin.connection_id,
    )


def _keep(conflicts: Sequence[Conflict], origin: Origin, at: datetime) -> None:
    """Keep each other version once; what comes again is counted."""
    found = {
        (one.cdr_id, hashlib.sha256(one.incoming.raw).digest()): one
        for one in sorted(conflicts, key=lambda one: one.cdr_id)
    }
    if not found:
        return
    sealed = [sealing.seal(one.incoming.raw) for one in found.values()]
    columns: list[list[Any]] = [
        [cdr_id for cdr_id, _ in found],
        [digest for _, digest in found],
        [one.key_encrypted for one in sealed],
        [one.content for one in sealed],
        [_as_json(one.differences) for one in found.values()],
    ]
    with database.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO cdrs_cdrconflict AS c
                (cdr_id, sha256, key_encrypted, content, version, source, differences,
                 received_from_id, times_seen, received_at, last_seen_at, settled_by)
            SELECT n.cdr_id, n.digest, n.key, n.content, %s, %s, n.differences::jsonb,
                   %s, 1, %s, %s, ''
            FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[], %s::bytea[], %s::text[])
                AS n(cdr_id, digest, key, content, differences)
            ON CONFLICT (cdr_id, sha256) DO UPDATE SET
                times_seen = c.times_seen + 1, last_seen_at = EXCLUDED.last_seen_at
            """,
            [origin.version, origin.label[:200], origin.connection_id, at, at, *columns],
        )


def _as_json(found: Sequence[Difference]) -> str:
    rows = [
        {
            "path": one.path,
            "ours": shown(one.ours),
            "theirs": shown(one.theirs),
            "words": one.words,
        }
        for one in found
    ]
    return json.dumps(rows).decode()
