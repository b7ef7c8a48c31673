"""Quarantine: what could not be taken in is kept, encrypted, until staff edit it, take it in or drop it.

Beside it the count of what was taken in with a deviation, per partner and kind of deviation.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db import transaction

from exchange import registry
from exchange.choices import QuarantineState
from exchange.models import Quarantined
from exchange.registry import Received, Source
from ocpi import json
from ocpi.errors import Problem
from ocpi.ids import PartyId
from parties import events, tokens
from parties import services as parties
from parties.models import Connection

EXAMPLE_LENGTH = 200
MESSAGE_LENGTH = 400


@dataclass(frozen=True)
class Rejected:
    """A raw object that cannot be taken in, why, and what it calls itself where that can be read."""

    raw: bytes
    problems: Sequence[Problem]
    reference: str = ""


def put_many(module: str, rejected: Sequence[Rejected], source: Source) -> None:
    """Keep rejected objects; the same bytes again only count as seen once more. One statement."""
    found = {fingerprint(item.raw): item for item in rejected}
    if not found:
        return
    # In one order everywhere, so that two writers never wait for each other.
    unique = {key: found[key] for key in sorted(found)}
    columns: list[list[Any]] = [
        list(unique),
        [tokens.encrypt_bytes(item.raw) for item in unique.values()],
        [_problems_json(item.problems) for item in unique.values()],
        [printable(item.reference)[:160] for item in unique.values()],
    ]
    connection = source.connection
    with database.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO exchange_quarantined AS q
                (module, connection_id, job_id, source, object_reference, fingerprint,
                 original_encrypted, problems, state, times_seen, created_at, last_seen_at)
            SELECT %s, %s, %s, %s, n.reference, n.fingerprint, n.original, n.problems::jsonb,
                   'open', 1, now(), now()
            FROM unnest(%s::bytea[], %s::bytea[], %s::text[], %s::varchar[])
                AS n(fingerprint, original, problems, reference)
            ON CONFLICT (module, fingerprint) DO UPDATE SET
                times_seen = q.times_seen + 1, last_seen_at = now(), problems = EXCLUDED.problems,
                state = CASE WHEN q.state = 'resolved' THEN 'open' ELSE q.state END
            """,
            [
                module,
                connection.pk if connection else None,
                source.job_id,
                printable(source.label)[:200],
                *columns,
            ],
        )


class StillRejected(ValueError):
    """An object was refused again; ``problems`` says why, as dicts of code, path, message and value."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        shown = "; ".join(f"{p['path']}: {p['message']}".lstrip(": ") for p in problems[:3])
        super().__init__(shown or "It was rejected again.")
        self.problems = problems


def drop(row: Quarantined, actor: events.Actor) -> None:
    """Give up on an object; it stays listed as dropped. ``ValueError`` when it waits no longer."""
    with transaction.atomic():
        locked = _waiting(row)
        locked.state = QuarantineState.DROPPED
        locked.save(update_fields=["state"])
        _record("quarantine.dropped", "was dropped", locked, actor)
    row.refresh_from_db()


def reingest(
    row: Quarantined,
    edited: bytes | None,
    actor: events.Actor,
    *,
    owner: PartyId | None = None,
) -> Received:
    """Take in an object again, as it came or as staff ``edited`` it; ``owner`` is whose it then is.

    When it is accepted it is resolved. Otherwise nothing changes but its problems, and
    :class:`StillRejected` says which; ``ValueError`` when it waits no longer.
    """
    try:
        with transaction.atomic():
            locked = _waiting(row)
            received = _receive_again(locked, edited, owner)
            locked.state = QuarantineState.RESOLVED
            locked.save(update_fields=["state"])
            _record("quarantine.taken_in", "was taken in", locked, actor)
    except StillRejected as error:
        Quarantined.objects.filter(pk=row.pk).update(problems=error.problems)
        row.refresh_from_db()
        raise
    row.refresh_from_db()
    return received


def _waiting(row: Quarantined) -> Quarantined:
    locked = Quarantined.objects.select_for_update().select_related(None).get(pk=row.pk)
    if locked.state != QuarantineState.OPEN:
        raise ValueError(f"{locked}: it waits no longer ({locked.get_state_display()}).")
    return locked


def _receive_again(row: Quarantined, edited: bytes | None, owner: PartyId | None) -> Received:
    """Raises :class:`StillRejected`, with which the caller's transaction leaves no trace of the attempt."""
    module = registry.get(row.module)
    if module.inbox is None:
        raise ValueError(f"{module.label} cannot be taken in from here.")
    raw = original(row) if edited is None else edited
    source = _source_of(row, owner)
    received = module.inbox.receive([raw], source)
    if received.counts.rejected:
        again = Quarantined.objects.get(module=row.module, fingerprint=fingerprint(raw))
        raise StillRejected(again.problems)
    return received


