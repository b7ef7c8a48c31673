"""The SQLite file that holds all a simulator knows, so that a restart continues where it was."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import orjson

SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
);
-- Objects are canonical; `beyond` names the versions that cannot say one, as ",2.1.1,".
CREATE TABLE IF NOT EXISTS own_object (
    position INTEGER PRIMARY KEY,
    module TEXT NOT NULL,
    party TEXT NOT NULL,
    id_key TEXT NOT NULL,
    last_updated INTEGER NOT NULL,
    beyond TEXT NOT NULL,
    document BLOB NOT NULL,
    UNIQUE (module, party, id_key)
);
CREATE INDEX IF NOT EXISTS own_object_last_updated ON own_object (module, last_updated, beyond, party);
-- `sent` is what came last as a whole, byte for byte; `previous` is the document before this one.
CREATE TABLE IF NOT EXISTS received_object (
    module TEXT NOT NULL,
    country_code TEXT NOT NULL,
    party_id TEXT NOT NULL,
    id_key TEXT NOT NULL,
    last_updated INTEGER NOT NULL,
    evses INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    document BLOB NOT NULL,
    sent BLOB,
    previous BLOB,
    UNIQUE (module, country_code, party_id, id_key)
);
CREATE TABLE IF NOT EXISTS charge (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE COLLATE NOCASE,
    phase TEXT NOT NULL,
    document BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS charge_phase ON charge (phase);
"""


class DatabaseClosedError(Exception):
    """The simulator is stopping: there is nothing left to read from or to write to."""


class Database:
    """One writing connection behind a lock, and short-lived reading ones for long lists."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; raises `sqlite3.Error` when it is not a usable database."""
        self._path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = self._open()
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything in the block happens, or nothing does; blocks of other threads wait."""
        with self._lock:
            connection = self._current()
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def rows(self, query: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a short answer."""
        with self._lock:
            return self._current().execute(query, parameters).fetchall()

    def stream(self, query: str, parameters: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of one snapshot; writers go on meanwhile and memory stays flat."""
        with closing(self._open()) as connection:
            yield from connection.execute(query, parameters)

    def setting(self, name: str) -> Any:
        """Return the JSON value kept under `name`, or None."""
        rows = self.rows("SELECT value FROM setting WHERE name = ?", (name,))
        return orjson.loads(rows[0][0]) if rows else None

    def set_setting(self, name: str, value: object) -> None:
        """Keep a JSON value under `name`; None removes it."""
        with self.transaction() as connection:
            if value is None:
                connection.execute("DELETE FROM setting WHERE name = ?", (name,))
            else:
                connection.execute(
                    "INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, orjson.dumps(value))
                )

    def close(self) -> None:
        """Close the file; later calls raise `DatabaseClosedError`."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        # Transactions are begun by hand; the lock makes sharing between threads safe.
        return sqlite3.connect(
            self._path, timeout=30, isolation_level=None, check_same_thread=False
        )

    def _current(self) -> sqlite3.Connection:
        if self._connection is None:
            raise DatabaseClosedError
        return self._connection
