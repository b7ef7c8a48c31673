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

from exchange.models import Quarantined
from exchange.registry import Source
from ocpi import json
from ocpi.errors import Problem
from parties import tokens
from parties.models import Connection

EXAMPLE_LENGTH = 200


@dataclass(frozen=True)
class Rejected:
    """A raw object that cannot be taken in, why, and what it calls itself where that can be read."""

    raw: bytes
    problems: Sequence[Problem]
    reference: str = ""


def put_many(module: str, rejected: Sequence[Rejected], source: Source) -> None:
    """Keep rejected objects; the same bytes again only count as seen once more. One statement."""
    unique = {fingerprint(item.raw): item for item in rejected}
    if not unique:
        return
    columns: list[list[Any]] = [
        list(unique),
        [tokens.encrypt_bytes(item.raw) for item in unique.values()],
        [_problems_json(item.problems) for item in unique.values()],
        [item.reference[:160] for item in unique.values()],
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
                source.label[:200],
                *columns,
            ],
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
        "path": problem.path,
        "message": problem.message,
        "value": shown(problem.value),
    }


def shown(value: Any) -> str:
    """A value of a partner's, shortened and without control characters."""
    text = value if isinstance(value, str) else json.dumps(value).decode()
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)[
        :EXAMPLE_LENGTH
    ]


def count_warnings(
    connection: Connection | None, module: str, warnings: Iterable[tuple[str, Problem]]
) -> None:
    """Add to the counts of deviations: ``(object reference, problem)`` each. One statement."""
    counts: dict[str, int] = {}
    examples: dict[str, tuple[str, Problem]] = {}
    for reference, problem in warnings:
        counts[problem.code] = counts.get(problem.code, 0) + 1
        examples[problem.code] = (reference, problem)
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
                [code[:60] for code in codes],
                [counts[code] for code in codes],
                [examples[code][0][:160] for code in codes],
                [examples[code][1].path[:200] for code in codes],
                [shown(examples[code][1].value) for code in codes],
            ],
        )
