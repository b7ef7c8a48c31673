"""The statements that insert and update rows, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection as database

from exchange import bulk
from exchange.bulk import Written
from locations.documents import EVSEParts, LocationParts
from locations.store.rows import Changes, StoredEVSE
from locations.store.statuses import turn_intervals
from locations.store.tariff_links import link_changed, link_new
from ocpi import json

_LOCATION_COLUMNS = (
    "id, owner_id, location_id, location_key, name, address, city, postal_code, country,"
    " latitude, longitude, time_zone, publish, document, last_updated, differs_in, refused_in,"
    " version, received_from_id"
)


_EVSE_COLUMNS = (
    "id, location_id, uid, uid_key, evse_id, evse_key, status, status_since, document, last_updated"
)


def insert_locations(changes: Changes, received_from: int | None, written: Written) -> None:
    if not changes.new:
        return
    ids = bulk.next_ids("locations_location", len(changes.new))
    rows = []
    for key, ((owner_id, _), parts) in zip(ids, changes.new, strict=True):
        rows.append((key, owner_id, *_columns(parts), 1, received_from))
        changes.new_evses.extend((key, evse) for evse in parts.evses)
    bulk.copy_rows("locations_location", _LOCATION_COLUMNS, rows)
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
        parts.refused_in,
    )


def replace_tokens(changes: Changes, created: Sequence[int]) -> None:
    """Keep whose tokens open the private ones among new (``created``) and changed locations."""
    if changes.changed:
        with database.cursor() as cursor:
            cursor.execute(
                "DELETE FROM locations_locationtoken WHERE location_id = ANY(%s)",
                [[stored.id for stored, _ in changes.changed]],
            )
    rows = [
        (location_id, keys)
        for location_id, parts in (
            *zip(created, (parts for _, parts in changes.new), strict=True),
            *((stored.id, parts) for stored, parts in changes.changed),
        )
        for keys in parts.tokens
    ]
    if rows:
        bulk.copy_rows("locations_locationtoken", "location_id, keys", rows)


def insert_evses(new: Sequence[tuple[int, EVSEParts]]) -> None:
    """Add EVSEs to locations, by their primary key, each with its first status interval."""
    if not new:
        return
    ids = bulk.next_ids("locations_evse", len(new))
    bulk.copy_rows(
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
    bulk.copy_rows(
        "locations_statusinterval",
        "evse_id, status, started_at",
        [(key, evse.status, evse.last_updated) for key, (_, evse) in zip(ids, new, strict=True)],
    )
    link_new([(key, evse) for key, (_, evse) in zip(ids, new, strict=True)])


def update_locations(changes: Changes, received_from: int | None) -> None:
    if not changes.changed:
        return
    # PostgreSQL's unnest would flatten lists, so that they travel as text.
    columns = bulk.transposed(
        [
            (
                stored.id,
                *_columns(parts)[:-2],
                json.dumps(parts.differs_in).decode(),
                json.dumps(parts.refused_in).decode(),
            )
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
                refused_in = ARRAY(SELECT json_array_elements_text(n.refused_in::json)),
                version = o.version + 1, vanished_at = NULL, received_from_id = %s
            FROM unnest(%s::bigint[], %s::varchar[], %s::varchar[], %s::varchar[], %s::varchar[],
                        %s::varchar[], %s::varchar[], %s::varchar[], %s::float8[], %s::float8[],
                        %s::varchar[], %s::boolean[], %s::text[], %s::timestamptz[], %s::text[],
                        %s::text[])
                AS n(id, location_id, location_key, name, address, city, postal_code, country,
                     latitude, longitude, time_zone, publish, document, last_updated,
                     differs_in, refused_in)
            WHERE o.id = n.id
            """,
            [received_from, *columns],
        )


def update_evses(changed: Sequence[tuple[StoredEVSE, EVSEParts]]) -> None:
    """Replace EVSEs; where the status changes, its history goes on."""
    if not changed:
        return
    columns = bulk.transposed(
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
    link_changed(changed)


def drop_renditions(location_ids: Sequence[int]) -> None:
    """Forget how other versions say these locations; they are read anew. Call it under their locks."""
    if location_ids:
        with database.cursor() as cursor:
            cursor.execute(
                "DELETE FROM locations_rendition WHERE location_id = ANY(%s)", [list(location_ids)]
            )
