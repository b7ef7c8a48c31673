"""The Locations of the partner, in SQLite: what an eMSP has pulled and what was pushed to it."""

import hashlib
import threading
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import orjson

from ocpi.errors import OCPIError
from ocpi.versioned import validate_document
from simulator.database import Database
from simulator.documents import Document, canonical, key, microseconds
from simulator.identity import VERSION

IDENTITY = ("country_code", "party_id", "id")

UPSERT = """
INSERT INTO received_location
    (country_code, party_id, id_key, last_updated, evses, seen, document)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (country_code, party_id, id_key) DO UPDATE SET
    seen = excluded.seen,
    evses = CASE WHEN excluded.last_updated >= last_updated THEN excluded.evses ELSE evses END,
    document =
        CASE WHEN excluded.last_updated >= last_updated THEN excluded.document ELSE document END,
    last_updated = max(last_updated, excluded.last_updated)
"""


class LocationKey(NamedTuple):
    """Identity of a Location among all owners, in the form in which CiStrings are compared."""

    country_code: str
    party_id: str
    id_key: str

    @classmethod
    def of(cls, country_code: str, party_id: str, location_id: str) -> "LocationKey":
        """Fold the three parts; ValueError names a character that is not allowed."""
        return cls(key(country_code), key(party_id), key(location_id))


class PageResult(NamedTuple):
    """What became of a page: how many were kept, and a sentence for each bad item.

    `refused` have no identity or time; `incorrect` break the specification and are kept as sent.
    """

    kept: int
    refused: list[str]
    incorrect: list[str]


class ReceivedLocations:
    """Reads and writes `received_location`; documents are kept as canonical JSON."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._digest_lock = threading.Lock()
        self._digest: tuple[int, str] | None = None
        self._changes = 0

    def count(self) -> tuple[int, int]:
        """Return the number of Locations and of their EVSEs."""
        rows = self._database.rows(
            "SELECT count(*), coalesce(sum(evses), 0) FROM received_location"
        )
        return int(rows[0][0]), int(rows[0][1])

    def get(self, location: LocationKey) -> Document | None:
        """Return a Location, or None."""
        rows = self._database.rows(
            "SELECT document FROM received_location"
            " WHERE country_code = ? AND party_id = ? AND id_key = ?",
            tuple(location),
        )
        return dict(orjson.loads(rows[0][0])) if rows else None

    def put(self, document: Document, seen: int) -> None:
        """Keep a Location as it is; ValueError when it has no identity or time."""
        with self._database.transaction() as connection:
            connection.execute(UPSERT, _row(document, seen))
            self._changes += 1

    def put_page(self, items: Iterable[bytes], seen: int) -> PageResult:
        """Keep a page of pulled Locations; a newer one that is held already stays."""
        result = PageResult(0, [], [])
        rows = list(_rows(items, seen, result))
        with self._database.transaction() as connection:
            connection.executemany(UPSERT, rows)
            self._changes += 1
        return result._replace(kept=len(rows))

    def remove_unseen(self, seen: int) -> int:
        """Remove what neither the full pull number `seen` nor a push during it brought."""
        with self._database.transaction() as connection:
            removed = connection.execute("DELETE FROM received_location WHERE seen < ?", (seen,))
            self._changes += 1
            return removed.rowcount

    def clear(self) -> None:
        """Remove everything."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM received_location")
            self._changes += 1

    def lines(self) -> Iterator[bytes]:
        """Yield every Location as one line of canonical JSON, sorted by country, party and id."""
        for (document,) in self._database.stream(
            "SELECT document FROM received_location ORDER BY country_code, party_id, id_key"
        ):
            yield document + b"\n"

    def digest(self) -> str:
        """Return the SHA-256 of all `lines`, in hexadecimal."""
        with self._digest_lock:
            changes = self._changes
            if self._digest is None or self._digest[0] != changes:
                digest = hashlib.sha256()
                for line in self.lines():
                    digest.update(line)
                self._digest = (changes, digest.hexdigest())
            return self._digest[1]


def _rows(items: Iterable[bytes], seen: int, result: PageResult) -> Iterator[tuple[Any, ...]]:
    for item in items:
        try:
            document = orjson.loads(item)
            row = _row(document, seen)
        except ValueError as error:
            result.refused.append(f"{error}: {item[:200].decode(errors='replace')}")
            continue
        try:
            yield (*row[:-1], canonical(validate_document(VERSION, "location", document)))
        except OCPIError as error:
            result.incorrect.append(f"{'/'.join(row[:3])}: {error.message}")
            yield row


def _row(document: Any, seen: int) -> tuple[Any, ...]:
    if not isinstance(document, dict):
        raise ValueError("not an object")  # noqa: TRY004  # as all others
    for name in (*IDENTITY, "last_updated"):
        if not isinstance(document.get(name), str):
            raise ValueError(f"{name}: a string is needed")  # noqa: TRY004  # as all others
    evses = document.get("evses")
    return (
        *LocationKey.of(*(document[name] for name in IDENTITY)),
        microseconds(document["last_updated"]),
        len(evses) if isinstance(evses, list) else 0,
        seen,
        canonical(document),
    )
