"""What is late now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection as database

from exchange.detectors.declaration import Detector, detectors

COUNTED = 1000
"""Beyond that many it does not matter how many there are."""

_USUAL_SECONDS = "%(usual)s::float8"


class Late(NamedTuple):
    """One thing that is late: since when (aware), and what the limit of its partner is."""

    id: int
    reference: str
    since: datetime
    connection_id: int | None
    limit: timedelta


class Tally(NamedTuple):
    """How many of a kind are late; more than :data:`COUNTED` are not counted."""

    detector: Detector
    number: int


def find(detector: Detector, *, connection_id: int | None = None, limit: int = 100) -> list[Late]:
    """What is late, the longest first; of one connection when it is given."""
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT o.id, {detector.reference}, {detector.since}, {detector.connection},"
            f" coalesce(l.minutes * 60.0, {_USUAL_SECONDS})"
            f" {_late(detector, connection_id)} ORDER BY {detector.since}, o.id LIMIT %(limit)s",
            _parameters(detector, connection_id) | {"limit": limit},
        )
        return [
            Late(key, reference, since, connection, timedelta(seconds=float(seconds)))
            for key, reference, since, connection, seconds in cursor.fetchall()
        ]


def count(detector: Detector, *, connection_id: int | None = None) -> int:
    """How many are late, up to one more than :data:`COUNTED`."""
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 {_late(detector, connection_id)} LIMIT %(limit)s) found",
            _parameters(detector, connection_id) | {"limit": COUNTED + 1},
        )
        return int(cursor.fetchone()[0])


def tallies(*, connection_id: int | None = None) -> list[Tally]:
    """How many are late of every kind."""
    return [
        Tally(detector, count(detector, connection_id=connection_id)) for detector in detectors()
    ]


def _late(detector: Detector, connection_id: int | None) -> str:
    only = f"AND {detector.connection} = %(connection)s" if connection_id is not None else ""
    return f"""
        FROM {detector.table}
        LEFT JOIN exchange_detectorlimit l
            ON l.detector = %(detector)s AND l.connection_id = {detector.connection}
        WHERE {detector.condition} {only}
          AND {detector.since} < now() - make_interval(
              secs => coalesce(l.minutes * 60.0, {_USUAL_SECONDS})::float8)
    """


def _parameters(
    detector: Detector, connection_id: int | None
) -> dict[str, str | float | int | None]:
    return {
        "detector": detector.name,
        "usual": detector.usual.total_seconds(),
        "connection": connection_id,
    }
