"""The objects of the partner, in SQLite: what an eMSP has pulled and what was pushed to it."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import orjson

from ocpi.convert import Beside, Refused, to_canonical
from ocpi.errors import OCPIError
from ocpi.ids import PartyId
from ocpi.versioned import validate_document
from ocpi.versions import WHOLE_SECONDS, WITHOUT_ROUTING
from simulator.database import Database
from simulator.documents import Document, canonical, identify, key, microseconds
from simulator.own_objects import KINDS

OWNER = ("country_code", "party_id")

# ?10 is the least time that the version can say, in microseconds.
NEWER = "excluded.last_updated >= last_updated - last_updated % ?10"
UPSERT = f"""
INSERT INTO received_object
    (module, country_code, party_id, id_key, last_updated, evses, seen, document, sent)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (module, country_code, party_id, id_key) DO UPDATE SET
    seen = excluded.seen,
    evses = CASE WHEN {NEWER} THEN excluded.evses ELSE evses END,
    previous = CASE WHEN {NEWER} AND excluded.document != document THEN document ELSE previous END,
    sent = CASE WHEN {NEWER} THEN excluded.sent ELSE sent END,
    document = CASE WHEN {NEWER} THEN excluded.document ELSE document END,
    last_updated = CASE WHEN {NEWER} THEN excluded.last_updated ELSE last_updated END
