"""What is late now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection as database

from exchange.detectors.declaration import Detector, detectors

COUNTED = 1000
"""Beyond that many it does not matter how many there are."""


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
            f" {_allowed('')} {_late(detector, connection_id)}"
            f" ORDER BY {detector.since}, o.id LIMIT %(limit)s",
            _parameters(detector) | {"connection": connection_id, "limit": limit},
        )
        return [
            Late(key, reference, since, connection, timedelta(seconds=float(seconds)))
            for key, reference, since, connection, seconds in cursor.fetchall()
        ]


def tallies(*, connection_id: int | None = None) -> list[Tally]:
    """How many are late of every kind, in one statement; up to one more than :data:`COUNTED` each."""
    every = detectors()
    counts = []
    parameters: dict[str, str | float | int | None] = {
        "connection": connection_id,
        "limit": COUNTED + 1,
    }
    for number, detector in enumerate(every):
        late = _late(detector, connection_id, str(number))
        counts.append(f"(SELECT count(*) FROM (SELECT 1 {late} LIMIT %(limit)s) found)")
        parameters |= _parameters(detector, str(number))
    if not every:
        return []
    with database.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", parameters)
        numbers = cursor.fetchone()
    return [Tally(detector, number) for detector, number in zip(every, numbers, strict=True)]


def _late(detector: Detector, connection_id: int | None, suffix: str = "") -> str:
    """What is late, as the end of a statement; ``suffix`` tells its parameters from those of others."""
    only = f"AND {detector.connection} = %(connection)s" if connection_id is not None else ""
    return f"""
        FROM {detector.table}
        LEFT JOIN exchange_detectorlimit l
            ON l.detector = %(detector{suffix})s AND l.connection_id = {detector.connection}
        WHERE {detector.condition} {only}
          AND {detector.since} < now() - make_interval(secs => ({_allowed(suffix)})::float8)
    """


def _allowed(suffix: str) -> str:
    """The limit that counts, in seconds."""
    return f"coalesce(l.minutes * 60.0, %(usual{suffix})s::float8)"


def _parameters(detector: Detector, suffix: str = "") -> dict[str, str | float | int | None]:
    return {
        f"detector{suffix}": detector.name,
        f"usual{suffix}": detector.usual.total_seconds(),
    }
