"""The exchange log's daily partitions: made ahead of time, dropped when their retention has passed.

A row whose day has no partition lands in the default one, so nothing is ever refused for want of a partition.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.db import transaction

TABLES = ("exchange_exchange", "exchange_exchangebody")
DAYS_AHEAD = 14


def maintain(today: date | None = None) -> None:
    """Create the partitions of today and the coming days, drop the expired ones. Days are UTC."""
    day = today or datetime.now(UTC).date()
    for offset in range(DAYS_AHEAD + 1):
        for table in TABLES:
            create(table, day + timedelta(days=offset))
    drop_before("exchange_exchange", day - timedelta(days=settings.EXCHANGE_RETENTION_DAYS))
    drop_before("exchange_exchangebody", day - timedelta(days=settings.BODY_RETENTION_DAYS))


def create(table: str, day: date) -> bool:
    """Make one day's partition; ``False`` when it exists or the default one holds rows of that day."""
    name = partition_name(table, day)
    upper = day + timedelta(days=1)
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])
        cursor.execute("SELECT to_regclass(%s)", [name])
        if cursor.fetchone()[0]:
            return False
        cursor.execute(
            f"SELECT EXISTS (SELECT 1 FROM {table}_default WHERE at >= %s AND at < %s)",  # noqa: S608
            [day, upper],
        )
        if cursor.fetchone()[0]:
            return False
        cursor.execute(
            f"CREATE TABLE {name} PARTITION OF {table} FOR VALUES FROM (%s) TO (%s)",
            [f"{day.isoformat()} 00:00:00+00", f"{upper.isoformat()} 00:00:00+00"],
        )
    return True


def drop_before(table: str, day: date) -> list[str]:
    """Drop the partitions of days before ``day``; returns their names."""
    expired = [name for name in existing(table) if day_of(name) < day]
    with database.cursor() as cursor:
        for name in expired:
            cursor.execute(f"DROP TABLE {name}")
        # Rows of days that had no partition.
        cursor.execute(f"DELETE FROM {table}_default WHERE at < %s", [day])  # noqa: S608
    return expired


def existing(table: str) -> list[str]:
    """The names of a table's daily partitions, oldest first."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass ORDER BY 1",
            [table],
        )
        names = [row[0] for row in cursor.fetchall()]
    return [name for name in names if re.search(r"_p\d{8}$", name)]


def partition_name(table: str, day: date) -> str:
    return f"{table}_p{day:%Y%m%d}"


def day_of(name: str) -> date:
    return datetime.strptime(name[-8:], "%Y%m%d").replace(tzinfo=UTC).date()