"""  # noqa: S608  # a constant
WHERE = " WHERE module = ? AND country_code = ? AND party_id = ? AND id_key = ?"


class ObjectKey(NamedTuple):
    """Identity of an object among all owners, in the form in which CiStrings are compared."""

    country_code: str
    party_id: str
    id_key: str

    @classmethod
    def of(cls, country_code: str, party_id: str, object_id: str) -> "ObjectKey":
        """Fold the three parts; ValueError names a character that is not allowed."""
        return cls(key(country_code), key(party_id), key(object_id))


class PageResult(NamedTuple):
    """What became of a page: how many were kept, and a sentence for each bad item.

    `refused` have no identity or time; `incorrect` break the specification and are kept as sent.
    """

    kept: int
    refused: list[str]
    incorrect: list[str]


class Origin(NamedTuple):
    """How a list came: at which version, and whose it is where objects do not say so (2.1.1)."""

    version: str
    owner: PartyId | None


class ReceivedObjects:
    """Reads and writes the `received_object` of one module; documents are canonical."""

    def __init__(self, database: Database, module: str) -> None:
        self._database = database
        self.module = module
        self.kind = KINDS[module]
        # What an object of OCPI 2.1.1 needs to be understood: set by whoever knows it.
        self.beside: Callable[[Document], Beside] = lambda document: Beside()
        self._digest_lock = threading.Lock()
        self._digest: tuple[int, str] | None = None
        self._changes = 0
        # By the number of the pull during which it was deleted: a page that was asked for before may still name it.
        self._deleted: dict[ObjectKey, int] = {}

    def count(self) -> tuple[int, int]:
        """Return the number of objects and of their EVSEs."""
        rows = self._database.rows(
            "SELECT count(*), coalesce(sum(evses), 0) FROM received_object WHERE module = ?",
            (self.module,),
        )
        return int(rows[0][0]), int(rows[0][1])

    def get(self, found: ObjectKey, *, older: bool = False) -> Document | None:
        """Return an object, or None; `older` wants the state before the last change, if known."""
        column = "coalesce(previous, document)" if older else "document"
        rows = self._database.rows(
            f"SELECT {column} FROM received_object{WHERE}",  # noqa: S608  # one of two columns
            (self.module, *found),
        )
        return dict(orjson.loads(rows[0][0])) if rows else None

    def find(self, id_key: str) -> list[Document]:
        """Return the objects of any owner with this id, in the form in which ids are compared."""
        rows = self._database.rows(
            "SELECT document FROM received_object WHERE module = ? AND id_key = ?",
            (self.module, id_key),
        )
        return [orjson.loads(document) for (document,) in rows]

    def documents(self) -> Iterator[Document]:
        """Yield every object, sorted by country, party and id."""
        for line in self.lines():
            yield dict(orjson.loads(line))

    def sent(self, found: ObjectKey) -> bytes | None:
        """Return the bytes in which the object came last as a whole, or None."""
        rows = self._database.rows(
            f"SELECT sent FROM received_object{WHERE}",  # noqa: S608  # a constant
            (self.module, *found),
        )
        return bytes(rows[0][0]) if rows and rows[0][0] is not None else None

    def put(self, document: Document, seen: int, sent: bytes | None, version: str) -> None:
        """Keep a canonical object that came at a version; ValueError without identity or time."""
        row = (self.module, *_row(document, seen), sent, grain(version))
        with self._database.transaction() as connection:
            connection.execute(UPSERT, row)
            self._deleted.pop(_key_in(row), None)
            self._changes += 1

    def delete(self, found: ObjectKey, seen: int) -> bool:
        """Remove an object and return whether it was held; the pull number `seen` does not bring it back."""
        with self._database.transaction() as connection:
            query = f"DELETE FROM received_object{WHERE}"  # noqa: S608  # a constant
            removed = connection.execute(query, (self.module, *found)).rowcount
            self._deleted[found] = seen
            self._changes += 1
            return bool(removed)

    def put_page(self, items: Iterable[bytes], origin: Origin, seen: int) -> PageResult:
        """Keep a page of pulled objects; a newer one that is held already stays, a deleted one stays away."""
        result = PageResult(0, [], [])
        unit = grain(origin.version)
        rows = [(self.module, *row, unit) for row in self._rows(items, origin, seen, result)]
        with self._database.transaction() as connection:
            rows = [row for row in rows if self._deleted.get(_key_in(row)) != seen]
            connection.executemany(UPSERT, rows)
            self._changes += 1
        return result._replace(kept=len(rows))

    def remove_unseen(self, seen: int) -> int:
        """Remove what neither the full pull number `seen` nor a push during it brought."""
        with self._database.transaction() as connection:
            removed = connection.execute(
                "DELETE FROM received_object WHERE module = ? AND seen < ?", (self.module, seen)
            )
            self._changes += 1
            return removed.rowcount

    def trim(self, keep: int) -> None:
        """Forget those that came first, beyond the latest `keep`."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM received_object WHERE module = ?1 AND rowid <= coalesce((SELECT rowid"
                " FROM received_object WHERE module = ?1 ORDER BY rowid DESC LIMIT 1 OFFSET ?2), -1)",
                (self.module, keep),
            )
            self._changes += 1

    def clear(self) -> None:
        """Remove everything."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM received_object WHERE module = ?", (self.module,))
            self._changes += 1

    def lines(self) -> Iterator[bytes]:
        """Yield every object as one line of canonical JSON, sorted by country, party and id."""
        query = (
            "SELECT document FROM received_object WHERE module = ?"
            " ORDER BY country_code, party_id, id_key"
        )
        for (document,) in self._database.stream(query, (self.module,)):
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

    def _rows(
        self, items: Iterable[bytes], origin: Origin, seen: int, result: PageResult
    ) -> Iterator[tuple[Any, ...]]:
        for item in items:
            try:
                document = _owned(orjson.loads(item), origin)
                row = _row(document, seen)
            except ValueError as error:
                result.refused.append(f"{error}: {item[:200].decode(errors='replace')}")
                continue
            try:
                checked = validate_document(origin.version, self.kind, orjson.loads(item))
                beside = self.beside(checked)
                said = to_canonical(
                    origin.version, self.kind, checked, owner=origin.owner, beside=beside
                )
            except OCPIError as error:
                result.incorrect.append(f"{'/'.join(row[:3])}: {error.message}")
                yield (*row, item)
            except Refused as error:
                result.refused.append(f"{'/'.join(row[:3])}: {error.reason}")
            else:
                yield (*_row(said.document, seen), item)


def _key_in(row: tuple[Any, ...]) -> ObjectKey:
    return ObjectKey(*row[1:4])


def grain(version: str) -> int:
    """The least time that a version can say, in microseconds."""
    return 1_000_000 if version in WHOLE_SECONDS else 1


def _owned(document: Any, origin: Origin) -> Any:
    """Objects of OCPI 2.1.1 do not name their owner."""
    if origin.version in WITHOUT_ROUTING and origin.owner and isinstance(document, dict):
        return {**document, **origin.owner._asdict()}
    return document


def _row(document: Any, seen: int) -> tuple[Any, ...]:
    if not isinstance(document, dict):
        raise ValueError("not an object")  # noqa: TRY004  # as all others
    names = ("uid", "type") if "uid" in document else ("id",)
    for name in (*OWNER, *names, "last_updated"):
        if not isinstance(document.get(name), str):
            raise ValueError(f"{name}: a string is needed")  # noqa: TRY004  # as all others
    evses = document.get("evses")
    return (
        *ObjectKey.of(document["country_code"], document["party_id"], identify(document)),
        microseconds(document["last_updated"]),
        len(evses) if isinstance(evses, list) else 0,
        seen,
        canonical(document),
    )
