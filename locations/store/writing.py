"""Writing whole locations: lock, compare, write.

The rows are locked in the order of their keys, so that writers never deadlock.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import connection as database

from exchange import bulk
from exchange.bulk import Identity, Written
from locations.documents import LocationParts
from locations.store.comparing import sort_out
from locations.store.rows import Changes, StoredEVSE, StoredLocation
from locations.store.statements import (
    drop_renditions,
    insert_evses,
    insert_locations,
    replace_tokens,
    update_evses,
    update_locations,
)

_CREATING = 7002


def write(
    batch: Sequence[tuple[int, LocationParts]], *, received_from: int | None, guard: bool = True
) -> Written:
    """Write whole locations, each with its owner's primary key, and say what became of them.

    Call it in a transaction. A location is replaced as a whole: an EVSE that is no longer named becomes
    REMOVED, as EVSEs are never deleted. With ``guard`` an older ``last_updated`` than the stored one is
    passed over. Within a batch the last of two with the same identity wins.
    """
    incoming = {(owner, parts.location_key): parts for owner, parts in batch}
    bulk.wait_for_other_creators("locations_location", "location_key", incoming, _CREATING)
    stored = lock(incoming)
    written, changes = Written(), Changes()
    for identity in sorted(incoming):
        sort_out(identity, incoming[identity], stored.get(identity), changes, written, guard)
    insert_locations(changes, received_from, written)
    update_locations(changes, received_from)
    replace_tokens(changes, written.created)
    insert_evses(changes.new_evses)
    update_evses(changes.changed_evses)
    drop_renditions([stored.id for stored, _ in changes.changed])
    return written


def lock(identities: Collection[Identity]) -> dict[Identity, StoredLocation]:
    """The stored locations of these identities with their EVSEs, locked until the transaction ends."""
    columns = "o.id, o.vanished_at IS NOT NULL, o.document::text, o.last_updated, o.version"
    found: dict[Identity, StoredLocation] = {}
    by_id: dict[int, StoredLocation] = {}
    rows = bulk.lock_rows("locations_location", "location_key", columns, identities)
    for owner_id, key, *values in rows:
        row = StoredLocation(*values)
        found[owner_id, key] = by_id[row.id] = row
    if by_id:
        _read_evses(by_id)
    return found


def _read_evses(by_id: dict[int, StoredLocation]) -> None:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT location_id, id, uid_key, status, status_since, document::text, last_updated"
            " FROM locations_evse WHERE location_id = ANY(%s) ORDER BY id",
            [list(by_id)],
        )
        for location_id, *values in cursor.fetchall():
            evse = StoredEVSE(*values)
            by_id[location_id].evses[evse.uid_key] = evse


def retire(ids: Sequence[int]) -> list[int]:
    """Mark locations as vanished; returns the primary keys of those that had not vanished before."""
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE locations_location o SET vanished_at = now(), version = version + 1
            WHERE o.id = ANY(%s) AND o.vanished_at IS NULL
            RETURNING o.id
            """,
            [list(ids)],
        )
        return [row[0] for row in cursor.fetchall()]
