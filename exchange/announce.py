"""Marking deliveries: in the transaction that changes an object, never after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from typing import cast

from django.db import connection as database
from django.db import transaction

from exchange import registry, wake
from exchange.choices import Known
from exchange.standing import STILL_TO_WITHDRAW
from parties.models import Connection

EVERYTHING = "*"
TO_WITHDRAW = f"""EXISTS (
    SELECT 1 FROM exchange_delivery t
    WHERE t.connection_id = c.id AND t.module = %(module)s AND t.object_id = o.id
      AND {STILL_TO_WITHDRAW.format(row="t")}
)"""  # noqa: S608 - constants


def announce(
    module: str,
    object_ids: Collection[int],
    *,
    changed: str = EVERYTHING,
    source: Connection | None = None,
    versions: Collection[str] | None = None,
) -> int:
    """Mark a delivery of each object for every connection that is to hear of it; returns how many.

    Those are the connections that may see it, and those that were told about it and may not see it any more.
    Call it inside the transaction that changed the objects. ``changed`` names the one part that changed
    (the module's renderer knows its meaning), ``source`` is the connection the change came from, which is
    not told its own news. ``versions`` limits it to the connections of these OCPI versions, for what changed for
    those alone.
    """
    outbox = registry.get(module).outbox
    if outbox is None or not object_ids:
        return 0
    with database.cursor() as cursor:
        cursor.execute(
            _statement(outbox),
            {
                "module": module,
                "ids": list(object_ids),
                "changed": [changed],
                "source": source.pk if source else 0,
                "versions": list(versions) if versions is not None else None,
            },
        )
        rows = cast(Iterable[tuple[int]], cursor.fetchall())
    connection_ids = [row[0] for row in rows]
    if connection_ids:
        transaction.on_commit(partial(wake.connections, frozenset(connection_ids)))
    return len(connection_ids)


def again(module: str, object_ids: Collection[int], connection: Connection) -> int:
    """Mark these objects to be told whole to one connection, as far as it may see them; returns how many."""
    outbox = registry.get(module).outbox
    if outbox is None or not object_ids:
        return 0
    condition = f"c.id = %(connection)s AND {outbox.visibility.visible()}"
    with database.cursor() as cursor:
        cursor.execute(
            mark(outbox, condition, "o.id = ANY(%(ids)s)"),
            {
                "module": module,
                "ids": list(object_ids),
                "connection": connection.pk,
                "changed": [EVERYTHING],
                "source": 0,
                "versions": None,
            },
        )
        count = int(cursor.rowcount)
    if count:
        transaction.on_commit(partial(wake.connections, frozenset({connection.pk})))
    return count


def announce_all(
    module: str, connection: Connection, *, again: bool = True, delay_seconds: float = 0
) -> int:
    """Mark a delivery of every object of a module that ``connection`` is to hear of; returns how many.

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
            f"{insert(outbox, _LATER)} {_ALL} AND {outbox.pushed} AND {outbox.visibility.reachable()}"
            f" AND {_due(outbox)} ORDER BY o.id {_AGAIN if again else ONLY_NEW}",
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
ONLY_NEW = "ON CONFLICT (connection_id, module, object_id) DO NOTHING"
# Without its lease a worker that is sending the old form cannot mark the row as told.
_AGAIN = """
    ON CONFLICT (connection_id, module, object_id) DO UPDATE SET
        wanted_version = greatest(EXCLUDED.wanted_version, d.wanted_version + 1), sent_version = 0, dead_version = 0,
        changed = EXCLUDED.changed, known = 'assumed', changed_at = now(),
        next_attempt_at = EXCLUDED.next_attempt_at,
        confirm_after = NULL, attempts = 0, last_error = '', lease_until = NULL, lease_token = NULL
"""


_AT_ONCE = "now()"
_LATER = "now() + make_interval(secs => %(delay)s)"


def insert(
    outbox: registry.Outbox,
    due: str = _AT_ONCE,
    *,
    sent: str = "0",
    known: str = Known.ASSUMED,
) -> str:
    """The beginning of a statement that makes deliveries ``d`` of objects ``o``; ``due`` and ``sent`` are SQL.

    ``sent`` is the version the partner has, ``known`` how we know.
    """
    return f"""
        INSERT INTO exchange_delivery AS d
            (connection_id, module, object_id, object_reference, wanted_version, sent_version,
             dead_version, changed, known, attempts, last_result, last_error, correlation_id,
             next_attempt_at)
        SELECT c.id, %(module)s, o.id, {outbox.reference}, o.version, {sent}, 0, %(changed)s::varchar[],
               '{known}', 0, '', '', '', {due}
        FROM {outbox.visibility.table} o
    """  # noqa: S608


def left(connection: Connection, party_ids: Collection[int]) -> int:
    """These parties behind a hub are away: nothing waits to be told to them; returns how much did.

    OCPI 2.3.0, mod_hub_client_info: what is pushed is not queued for a party that is offline.
    """
    return sum(
        _run(
            f"""
            WITH waiting AS (
                SELECT d.id, d.sent_version FROM exchange_delivery d
                JOIN {outbox.visibility.table} o ON o.id = d.object_id
                WHERE d.connection_id = %(connection)s AND d.module = %(module)s
                  AND d.wanted_version > d.sent_version AND d.wanted_version > d.dead_version
                  AND {outbox.visibility.concerns} = ANY(%(parties)s)
                FOR UPDATE OF d
            ), never_told AS (
                DELETE FROM exchange_delivery d USING waiting w
                WHERE d.id = w.id AND w.sent_version = 0 AND d.lease_token IS NULL
            )
            UPDATE exchange_delivery d SET wanted_version = d.sent_version
            FROM waiting w WHERE d.id = w.id AND (w.sent_version > 0 OR d.lease_token IS NOT NULL)
            """,  # noqa: S608 - from declarations
            outbox,
            connection,
            party_ids,
        )
        for outbox in _about_parties()
    )


def returned(connection: Connection, party_ids: Collection[int]) -> int:
    """These parties behind a hub are back: what they have not been told as it is now is marked; returns how much."""
    count = 0
    for outbox in _about_parties():
        rules = outbox.visibility
        known = """EXISTS (
            SELECT 1 FROM exchange_delivery t
            WHERE t.connection_id = c.id AND t.module = %(module)s AND t.object_id = o.id
              AND greatest(t.sent_version, t.dead_version) >= o.version)"""
        due = (
            f"c.id = %(connection)s AND (({rules.visible()} AND NOT {known})"
            f" OR ({rules.audience()} AND NOT {rules.visible()} AND {TO_WITHDRAW}))"
        )
        count += _run(
            mark(outbox, due, f"{rules.concerns} = ANY(%(parties)s)"), outbox, connection, party_ids
        )
    if count:
        transaction.on_commit(partial(wake.connections, frozenset({connection.pk})))
    return count


def _about_parties() -> list[registry.Outbox]:
    outboxes = [module.outbox for module in registry.modules()]
    return [outbox for outbox in outboxes if outbox is not None and outbox.visibility.concerns]


def _run(
    statement: str, outbox: registry.Outbox, connection: Connection, party_ids: Collection[int]
) -> int:
    with database.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "module": outbox.visibility.module,
                "connection": connection.pk,
                "parties": list(party_ids),
                "changed": [EVERYTHING],
                "source": 0,
                "versions": None,
            },
        )
        return int(cursor.rowcount)


