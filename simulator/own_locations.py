"""The Locations the simulator owns, in SQLite: what a CPO answers and pushes."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, get_args

import orjson

from ocpi.classes import Status
from ocpi.datetimes import format_datetime, parse_datetime
from simulator.database import Database
from simulator.documents import (
    Document,
    canonical,
    find_evse,
    key,
    microseconds,
    microseconds_of,
    raise_last_updated,
)

STATUSES = frozenset(get_args(Status))

COUNT = "SELECT count(*) FROM own_location WHERE last_updated >= ? AND last_updated < ?"
# The inner query is answered by the index alone: documents are read for one page only.
PAGE = """
SELECT document FROM own_location WHERE position IN (
    SELECT position FROM own_location WHERE last_updated >= ? AND last_updated < ?
    ORDER BY position LIMIT ? OFFSET ?
) ORDER BY position
"""


class EvseKey(NamedTuple):
    """Where an EVSE is found."""

    location_id: str
    evse_uid: str


class OwnLocations:
    """Reads and writes `own_location`; ids are compared as CiStrings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def fill(self, locations: Iterable[Document]) -> None:
        """Add the Locations that are not there yet; those there keep their status."""
        rows = (
            (key(location["id"]), microseconds(location["last_updated"]), orjson.dumps(location))
            for location in locations
        )
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO own_location (id_key, last_updated, document)"
                " VALUES (?, ?, ?)",
                rows,
            )

    def count(self) -> int:
        """Return the number of Locations."""
        return int(self._database.rows("SELECT count(*) FROM own_location")[0][0])

    def evses(self) -> dict[EvseKey, str]:
        """Return the status of every EVSE, in the order of the Locations."""
        statuses: dict[EvseKey, str] = {}
        for (document,) in self._database.stream(
            "SELECT document FROM own_location ORDER BY position"
        ):
            location = orjson.loads(document)
            for evse in location.get("evses", ()):
                statuses[EvseKey(location["id"], evse["uid"])] = evse["status"]
        return statuses

    def lines(self) -> Iterator[bytes]:
        """Yield every Location as one line of canonical JSON, sorted by id."""
        for (document,) in self._database.stream(
            "SELECT document FROM own_location ORDER BY id_key"
        ):
            yield canonical(orjson.loads(document)) + b"\n"

    def get(self, location_id: str) -> Document | None:
        """Return a Location, or None."""
        rows = self._database.rows(
            "SELECT document FROM own_location WHERE id_key = ?", (key(location_id),)
        )
        return dict(orjson.loads(rows[0][0])) if rows else None

    def page(
        self, date_from: datetime | None, date_to: datetime | None, offset: int, limit: int
    ) -> tuple[int, list[bytes]]:
        """Return how many match, and one page of them as JSON, the oldest created first.

        `date_from` is inclusive and `date_to` exclusive (OCPI 2.2.1, transport_and_format,
        Paginated Request).
        """
        bounds = (_bound(date_from, 0), _bound(date_to, 2**62))
        total = int(self._database.rows(COUNT, bounds)[0][0])
        if offset >= total:
            return total, []
        rows = self._database.rows(PAGE, (*bounds, limit, offset))
        return total, [document for (document,) in rows]

    def set_status(self, evse_key: EvseKey, status: str) -> Document:
        """Change the status of an EVSE now and return the EVSE; KeyError when there is none."""
        with self._database.transaction() as connection:
            location = self.get(evse_key.location_id)
            evse = location and find_evse(location, evse_key.evse_uid)
            if not location or not evse:
                raise KeyError(f"{evse_key.location_id}/{evse_key.evse_uid}")
            evse["status"] = status
            evse["last_updated"] = _later_than(evse["last_updated"])
            raise_last_updated([location], evse["last_updated"])
            connection.execute(
                "UPDATE own_location SET last_updated = ?, document = ? WHERE id_key = ?",
                (
                    microseconds(location["last_updated"]),
                    orjson.dumps(location),
                    key(location["id"]),
                ),
            )
        return evse


def _bound(moment: datetime | None, default: int) -> int:
    return default if moment is None else microseconds_of(moment)


def _later_than(timestamp: str) -> str:
    """Return the current time, or a millisecond after `timestamp` when the clock is behind it."""
    # Two changes in one millisecond must differ, or a receiver cannot tell which is newer.
    earliest = parse_datetime(timestamp) + timedelta(milliseconds=1)
    return format_datetime(max(datetime.now(UTC), earliest))
