"""Writing many rows with few statements; for the services of modules whose objects come in lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection as database

Identity = tuple[int, str]
"""An object's owner, by primary key, and the CiString key of its id."""


@dataclass(slots=True)
class Written:
    """Primary keys by what became of the objects of a batch."""

    created: list[int] = field(default_factory=list)
    updated: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)

    @property
    def changed(self) -> list[int]:
        """Those that partners have to be told about."""
        return [*self.created, *self.updated]

    @property
    def all(self) -> list[int]:
        return [*self.created, *self.updated, *self.unchanged, *self.stale]


def next_ids(table: str, count: int) -> list[int]:
    """Primary keys for ``count`` new rows."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def copy_rows(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """Add rows with ``COPY``; ``table`` and ``columns`` are constants of the caller."""
    with (
        # Below Django's cursor the driver's own errors would come out.
        database.wrap_database_errors,
        database.cursor() as cursor,
        cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def transposed(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows as columns, for ``unnest``."""
    return [list(column) for column in zip(*rows, strict=True)]


def wait_for_other_creators(
    table: str, key: str, identities: Collection[Identity], lock_class: int
) -> None:
    """Where objects are new, nobody else may make any of the same owners until the transaction ends.

    Comes before the locks on rows: whoever holds one of those never waits here, so that there is no deadlock.
    ``key`` is the column of the id's key; ``lock_class`` is the module's own number.
    """
    owners, keys = zip(*sorted(identities), strict=True) if identities else ((), ())
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT i.owner_id FROM unnest(%s::bigint[], %s::varchar[]) AS i(owner_id, key)"  # noqa: S608
            f" WHERE NOT EXISTS (SELECT 1 FROM {table} o"
            f" WHERE o.owner_id = i.owner_id AND o.{key} = i.key) ORDER BY 1",
            [list(owners), list(keys)],
        )
        for (owner_id,) in cursor.fetchall():
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [lock_class, owner_id % 2**31])


def lock_rows(
    table: str, key: str, columns: str, identities: Collection[Identity]
) -> list[tuple[Any, ...]]:
    """The stored rows of these identities, locked until the transaction ends.

    In the order of their keys, so that writers never deadlock. Each row is owner, key and ``columns``, which
    are SQL over the object ``o``.
    """
    owners, keys = zip(*sorted(identities), strict=True) if identities else ((), ())
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT o.owner_id, o.{key}, {columns} FROM {table} o"  # noqa: S608
            " JOIN unnest(%s::bigint[], %s::varchar[]) AS i(owner_id, key)"
            f" ON o.owner_id = i.owner_id AND o.{key} = i.key"
            f" ORDER BY o.owner_id, o.{key} FOR UPDATE OF o",
            [list(owners), list(keys)],
        )
        return list(cursor.fetchall())
