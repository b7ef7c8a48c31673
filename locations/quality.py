"""What is wrong across locations and can be seen only when they are looked at together."""

from __future__ import annotations

from typing import Any

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


_UNKNOWN_TARIFFS = """
    WITH named AS (
        SELECT o.owner_id, t.tariff_key, count(*) AS connectors, min(o.id) AS location
        FROM locations_connectortariff t
        JOIN locations_evse e ON e.id = t.evse_id AND e.status <> 'REMOVED'
        JOIN locations_location o ON o.id = e.location_id AND o.vanished_at IS NULL
        WHERE o.received_from_id IS NOT DISTINCT FROM %(connection)s
        GROUP BY o.owner_id, t.tariff_key
    ), unknown AS (
        SELECT n.* FROM named n
        WHERE NOT EXISTS (
            SELECT 1 FROM tariffs_tariff f
            WHERE f.owner_id = n.owner_id AND f.tariff_key = n.tariff_key
              AND f.deleted_at IS NULL
        )
    )
    SELECT (SELECT count(*) FROM unknown), u.tariff_key, u.connectors,
           p.country_code || '*' || p.party_id || '/' || o.location_id
    FROM unknown u JOIN locations_location o ON o.id = u.location
    JOIN parties_party p ON p.id = o.owner_id
    ORDER BY u.connectors DESC, u.tariff_key LIMIT %(examples)s
"""


def findings(connection: Connection | None) -> list[Finding]:
    """What is found in all that ``connection`` sent (``None``: files and ourselves) taken together."""
    return [*_repeated(connection), *_without_tariff(connection)]


def _repeated(connection: Connection | None) -> list[Finding]:
    """EVSE IDs that occur at several locations."""
    rows = _rows(_SEVERAL_PLACES, connection)
    examples = tuple(
        (f"{evse_id}: {places} locations", where) for _, evse_id, places, where in rows
    )
    return [
        Finding(
            "evse_id_repeated",
            "EVSE IDs occur at several locations: as a rule an old record beside the new one.",
            total,
            examples,
            "Please remove the locations that are no longer delivered to, or give each EVSE an ID of"
            " its own.",
        )
        for total, *_ in rows[:1]
    ]


def _without_tariff(connection: Connection | None) -> list[Finding]:
    """Tariffs that connectors name and nobody sent."""
    rows = _rows(_UNKNOWN_TARIFFS, connection)
    examples = tuple(
        (f"{key}: named by {connectors} connector{'s'[: connectors != 1]}", where)
        for _, key, connectors, where in rows
    )
    return [
        Finding(
            "tariff_unresolved",
            "Connectors name tariffs that are not here.",
            total,
            examples,
            "Please send every tariff that a connector names, under the same party.",
        )
        for total, *_ in rows[:1]
    ]


def _rows(statement: str, connection: Connection | None) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(
            statement,
            {"connection": connection.pk if connection else None, "examples": EXAMPLES},
        )
        return list(cursor.fetchall())
