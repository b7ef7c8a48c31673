"""Tariffs that connectors name and nobody told us: counted per partner, as a warning."""

from __future__ import annotations

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from locations.services.announcing import MODULE

CODE = "tariff_unknown"

_COUNT = """
    WITH unknown AS (
        SELECT o.received_from_id AS connection_id, count(*) AS count,
               min(o.id) AS location_id, min(l.tariff_key) AS tariff_key
        FROM locations_connectortariff l
        JOIN locations_evse e ON e.id = l.evse_id AND e.status <> 'REMOVED'
        JOIN locations_location o ON o.id = e.location_id AND o.vanished_at IS NULL
        WHERE NOT EXISTS (
            SELECT 1 FROM tariffs_tariff t
            WHERE t.owner_id = o.owner_id AND t.tariff_key = l.tariff_key AND t.deleted_at IS NULL
        )
        GROUP BY o.received_from_id
    )
    INSERT INTO exchange_warningcount AS w
        (connection_id, module, code, count, example_reference, example_path, example_value,
         first_seen_at, last_seen_at)
    SELECT u.connection_id, %(module)s, %(code)s, u.count,
           left(p.country_code || '*' || p.party_id || '/' || o.location_id, 160),
           'evses.connectors.tariff_ids', left(u.tariff_key, 200), %(at)s, %(at)s
    FROM unknown u
    JOIN locations_location o ON o.id = u.location_id
    JOIN parties_party p ON p.id = o.owner_id
    ON CONFLICT (connection_id, module, code) DO UPDATE SET
        count = EXCLUDED.count, last_seen_at = EXCLUDED.last_seen_at,
        example_reference = EXCLUDED.example_reference, example_value = EXCLUDED.example_value
"""


@transaction.atomic
def count_unknown_tariffs() -> None:
    """Count anew the connectors that name a tariff we do not hold, by the partner that told us of them.

    Tariffs may come after locations, so that this cannot be said while a location is taken in. Where all are
    known by now, the warning goes.
    """
    with database.cursor() as cursor:
        now = timezone.now()
        cursor.execute(_COUNT, {"module": MODULE, "code": CODE, "at": now})
        cursor.execute(
            "DELETE FROM exchange_warningcount"
            " WHERE module = %s AND code = %s AND last_seen_at < %s",
            [MODULE, CODE, now],
        )
