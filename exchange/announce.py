"""Marking deliveries: in the transaction that changes an object, never after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from typing import cast

from django.db import connection as database
from django.db import transaction

from exchange import registry, wake
from parties.models import Connection

EVERYTHING = "*"


def announce(
    module: str,
    object_ids: Collection[int],
    *,
    changed: str = EVERYTHING,
    source: Connection | None = None,
    withdrawn: bool = False,
) -> int:
    """Mark a delivery of each object for every connection that may see it; returns how many.

    Call it inside the transaction that changed the objects. ``changed`` names the one part that changed
    (the module's renderer knows its meaning), ``source`` is the connection the change came from, which is
    not told its own news. With ``withdrawn`` also those are told who could see the object until now.
    """
    outbox = registry.get(module).outbox
    if outbox is None or not object_ids:
        return 0
    with database.cursor() as cursor:
        cursor.execute(
            _statement(outbox, withdrawn=withdrawn),
            {
                "module": module,
                "ids": list(object_ids),
                "changed": [changed],
                "source": source.pk if source else 0,
            },
        )
        rows = cast(Iterable[tuple[int]], cursor.fetchall())
    connection_ids = [row[0] for row in rows]
    if connection_ids:
        transaction.on_commit(partial(wake.connections, frozenset(connection_ids)))
    return len(connection_ids)


def announce_all(
    module: str, connection: Connection, *, again: bool = True, delay_seconds: float = 0
) -> int:
    """Mark a delivery of every object of a module that ``connection`` may see; returns how many.

    For when the connection itself has changed: it speaks another version (``again``: tell also what it
    was told before), or it sees more than before (``again=False``: only what it was never told). A request
    under way meanwhile counts for nothing. ``delay_seconds`` lets an answer of ours reach the partner first.
    One statement, in the caller's transaction.
    """
    outbox = registry.get(module).outbox
    if outbox is None or module not in connection.push_modules:
        return 0
    with database.cursor() as cursor:
        cursor.execute(
            f"{_insert(outbox, _LATER)} {_ALL} AND {outbox.visible} {_AGAIN if again else _ONLY_NEW}",
            {
                "module": module,
                "changed": [EVERYTHING],
                "connection": connection.pk,
                "delay": delay_seconds,
            },
        )
        count = int(cursor.rowcount)
    if count:
        transaction.on_commit(partial(wake.connections, frozenset({connection.pk})))
    return count


_ALL = """
    CROSS JOIN parties_connection c
    WHERE c.id = %(connection)s AND c.state IN ('connected', 'suspended')
"""
_ONLY_NEW = "ON CONFLICT (connection_id, module, object_id) DO NOTHING"
# Without its lease a worker that is sending the old form cannot mark the row as told.
_AGAIN = """
    ON CONFLICT (connection_id, module, object_id) DO UPDATE SET
        wanted_version = EXCLUDED.wanted_version, sent_version = 0, dead_version = 0,
        changed = EXCLUDED.changed, known = 'assumed', changed_at = now(),
        next_attempt_at = EXCLUDED.next_attempt_at,
        confirm_after = NULL, attempts = 0, last_error = '', lease_until = NULL, lease_token = NULL
"""


_AT_ONCE = "now()"
_LATER = "now() + make_interval(secs => %(delay)s)"


def _insert(outbox: registry.Outbox, due: str = _AT_ONCE) -> str:
    return f"""
        INSERT INTO exchange_delivery AS d
            (connection_id, module, object_id, object_reference, wanted_version, sent_version,
             dead_version, changed, known, attempts, last_result, last_error, correlation_id,
             next_attempt_at)
        SELECT c.id, %(module)s, o.id, {outbox.reference}, o.version, 0, 0, %(changed)s::varchar[],
               'assumed', 0, '', '', '', {due}
        FROM {outbox.table} o
    """  # noqa: S608


def _statement(outbox: registry.Outbox, *, withdrawn: bool) -> str:
    """The fan-out. Identifiers and predicates come from the registry's declarations, never from data."""
    condition = outbox.audience if withdrawn else outbox.visible
    return f"""
        {_insert(outbox)} CROSS JOIN parties_connection c
        WHERE o.id = ANY(%(ids)s)
          AND c.state IN ('connected', 'suspended')
          AND %(module)s = ANY(c.push_modules)
          AND c.id <> %(source)s
          AND {condition}
        ON CONFLICT (connection_id, module, object_id) DO UPDATE SET
            wanted_version = EXCLUDED.wanted_version,
            changed_at = now(),
            changed = CASE
                -- What was refused is still to be told: the part that changed now would not say it.
                WHEN d.dead_version > d.sent_version THEN ARRAY['{EVERYTHING}']::varchar[]
                WHEN d.wanted_version <= greatest(d.sent_version, d.dead_version)
                     OR d.changed = EXCLUDED.changed THEN EXCLUDED.changed
                ELSE ARRAY['{EVERYTHING}']::varchar[] END,
            next_attempt_at = CASE
                WHEN d.wanted_version <= greatest(d.sent_version, d.dead_version)
                     THEN greatest(now(), d.confirm_after)
                ELSE d.next_attempt_at END,
            attempts = CASE
                WHEN d.wanted_version <= greatest(d.sent_version, d.dead_version) THEN 0
                ELSE d.attempts END
        RETURNING d.connection_id
    """
