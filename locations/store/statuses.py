"""The status of an EVSE, and its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import connection as database

from exchange.comparing import FUTURE_TOLERANCE


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
