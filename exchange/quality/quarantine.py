"""Quarantine: what could not be taken in is kept, encrypted, until staff take it in or drop it.

``exchange.quality.retake`` takes it in again.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from exchange.choices import QuarantineState
from exchange.models import Quarantined
from exchange.places import Place
from exchange.quality.deviations import printable, problem_dict
from exchange.registry import Source
from ocpi import json
from ocpi.errors import Problem
from parties import events, tokens
from parties.models import Connection

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Rejected:
    """A raw object that cannot be taken in, why, and what it calls itself where that can be read.

    ``key`` tells it from others where its bytes alone do not.
    """

    raw: bytes
    problems: Sequence[Problem]
    reference: str = ""
    place: Mapping[str, Any] | None = None
    key: bytes | None = None

    @property
    def fingerprint(self) -> bytes:
        return fingerprint(self.raw if self.key is None else self.key)


def put_many(module: str, rejected: Sequence[Rejected], source: Source) -> None:
    """Keep rejected objects; the same again only counts as seen once more. One statement."""
    found = {item.fingerprint: item for item in rejected}
    if not found:
        return
    # In one order everywhere, so that two writers never wait for each other.
    unique = {key: found[key] for key in sorted(found)}
    columns: list[list[Any]] = [
        list(unique),
        [tokens.encrypt_bytes(item.raw) for item in unique.values()],
        [_problems_json(item.problems) for item in unique.values()],
        [printable(item.reference)[:160] for item in unique.values()],
        [json.dumps(dict(item.place or {})).decode() for item in unique.values()],
    ]
    connection = source.connection
    with database.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO exchange_quarantined AS q
                (module, connection_id, job_id, source, object_reference, fingerprint,
                 original_encrypted, problems, place, state, times_seen, created_at, last_seen_at)
            SELECT %s, %s, %s, %s, n.reference, n.fingerprint, n.original, n.problems::jsonb,
                   n.place::jsonb, 'open', 1, now(), now()
            FROM unnest(%s::bytea[], %s::bytea[], %s::text[], %s::varchar[], %s::text[])
                AS n(fingerprint, original, problems, reference, place)
            ON CONFLICT (module, fingerprint) DO UPDATE SET
                times_seen = q.times_seen + 1, last_seen_at = now(), problems = EXCLUDED.problems,
                original_encrypted = EXCLUDED.original_encrypted,
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


def put_push(
    module: str, raw: bytes, problems: Sequence[Problem], place: Place, source: Source
) -> None:
    """Keep a push that was refused, with where it wanted to go.

    Of whole objects only the newest for each place is kept. A partner that sends more than
    ``QUARANTINE_PER_DAY`` new ones in a day has the rest counted, not kept.
    """
    connection = source.connection
    key = f"{connection.pk if connection else ''} {place.method} {place.path}".encode()
    if place.is_partial:
        key += b" " + raw
    rejected = Rejected(raw, problems, place.reference, place.as_json(), key)
    if connection is not None and _is_full(connection):
        seen = Quarantined.objects.filter(module=module, fingerprint=rejected.fingerprint)
        if not seen.update(times_seen=F("times_seen") + 1, last_seen_at=Now()):
            log.warning("quarantine_full", connection=connection.pk, module=module)
        return
    put_many(module, [rejected], source)


def _is_full(connection: Connection) -> bool:
    since = timezone.now() - timedelta(days=1)
    newest = Quarantined.objects.filter(connection=connection, created_at__gte=since)
    return newest.exclude(place={}).count() >= settings.QUARANTINE_PER_DAY


def drop(row: Quarantined, actor: events.Actor) -> None:
    """Give up on an object; it stays listed as dropped. ``ValueError`` when it waits no longer."""
    with transaction.atomic():
        locked = waiting(row)
        locked.state = QuarantineState.DROPPED
        locked.save(update_fields=["state"])
        record("quarantine.dropped", "was dropped", locked, actor)
    row.refresh_from_db()


def waiting(row: Quarantined) -> Quarantined:
    """The row, locked. ``ValueError`` when it waits no longer."""
    locked = Quarantined.objects.select_for_update().select_related(None).get(pk=row.pk)
    if locked.state != QuarantineState.OPEN:
        raise ValueError(f"{locked}: it waits no longer ({locked.get_state_display()}).")
    return locked


def forget_old() -> int:
    """Delete what has not been seen for ``QUARANTINE_RETENTION_DAYS``, decided on or not; how many."""
    limit = timezone.now() - timedelta(days=settings.QUARANTINE_RETENTION_DAYS)
    return Quarantined.objects.filter(last_seen_at__lt=limit).delete()[0]


def record(name: str, what: str, row: Quarantined, actor: events.Actor) -> None:
    """An event about a quarantined object."""
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
