"""Which objects a complete list lacks, found and kept in SQL whatever their number.

The statements are put together from the declaration of the module's inbox, never from data.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection as database

from exchange.intake import inbox_of
from exchange.models import Crawl, Missing, PullState
from exchange.registry import Inbox, Module

BATCH = 5000

_PUSHES = """e.connection_id = %(connection)s AND e.direction = 'in' AND e.outcome = 'ok'
      AND e.method IN ('PUT', 'PATCH', 'POST')"""
# What the partner pushed since then it still has, whatever its list says. First against all that was pushed,
# which is hashed once; the few that are in there are looked up one by one.
_NOT_PUSHED = f"""(
    k.reference NOT IN (
        SELECT e.object_reference FROM exchange_exchange e WHERE e.at >= {{earliest}} AND {_PUSHES})
    OR NOT EXISTS (
        SELECT 1 FROM exchange_exchange e
        WHERE e.object_reference = k.reference AND e.at >= k.since AND {_PUSHES}))"""
# Ten million objects take minutes, which a worker's usual limit would not allow.
_LONGEST = "SET LOCAL statement_timeout = '30min'"


@dataclass(frozen=True)
class Share:
    """Of one owner: how many objects its list had to name, and how many of those it does not."""

    owner_id: int
    held: int
    missing: int


class Row(NamedTuple):
    """One object that a list lacks, as staff read it; ``details`` are in the order of the inbox's."""

    object_id: int
    reference: str
    name: str
    changed: datetime | None
    since: datetime
    listed_at: datetime | None
    kept: bool
    details: tuple[Any, ...]


def note(crawl: Crawl, module: Module, owner_ids: Collection[int]) -> None:
    """Write down what the list of a complete ``crawl`` lacks of these owners; what it names is cleared.

    Call it in a transaction.
    """
    inbox, state = inbox_of(module), crawl.state
    given: dict[str, Any] = {
        "state": state.pk,
        "connection": state.connection_id,
        "before": crawl.began_at,
        "listed": state.full_at,
        "owners": list(owner_ids),
    }
    with database.cursor() as cursor:
        cursor.execute(_LONGEST)
        _gather_seen(cursor, crawl)
        cursor.execute(
            """DELETE FROM exchange_missing m WHERE m.state_id = %(state)s
               AND (EXISTS (SELECT 1 FROM crawl_seen s WHERE s.id = m.object_id)
                    OR NOT (m.owner_id = ANY(%(owners)s)))""",
            given,
        )
        cursor.execute(
            f"""WITH k AS MATERIALIZED (
                    SELECT o.id, o.owner_id, {inbox.reference} AS reference,
                           %(before)s::timestamptz AS since
                    FROM {inbox.table} o JOIN parties_party p ON p.id = o.owner_id
                    WHERE o.owner_id = ANY(%(owners)s) AND {inbox.listable}
                      AND NOT EXISTS (SELECT 1 FROM crawl_seen s WHERE s.id = o.id))
                INSERT INTO exchange_missing (state_id, owner_id, object_id, since, listed_at, kept)
                SELECT %(state)s, k.owner_id, k.id, k.since, %(listed)s, false
                FROM k WHERE {_NOT_PUSHED.format(earliest="%(before)s")}
                ON CONFLICT (state_id, object_id) DO NOTHING""",
            given,
        )


def _gather_seen(cursor: Any, crawl: Crawl) -> None:
    """What a crawl has seen as a table of this transaction, with key and statistics.

    Where the objects were written a moment ago nothing is known of their number yet: without the key the
    planner would then compare everything with everything.
    """
    cursor.execute(
        "CREATE TEMP TABLE IF NOT EXISTS crawl_seen (id bigint PRIMARY KEY) ON COMMIT DROP"
    )
    cursor.execute("TRUNCATE crawl_seen")
    cursor.execute(
        "INSERT INTO crawl_seen SELECT DISTINCT unnest(object_ids) FROM exchange_crawlpage"
        " WHERE crawl_id = %s",
        [crawl.pk],
    )
    cursor.execute("ANALYZE crawl_seen")


def shares(crawl: Crawl, module: Module, owner_ids: Collection[int]) -> list[Share]:
    """For each of these owners how much of what its list had to name is missing, and not kept by staff."""
    inbox = inbox_of(module)
    with database.cursor() as cursor:
        cursor.execute(
            f"""SELECT o.owner_id, count(*), count(m.id) FILTER (WHERE NOT m.kept)
                FROM {inbox.table} o JOIN parties_party p ON p.id = o.owner_id
                LEFT JOIN exchange_missing m ON m.object_id = o.id AND m.state_id = %(state)s
                WHERE o.owner_id = ANY(%(owners)s) AND {inbox.listable}
                GROUP BY o.owner_id ORDER BY o.owner_id""",
            {
                "state": crawl.state_id,
                "connection": crawl.state.connection_id,
                "before": crawl.began_at,
                "owners": list(owner_ids),
            },
        )
        return [Share(*row) for row in cursor.fetchall()]


