"""What sessions had come to on the way: the readings of one, and how long they are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.utils import timezone

from charging.charts.progress import Reading
from charging.models import Session

SHOWN = 500
BATCH = 10_000


def of_session(session: Session) -> list[Reading]:
    """The latest readings in order of time; of those that say the same, the first and the last."""
    rows = session.readings.order_by("-at", "-id").values_list("at", "kwh", "total_cost")[:SHOWN]
    readings = [Reading(*row) for row in reversed(rows)]
    return [
        reading
        for index, reading in enumerate(readings)
        if index in (0, len(readings) - 1)
        or reading[1:] != readings[index - 1][1:]
        or reading[1:] != readings[index + 1][1:]
    ]


def forget_old(now: datetime | None = None) -> int:
    """Drop readings that are past ``SESSION_READING_RETENTION_DAYS``; returns how many."""
    before = (now or timezone.now()) - timedelta(days=settings.SESSION_READING_RETENTION_DAYS)
    total = 0
    while deleted := _delete_some(before):
        total += deleted
    return total


def _delete_some(before: datetime) -> int:
    """In portions, so that no statement runs for long and no lock is held for long."""
    with database.cursor() as cursor:
        cursor.execute(
            "DELETE FROM charging_sessionreading WHERE id IN ("
            "SELECT id FROM charging_sessionreading WHERE at < %s ORDER BY at LIMIT %s)",
            [before, BATCH],
        )
        return int(cursor.rowcount)
