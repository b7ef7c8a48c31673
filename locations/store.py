"""Writing locations in bulk: one transaction, a handful of statements, whatever the size of the batch.

Every write of a whole Location goes through :func:`write`, be it one from a push or five hundred from a file.
The rows are locked in the order of their keys, parents before children, so that writers never deadlock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.db import connection as database

from locations.choices import Status
from locations.documents import EVSEParts, LocationParts
from ocpi import json

# One timestamp in the far future must not freeze an object for ever.
FUTURE_TOLERANCE = timedelta(minutes=5)

_CREATING = 7002

Identity = tuple[int, str]
"""Owner's primary key and location key."""


@dataclass(slots=True)
class StoredEVSE:
    id: int
    uid_key: str
    status: str
    status_since: datetime
    document: str
    last_updated: datetime


@dataclass(slots=True)
class StoredLocation:
    id: int
    publish: bool
    vanished: bool
    document: str
    last_updated: datetime
    version: int
    evses: dict[str, StoredEVSE] = field(default_factory=dict)


@dataclass(slots=True)
class Written:
    """Primary keys by what became of the locations; ``hidden`` were published until now."""

    created: list[int] = field(default_factory=list)
    updated: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)

    @property
    def all(self) -> list[int]:
        return [*self.created, *self.updated, *self.unchanged, *self.stale]


@dataclass(slots=True)
class _Changes:
    new: list[tuple[Identity, LocationParts]] = field(default_factory=list)
    changed: list[tuple[StoredLocation, LocationParts]] = field(default_factory=list)
    new_evses: list[tuple[int, EVSEParts]] = field(default_factory=list)
    changed_evses: list[tuple[StoredEVSE, EVSEParts]] = field(default_factory=list)


def write(
    batch: Sequence[tuple[int, LocationParts]], *, received_from: int | None, guard: bool = True
) -> Written:
    """Write whole locations, each with its owner's primary key, and say what became of them.

    Call it in a transaction. A location is replaced as a whole: an EVSE that is no longer named becomes
    REMOVED, as EVSEs are never deleted. With ``guard`` an older ``last_updated`` than the stored one is
    passed over. Within a batch the last of two with the same identity wins.
    """
    incoming = {(owner, parts.location_key): parts for owner, parts in batch}
    _wait_for_other_creators(incoming)
    stored = lock(incoming)
    written, changes = Written(), _Changes()
    for identity in sorted(incoming):
        _sort_out(identity, incoming[identity], stored.get(identity), changes, written, guard)
    _insert_locations(changes, received_from, written)
    _update_locations(changes, received_from)
    insert_evses(changes.new_evses)
    update_evses(changes.changed_evses)
    return written


def _wait_for_other_creators(identities: Collection[Identity]) -> None:
    """Where locations are new, nobody else may make any of the same owners until the transaction ends.

    Comes before the locks on rows: whoever holds one of those never waits here, so that there is no deadlock.
    """
    owners, keys = zip(*sorted(identities), strict=True) if identities else ((), ())
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT i.owner_id FROM unnest(%s::bigint[], %s::varchar[]) AS i(owner_id, key)"
            " WHERE NOT EXISTS (SELECT 1 FROM locations_location o"
            " WHERE o.owner_id = i.owner_id AND o.location_key = i.key) ORDER BY 1",
            [list(owners), list(keys)],
        )
        for (owner_id,) in cursor.fetchall():
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_CREATING, owner_id % 2**31])


def lock(identities: Collection[Identity]) -> dict[Identity, StoredLocation]:
    """The stored locations of these identities with their EVSEs, locked until the transaction ends."""
    owners, keys = zip(*sorted(identities), strict=True) if identities else ((), ())
    found: dict[Identity, StoredLocation] = {}
    by_id: dict[int, StoredLocation] = {}
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT o.owner_id, o.location_key, o.id, o.publish, o.vanished_at IS NOT NULL,"
            " o.document::text, o.last_updated, o.version"
            " FROM locations_location o"
            " JOIN unnest(%s::bigint[], %s::varchar[]) AS i(owner_id, location_key)"
            " ON o.owner_id = i.owner_id AND o.location_key = i.location_key"
            " ORDER BY o.owner_id, o.location_key FOR UPDATE OF o",
            [list(owners), list(keys)],
        )
        for owner_id, key, *values in cursor.fetchall():
            row = StoredLocation(*values)
            found[owner_id, key] = by_id[row.id] = row
        if by_id:
            _read_evses(cursor, by_id)
    return found