def taken(state: PullState, module: Module, *, owner_id: int | None = None) -> Iterator[list[int]]:
    """The objects that are missing still and were not decided about, in batches.

    Each batch is forgotten as missing when the next one is asked for.
    """
    condition = "NOT k.kept"
    if owner_id is not None:
        condition += " AND k.owner_id = %(owner)s"
    while True:
        found = _select(state, module, "k.id", condition, {"owner": owner_id}, f"LIMIT {BATCH}")
        if not found:
            return
        batch = [row[0] for row in found]
        yield batch
        Missing.objects.filter(state=state, object_id__in=batch).delete()


def count(state: PullState, module: Module) -> int:
    """How many are missing still, and wait for a decision."""
    return int(_select(state, module, "count(*)", "NOT k.kept", {}, "")[0][0])


def rows(
    state: PullState, module: Module, *, search: str = "", start: int = 0, limit: int | None = None
) -> list[Row]:
    """What is missing still, in the order of the objects' creation; ``search`` is part of reference or name."""
    inbox = inbox_of(module)
    condition, given = "true", {}
    if search:
        condition = "(k.reference ILIKE %(search)s OR k.name ILIKE %(search)s)"
        given = {"search": f"%{_escaped(search)}%"}
    details = [f"({sql})" for sql in inbox.details.values()]
    columns = "k.id, k.reference, k.name, k.changed, k.since, k.listed_at, k.kept"
    tail = f"ORDER BY k.id LIMIT {limit if limit is not None else 'ALL'} OFFSET {start}"
    found = _select(
        state,
        module,
        ", ".join([columns, *details]),
        condition,
        given,
        tail,
        objects=f"JOIN {inbox.table} o ON o.id = k.id",
    )
    return [Row._make([*row[:7], tuple(row[7:])]) for row in found]


def held(module: Module, owner_ids: Collection[int]) -> tuple[int, int]:
    """How many objects of these owners are here, and how many have vanished."""
    inbox = inbox_of(module)
    with database.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*) FILTER (WHERE {inbox.held}), count(*) FILTER (WHERE NOT ({inbox.held}))
                FROM {inbox.table} o WHERE o.owner_id = ANY(%(owners)s)""",
            {"owners": list(owner_ids)},
        )
        here, vanished = cursor.fetchone()
    return here, vanished


def unchanged_since(crawl: Crawl, inbox: Inbox, since: datetime) -> tuple[int, int]:
    """How many objects a crawl has seen, and how many of those their owner changed before ``since``.

    Call it in a transaction.
    """
    with database.cursor() as cursor:
        _gather_seen(cursor, crawl)
        cursor.execute(
            f"""SELECT count(*), count(*) FILTER (WHERE {inbox.changed} < %(since)s)
                FROM {inbox.table} o JOIN crawl_seen s ON s.id = o.id""",
            {"since": since},
        )
        seen, older = cursor.fetchone()
    return seen, older


def _select(
    state: PullState,
    module: Module,
    columns: str,
    condition: str,
    given: dict[str, Any],
    tail: str,
    *,
    objects: str = "",
) -> Sequence[Any]:
    """``columns`` of what is missing still (``k``), joined with the ``objects`` themselves where they are needed."""
    inbox = inbox_of(module)
    listable = inbox.listable.replace("%(before)s", "m.since")
    pushed = _NOT_PUSHED.format(earliest="(SELECT min(since) FROM k)")
    with database.cursor() as cursor:
        cursor.execute(
            f"""WITH k AS MATERIALIZED (
                    SELECT o.id, m.owner_id, {inbox.reference} AS reference, {inbox.name} AS name,
                           {inbox.changed} AS changed, m.since, m.listed_at, m.kept
                    FROM exchange_missing m
                    JOIN {inbox.table} o ON o.id = m.object_id
                    JOIN parties_party p ON p.id = o.owner_id
                    WHERE m.state_id = %(state)s AND {listable})
                SELECT {columns} FROM k {objects} WHERE {pushed} AND {condition} {tail}""",
            {"state": state.pk, "connection": state.connection_id, **given},
        )
        found: Sequence[Any] = cursor.fetchall()
    return found


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
