"""Claiming due deliveries with a lease, so that at most one request is in flight per object.

A lease outlives the total deadline of a request, and only the database's clock counts.
"""

from __future__ import annotations

import uuid

from django.db import connection as database

from exchange import registry
from exchange.models import Delivery
from parties.models import Connection

LEASE_SECONDS = 60
BATCH = 10
REQUEST_SECONDS = 10
# A row is given back rather than begun when its lease might end during the two requests it can take.
LEASE_MARGIN_SECONDS = 2 * REQUEST_SECONDS + 5
_CLAIM = """
    UPDATE exchange_delivery d
    SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
        lease_token = %(token)s,
        attempts = d.attempts + 1,
        last_attempt_at = clock_timestamp()
    FROM (
        SELECT id FROM exchange_delivery w
        WHERE connection_id = %(connection)s
          AND wanted_version > sent_version AND wanted_version > dead_version
          AND next_attempt_at <= clock_timestamp()
          AND (lease_until IS NULL OR lease_until < clock_timestamp())
          AND (module <> ALL(%(in_order)s) OR id IN (
              -- The first that waits of each such module; asked once, however many wait behind it.
              SELECT min(e.id) FROM exchange_delivery e
              WHERE e.connection_id = %(connection)s AND e.module = ANY(%(in_order)s)
                AND e.wanted_version > e.sent_version AND e.wanted_version > e.dead_version
              GROUP BY e.module))
        ORDER BY next_attempt_at
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    ) due
    WHERE d.id = due.id
    RETURNING d.id
"""


def claim(connection: Connection, limit: int = BATCH) -> list[Delivery]:
    """Take up to ``limit`` due deliveries of a connection for this worker, oldest first."""
    token = uuid.uuid4()
    with database.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "lease": LEASE_SECONDS,
                "token": token,
                "connection": connection.pk,
                "limit": limit,
                "in_order": registry.in_order_modules(),
            },
        )
        ids = [row[0] for row in cursor.fetchall()]
    rows = Delivery.objects.filter(pk__in=ids, lease_token=token).order_by("next_attempt_at", "id")
    return list(rows) if ids else []