def _statement(outbox: registry.Outbox) -> str:
    """The fan-out. Identifiers and predicates come from the registry's declarations, never from data."""
    return mark(outbox, _due(outbox), "o.id = ANY(%(ids)s)")


def _due(outbox: registry.Outbox) -> str:
    """SQL over ``o`` and ``c``: it may see the object, or has yet to hear that it is gone."""
    rules = outbox.visibility
    return f"({rules.visible()} OR ({rules.audience()} AND {TO_WITHDRAW}))"


_TO_TAKERS = "%(module)s = ANY(c.push_modules)"
# A partner that gave an address needs no endpoint.
_TO_ANYBODY = "TRUE"


def mark(outbox: registry.Outbox, condition: str, objects: str) -> str:
    """The statement that marks deliveries of ``objects`` (SQL over ``o``) where ``condition`` (and ``c``) holds.

    In the order of their creation, which is the one that modules are told in that want an order.
    """
    return f"""
        {insert(outbox)} CROSS JOIN parties_connection c
        WHERE {objects}
          AND c.state IN ('connected', 'suspended')
          AND {_TO_ANYBODY if outbox.addressed else _TO_TAKERS}
          AND c.id <> %(source)s
          AND {outbox.pushed}
          AND {outbox.visibility.reachable()}
          AND (%(versions)s::varchar[] IS NULL OR c.version = ANY(%(versions)s::varchar[]))
          AND {condition}
        ORDER BY o.id
        ON CONFLICT (connection_id, module, object_id) DO UPDATE SET
            -- Also where only who may see it changed: what is under way now does not settle it.
            wanted_version = greatest(EXCLUDED.wanted_version, d.wanted_version + 1),
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