def _source_of(row: Quarantined, owner: PartyId | None) -> Source:
    connection = row.connection
    owners = (
        frozenset(party.identity for party in parties.spoken_parties(connection))
        if connection
        else None
    )
    version = connection.version if connection else ""
    if connection and owner is None:
        owner = parties.only_owner(connection)
    return Source(row.source, version or "2.2.1", connection, owners, owner, row.job_id)


def _record(name: str, what: str, row: Quarantined, actor: events.Actor) -> None:
    events.record(
        name,
        f"{row} {what}.",
        connection=row.connection,
        actor=actor,
        subject=f"quarantined:{row.pk}",
    )


def original(row: Quarantined) -> bytes:
    """The object as it came in."""
    return tokens.decrypt_bytes(row.original_encrypted)


def fingerprint(raw: bytes) -> bytes:
    """A keyed hash: tells the same object again, tells nothing about it."""
    return hmac.new(settings.TOKEN_HASH_KEY.encode(), raw, hashlib.sha256).digest()


def _problems_json(problems: Iterable[Problem]) -> str:
    return json.dumps([problem_dict(problem) for problem in problems]).decode()


def problem_dict(problem: Problem) -> dict[str, Any]:
    """A problem as pages and the database keep it; values shortened."""
    return {
        "code": problem.code,
        "path": printable(problem.path)[:EXAMPLE_LENGTH],
        "message": printable(problem.message)[:MESSAGE_LENGTH],
        "value": shown(problem.value),
    }


def shown(value: Any) -> str:
    """A value of a partner's, shortened and without control characters."""
    text = value if isinstance(value, str) else _as_json(value)
    return printable(text[:EXAMPLE_LENGTH])


def printable(text: str) -> str:
    """A text of a partner's that the database takes and a page shows: no control characters."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value).decode()
    except (TypeError, ValueError):
        return repr(value)


def count_warnings(
    connection: Connection | None, module: str, warnings: Iterable[tuple[str, Problem]]
) -> None:
    """Add to the counts of deviations: ``(object reference, problem)`` each. One statement."""
    counts: dict[str, int] = {}
    examples: dict[str, tuple[str, Problem]] = {}
    for reference, problem in warnings:
        code = problem.code[:60]
        counts[code] = counts.get(code, 0) + 1
        examples[code] = (reference, problem)
    if not counts:
        return
    codes = sorted(counts)
    with database.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO exchange_warningcount AS w
                (connection_id, module, code, count, example_reference, example_path,
                 example_value, last_seen_at)
            SELECT %s, %s, n.code, n.count, n.reference, n.path, n.value, now()
            FROM unnest(%s::varchar[], %s::bigint[], %s::varchar[], %s::varchar[], %s::varchar[])
                AS n(code, count, reference, path, value)
            ON CONFLICT (connection_id, module, code) DO UPDATE SET
                count = w.count + EXCLUDED.count, last_seen_at = now(),
                example_reference = EXCLUDED.example_reference,
                example_path = EXCLUDED.example_path, example_value = EXCLUDED.example_value
            """,
            [
                connection.pk if connection else None,
                module,
                codes,
                [counts[code] for code in codes],
                [printable(examples[code][0])[:160] for code in codes],
                [printable(examples[code][1].path)[:200] for code in codes],
                [shown(examples[code][1].value) for code in codes],
            ],
        )
