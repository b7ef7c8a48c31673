"""The objects the simulator owns, in SQLite and canonical: what a CPO answers and pushes."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from ocpi.convert import Fit, fit
from ocpi.datetimes import format_datetime, parse_datetime
from ocpi.ids import PartyId
from ocpi.versioned import Kind
from ocpi.versions import SUPPORTED
from simulator.database import Database
from simulator.documents import (
    Document,
    canonical,
    identify,
    key,
    microseconds,
    microseconds_of,
    party_of,
)

KINDS: dict[str, Kind] = {
    "locations": "location",
    "tariffs": "tariff",
    "tokens": "token",
    "sessions": "session",
    "cdrs": "cdr",
    "invoicereconciliation": "invoice_record",
}

MATCHING = (
    "module = ? AND last_updated >= ? AND last_updated < ? AND instr(beyond, ?) = 0"
    " AND party IN (SELECT value FROM json_each(?))"
)
# The inner query is answered by the index alone: documents are read for one page only.
PAGE = f"""
SELECT document FROM own_object WHERE position IN (
    SELECT position FROM own_object WHERE {MATCHING} ORDER BY position LIMIT ? OFFSET ?
) ORDER BY position
"""  # noqa: S608  # nothing from outside
INSERT = (
    "INSERT OR {} INTO own_object (module, party, id_key, last_updated, beyond, document)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)


class Selection(NamedTuple):
    """Which objects a list holds: `date_from` is inclusive, `date_to` exclusive.

    OCPI 2.2.1, transport_and_format, Paginated Request.
    """

    version: str
    parties: Collection[PartyId]
    date_from: datetime | None = None
    date_to: datetime | None = None


class OwnObjects:
    """Reads and writes the `own_object` of one module; ids are compared as CiStrings."""

    def __init__(self, database: Database, module: str) -> None:
        self._database = database
        self.module = module
        self.kind = KINDS[module]

    def fill(self, documents: Iterable[Document]) -> None:
        """Add the objects that are not there yet; those there stay as they are."""
        with self._database.transaction() as connection:
            connection.executemany(INSERT.format("IGNORE"), map(self._row, documents))

    def count(self) -> int:
        """Return the number of objects."""
        query = "SELECT count(*) FROM own_object WHERE module = ?"
        return int(self._database.rows(query, (self.module,))[0][0])

    def documents(self) -> Iterator[Document]:
        """Yield every object, the oldest created first."""
        query = "SELECT document FROM own_object WHERE module = ? ORDER BY position"
        for (document,) in self._database.stream(query, (self.module,)):
            yield dict(orjson.loads(document))

    def lines(self) -> Iterator[bytes]:
        """Yield every object as one line of canonical JSON, sorted by party and id."""
        query = "SELECT document FROM own_object WHERE module = ? ORDER BY party, id_key"
        for (document,) in self._database.stream(query, (self.module,)):
            yield canonical(orjson.loads(document)) + b"\n"

    def get(self, object_id: str, parties: Collection[PartyId]) -> Document | None:
        """Return the object of one of the parties, or None."""
        rows = self._database.rows(
            "SELECT document FROM own_object WHERE module = ? AND id_key = ?"
            " AND party IN (SELECT value FROM json_each(?)) ORDER BY position LIMIT 1",
            (self.module, key(object_id), _json(parties)),
        )
        return dict(orjson.loads(rows[0][0])) if rows else None

    def page(self, selection: Selection, offset: int, limit: int) -> tuple[int, list[Document]]:
        """Return how many match, and one page of them, the oldest created first."""
        bounds = (
            self.module,
            _bound(selection.date_from, 0),
            _bound(selection.date_to, 2**62),
            f",{selection.version},",
            _json(selection.parties),
        )
        counted = f"SELECT count(*) FROM own_object WHERE {MATCHING}"  # noqa: S608  # a constant
        total = int(self._database.rows(counted, bounds)[0][0])
        if offset >= total:
            return total, []
        rows = self._database.rows(PAGE, (*bounds, limit, offset))
        return total, [orjson.loads(document) for (document,) in rows]

    def put(self, document: Document) -> None:
        """Add or replace an object."""
        with self._database.transaction() as connection:
            row = self._row(document)
            changed = connection.execute(
                "UPDATE own_object SET last_updated = ?, beyond = ?, document = ?"
                " WHERE module = ? AND party = ? AND id_key = ?",
                (*row[3:], *row[:3]),
            )
            if not changed.rowcount:
                connection.execute(INSERT.format("ABORT"), row)

    def delete(self, document: Document) -> None:
        """Remove an object."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM own_object WHERE module = ? AND party = ? AND id_key = ?",
                self._row(document)[:3],
            )

    def trim(self, keep: int) -> None:
        """Forget the oldest created beyond the latest `keep`."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM own_object WHERE module = ?1 AND position <= coalesce((SELECT position"
                " FROM own_object WHERE module = ?1 ORDER BY position DESC LIMIT 1 OFFSET ?2), -1)",
                (self.module, keep),
            )

    def _row(self, document: Document) -> tuple[Any, ...]:
        refusing = [v for v in SUPPORTED if fit(v, self.kind, document) is Fit.REFUSED]
        return (
            self.module,
            str(party_of(document)),
            key(identify(document)),
            microseconds(document["last_updated"]),
            "".join(f",{version}," for version in refusing),
            orjson.dumps(document),
        )


def later_than(timestamp: str) -> str:
    """Return the current time, or a millisecond after `timestamp` when the clock is behind it."""
    # Two changes in one millisecond must differ, or a receiver cannot tell which is newer.
    earliest = parse_datetime(timestamp) + timedelta(milliseconds=1)
    return format_datetime(max(datetime.now(UTC), earliest))


def _bound(moment: datetime | None, default: int) -> int:
    return default if moment is None else microseconds_of(moment)


def _json(parties: Collection[PartyId]) -> str:
    return orjson.dumps([str(party) for party in parties]).decode()
