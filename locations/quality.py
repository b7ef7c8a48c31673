"""What is wrong across locations and can be seen only when they are looked at together."""

from __future__ import annotations

from django.db import connection as database

from exchange.registry import Finding
from parties.models import Connection

EXAMPLES = 10

_SEVERAL_PLACES = """
    WITH repeated AS (
        SELECT e.evse_key, count(DISTINCT e.location_id) AS places, min(e.evse_id) AS evse_id
        FROM locations_evse e JOIN locations_location o ON o.id = e.location_id
        WHERE e.evse_key <> '' AND e.status <> 'REMOVED' AND o.vanished_at IS NULL
          AND o.received_from_id IS NOT DISTINCT FROM %(connection)s
        GROUP BY e.evse_key
        HAVING count(DISTINCT e.location_id) > 1
    ), shown AS (
        SELECT * FROM repeated ORDER BY evse_key LIMIT %(examples)s
    )
    SELECT (SELECT count(*) FROM repeated), s.evse_id, s.places,
           (SELECT p.country_code || '*' || p.party_id || '/' || o.location_id
            FROM locations_evse e JOIN locations_location o ON o.id = e.location_id
            JOIN parties_party p ON p.id = o.owner_id
            WHERE e.evse_key = s.evse_key AND e.status <> 'REMOVED' AND o.vanished_at IS NULL
              AND o.received_from_id IS NOT DISTINCT FROM %(connection)s
            ORDER BY o.id LIMIT 1)
    FROM shown s ORDER BY s.evse_key
"""


def findings(connection: Connection | None) -> list[Finding]:
    """EVSE IDs that occur at several locations of what ``connection`` sent (``None``: files and ourselves)."""
    with database.cursor() as cursor:
        cursor.execute(
            _SEVERAL_PLACES,
            {"connection": connection.pk if connection else None, "examples": EXAMPLES},
        )
        rows = cursor.fetchall()
    if not rows:
        return []
    examples = tuple(
        (f"{evse_id}: {places} locations", where) for _, evse_id, places, where in rows
    )
    return [
        Finding(
            "evse_id_repeated",
            "EVSE IDs occur at several locations: as a rule an old record beside the new one.",
            rows[0][0],
            examples,
            "Please remove the locations that are no longer delivered to, or give each EVSE an ID of"
            " its own.",
        )
    ]