def _read_evses(cursor: Any, by_id: dict[int, StoredLocation]) -> None:
    cursor.execute(
        "SELECT location_id, id, uid_key, status, status_since, document::text, last_updated"
        " FROM locations_evse WHERE location_id = ANY(%s) ORDER BY id",
        [list(by_id)],
    )
    for location_id, *values in cursor.fetchall():
        evse = StoredEVSE(*values)
        by_id[location_id].evses[evse.uid_key] = evse


def _sort_out(
    identity: Identity,
    parts: LocationParts,
    stored: StoredLocation | None,
    changes: _Changes,
    written: Written,
    guard: bool,
) -> None:
    if stored is None:
        changes.new.append((identity, parts))
        return
    if guard and is_stale(parts.last_updated, stored.last_updated):
        written.stale.append(stored.id)
        return
    if not _evses_differ(parts, stored, changes) and _same_location(parts, stored):
        written.unchanged.append(stored.id)
        return
    changes.changed.append((stored, parts))
    written.updated.append(stored.id)
    if stored.publish and not parts.publish:
        written.hidden.append(stored.id)


def is_stale(incoming: datetime, stored: datetime) -> bool:
    """Whether an older state is coming in than the one we hold; a stored future never counts."""
    return incoming < stored and stored <= datetime.now(UTC) + FUTURE_TOLERANCE


def _same_location(parts: LocationParts, stored: StoredLocation) -> bool:
    return (
        not stored.vanished
        and parts.last_updated == stored.last_updated
        and same_document(parts.document, stored.document)
    )


def same_document(one: str, other: str) -> bool:
    """Whether two JSON texts say the same, whatever the order of their members."""
    return one == other or orjson.loads(one) == orjson.loads(other)


def _evses_differ(parts: LocationParts, stored: StoredLocation, changes: _Changes) -> bool:
    """Collect what changes among the EVSEs of a known location; whether there is anything."""
    before = len(changes.new_evses) + len(changes.changed_evses)
    named = set()
    for evse in parts.evses:
        named.add(evse.uid_key)
        known = stored.evses.get(evse.uid_key)
        if known is None:
            changes.new_evses.append((stored.id, evse))
        elif not _same_evse(evse, known):
            changes.changed_evses.append((known, evse))
    for uid_key, known in stored.evses.items():
        if uid_key not in named and known.status != Status.REMOVED:
            changes.changed_evses.append((known, _removed(known, parts.last_updated)))
    return len(changes.new_evses) + len(changes.changed_evses) > before


def _same_evse(evse: EVSEParts, known: StoredEVSE) -> bool:
    return (
        evse.status == known.status
        and evse.last_updated == known.last_updated
        and same_document(evse.document, known.document)
    )


def _removed(known: StoredEVSE, at: datetime) -> EVSEParts:
    document = orjson.loads(known.document)
    return EVSEParts(
        uid=document["uid"],
        uid_key=known.uid_key,
        evse_id=document.get("evse_id") or "",
        evse_key="",
        status=Status.REMOVED,
        document=known.document,
        last_updated=max(at, known.last_updated),
    )


_LOCATION_COLUMNS = (
    "id, owner_id, location_id, location_key, name, address, city, postal_code, country,"
    " latitude, longitude, time_zone, publish, document, last_updated, differs_in, version, received_from_id"
)
_EVSE_COLUMNS = (
    "id, location_id, uid, uid_key, evse_id, evse_key, status, status_since, document, last_updated"
)


def _insert_locations(changes: _Changes, received_from: int | None, written: Written) -> None:
    if not changes.new:
        return
    ids = _next_ids("locations_location", len(changes.new))
    rows = []
    for key, ((owner_id, _), parts) in zip(ids, changes.new, strict=True):
        rows.append((key, owner_id, *_columns(parts), 1, received_from))
        changes.new_evses.extend((key, evse) for evse in parts.evses)
    _copy("locations_location", _LOCATION_COLUMNS, rows)
    written.created.extend(ids)


def _columns(parts: LocationParts) -> tuple[Any, ...]:
    return (
        parts.location_id,
        parts.location_key,
        parts.name,
        parts.address,
        parts.city,
        parts.postal_code,
        parts.country,
        parts.latitude,
        parts.longitude,
        parts.time_zone,
        parts.publish,
        parts.document,
        parts.last_updated,
        parts.differs_in,
    )


def insert_evses(new: Sequence[tuple[int, EVSEParts]]) -> None:
    """Add EVSEs to locations, by their primary key, each with its first status interval."""
    if not new:
        return
    ids = _next_ids("locations_evse", len(new))
    _copy(
        "locations_evse",
        _EVSE_COLUMNS,
        [
            (
                key,
                location_id,
                evse.uid,
                evse.uid_key,
                evse.evse_id,
                evse.evse_key,
                evse.status,
                evse.last_updated,
                evse.document,
                evse.last_updated,
            )
            for key, (location_id, evse) in zip(ids, new, strict=True)
        ],
    )
    _copy(
        "locations_statusinterval",
        "evse_id, status, started_at",
        [(key, evse.status, evse.last_updated) for key, (_, evse) in zip(ids, new, strict=True)],
    )


def _update_locations(changes: _Changes, received_from: int | None) -> None:
    if not changes.changed:
        return
    # PostgreSQL's unnest would flatten lists, so that they travel as text.
    columns = _transposed(
        [
            (stored.id, *_columns(parts)[:-1], json.dumps(parts.differs_in).decode())
            for stored, parts in changes.changed
        ]
    )
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE locations_location o SET
                location_id = n.location_id, name = n.name, address = n.address, city = n.city,
                postal_code = n.postal_code, country = n.country, latitude = n.latitude,
                longitude = n.longitude, time_zone = n.time_zone, publish = n.publish,
                document = n.document::json, last_updated = n.last_updated,
                differs_in = ARRAY(SELECT json_array_elements_text(n.differs_in::json)),
                version = o.version + 1, vanished_at = NULL, received_from_id = %s
            FROM unnest(%s::bigint[], %s::varchar[], %s::varchar[], %s::varchar[], %s::varchar[],
                        %s::varchar[], %s::varchar[], %s::varchar[], %s::float8[], %s::float8[],
                        %s::varchar[], %s::boolean[], %s::text[], %s::timestamptz[], %s::text[])
                AS n(id, location_id, location_key, name, address, city, postal_code, country,
                     latitude, longitude, time_zone, publish, document, last_updated,
                     differs_in)
            WHERE o.id = n.id
            """,
            [received_from, *columns],
        )


def update_evses(changed: Sequence[tuple[StoredEVSE, EVSEParts]]) -> None:
    """Replace EVSEs; where the status changes, its history goes on."""
    if not changed:
        return
    columns = _transposed(
        [
            (
                known.id,
                evse.uid,
                evse.evse_id,
                evse.evse_key,
                evse.status,
                evse.document,
                evse.last_updated,
            )
            for known, evse in changed
        ]
    )
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE locations_evse e SET
                uid = n.uid, evse_id = n.evse_id, evse_key = n.evse_key, status = n.status,
                status_since = CASE WHEN e.status = n.status THEN e.status_since
                                    ELSE greatest(n.last_updated, e.status_since) END,
                document = n.document::json, last_updated = n.last_updated
            FROM unnest(%s::bigint[], %s::varchar[], %s::varchar[], %s::varchar[], %s::varchar[],
                        %s::text[], %s::timestamptz[])
                AS n(id, uid, evse_id, evse_key, status, document, last_updated)
            WHERE e.id = n.id
            """,
            columns,
        )
    turn_intervals(
        [
            (known.id, evse.status, max(evse.last_updated, known.status_since))
            for known, evse in changed
            if known.status != evse.status
        ]
    )


def turn_intervals(changes: Sequence[tuple[int, str, datetime]]) -> None:
    """End the current status interval of EVSEs and begin the next: ``(evse_id, status, since)`` each."""
    if not changes:
        return
    evse_ids, statuses, times = (list(column) for column in zip(*changes, strict=True))
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE locations_statusinterval i SET ended_at = n.since
            FROM unnest(%s::bigint[], %s::timestamptz[]) AS n(evse_id, since)
            WHERE i.evse_id = n.evse_id AND i.ended_at IS NULL
            """,
            [evse_ids, times],
        )
        cursor.execute(
            "INSERT INTO locations_statusinterval (evse_id, status, started_at)"
            " SELECT * FROM unnest(%s::bigint[], %s::varchar[], %s::timestamptz[])",
            [evse_ids, statuses, times],
        )


def _next_ids(table: str, count: int) -> list[int]:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def _copy(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    with (
        # Below Django's cursor the driver's own errors would come out.
        database.wrap_database_errors,
        database.cursor() as cursor,
        cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _transposed(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def retire(
    owner_ids: Sequence[int], seen: Sequence[int], *, before: datetime, teller: int | None
) -> list[int]:
    """Mark what these owners hold and ``seen`` does not name as vanished; returns the primary keys.

    Only what was here ``before`` the list was read; of parties hosted here only what ``teller`` told us.
    """
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE locations_location o SET vanished_at = now(), version = version + 1
            FROM parties_party p
            WHERE p.id = o.owner_id AND o.owner_id = ANY(%s) AND o.vanished_at IS NULL
              AND NOT (o.id = ANY(%s)) AND o.created_at < %s
              AND (NOT p.is_ours OR o.received_from_id = %s)
            RETURNING o.id
            """,
            [list(owner_ids), list(seen), before, teller],
        )
        return [row[0] for row in cursor.fetchall()]


_SET_STATUS = """
    WITH found AS (
        SELECT o.id AS location_id, o.last_updated AS location_updated, e.id AS evse_id, e.status,
               e.status_since, e.last_updated,
               %(at)s >= e.last_updated OR e.last_updated > %(future)s AS fresh
        FROM locations_location o JOIN locations_evse e ON e.location_id = o.id
        WHERE o.owner_id = %(owner)s AND o.location_key = %(location)s AND e.uid_key = %(evse)s
        FOR UPDATE OF o, e
    ), evse AS (
        UPDATE locations_evse e SET
            status = %(status)s, last_updated = %(at)s,
            status_since = CASE WHEN f.status = %(status)s THEN f.status_since
                                ELSE greatest(%(at)s, f.status_since) END
        FROM found f WHERE e.id = f.evse_id AND f.fresh
        RETURNING e.id
    ), location AS (
        UPDATE locations_location o SET
            last_updated = greatest(o.last_updated, %(at)s), version = o.version + 1,
            received_from_id = %(received_from)s
        FROM found f WHERE o.id = f.location_id AND f.fresh
        RETURNING o.id
    ), ended AS (
        UPDATE locations_statusinterval i SET ended_at = greatest(%(at)s, f.status_since)
        FROM found f
        WHERE i.evse_id = f.evse_id AND i.ended_at IS NULL AND f.fresh AND f.status <> %(status)s
        RETURNING i.evse_id, i.ended_at
    )
    SELECT f.location_id, f.evse_id, f.fresh, (SELECT ended_at FROM ended)
    FROM found f
"""


def set_status(
    owner_id: int,
    location_key: str,
    evse_key: str,
    status: str,
    at: datetime,
    *,
    received_from: int | None,
) -> int | None:
    """Give an EVSE a status as of ``at``; its Location follows.

    Returns the Location's primary key, 0 when ``at`` is older than what we hold, ``None`` when there is no
    such EVSE. Call it in a transaction.
    """
    with database.cursor() as cursor:
        cursor.execute(
            _SET_STATUS,
            {
                "owner": owner_id,
                "location": location_key,
                "evse": evse_key,
                "status": status,
                "at": at,
                "future": datetime.now(UTC) + FUTURE_TOLERANCE,
                "received_from": received_from,
            },
        )
        row = cursor.fetchone()
        if row is None:
            return None
        location_id, evse_id, fresh, ended_at = row
        if ended_at is not None:
            # One current interval per EVSE: the old one must be over before the new one begins.
            cursor.execute(
                "INSERT INTO locations_statusinterval (evse_id, status, started_at)"
                " VALUES (%s, %s, %s)",
                [evse_id, status, ended_at],
            )
    return location_id if fresh else 0
