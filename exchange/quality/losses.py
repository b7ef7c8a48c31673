"""Counting what partners are not told because their version cannot say it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection as database

from exchange.quality.deviations import printable, shown
from ocpi.errors import Problem
from parties.models import Connection

PATH_LENGTH = 200


class Loss(NamedTuple):
    """One kind of loss of one object: how often, with one value. The path has no list indexes."""

    code: str
    path: str
    times: int
    value: Any


def summarize(problems: Iterable[Problem]) -> list[Loss]:
    """The losses of a conversion, each kind of them once."""
    found: dict[tuple[str, str], Loss] = {}
    for problem in problems:
        key = (problem.code, without_indexes(problem.path))
        known = found.get(key)
        found[key] = Loss(*key, known.times + 1 if known else 1, problem.value)
    return list(found.values())


def without_indexes(path: str) -> str:
    """``evses.0.connectors.1.capabilities`` -> ``evses.connectors.capabilities``."""
    return ".".join(part for part in path.split(".") if not part.isdecimal())


def count(
    connection: Connection, module: str, version: str, reference: str, losses: Iterable[Problem]
) -> None:
    """Add the losses of one object, just sent, to the counts of a connection. One statement, if any."""
    count_many(connection, module, version, [(reference, summarize(losses))])


def count_many(
    connection: Connection,
    module: str,
    version: str,
    objects: Iterable[tuple[str, Iterable[Loss]]],
) -> None:
    """Add the losses of many objects: reference and losses each. One statement, if any."""
    totals: dict[tuple[str, str], int] = {}
    examples: dict[tuple[str, str], tuple[str, Any]] = {}
    for reference, losses in objects:
        for loss in losses:
            key = (loss[0], loss[1])
            totals[key] = totals.get(key, 0) + loss[2]
            examples[key] = (reference, loss[3])
    if not totals:
        return
    # Always in one order: two requests of one connection must not wait for each other in a circle.
    keys = sorted(totals)
    with database.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO exchange_losscount AS l
                (connection_id, module, version, code, path, count, example_reference,
                 example_value, last_seen_at)
            SELECT %s, %s, %s, n.code, n.path, n.count, n.reference, n.value, now()
            FROM unnest(%s::varchar[], %s::varchar[], %s::bigint[], %s::varchar[], %s::varchar[])
                AS n(code, path, count, reference, value)
            ON CONFLICT (connection_id, module, version, code, path) DO UPDATE SET
                count = l.count + EXCLUDED.count, last_seen_at = now(),
                example_reference = EXCLUDED.example_reference,
                example_value = EXCLUDED.example_value
            """,
            [
                connection.pk,
                module,
                version,
                [code[:60] for code, _ in keys],
                [printable(path)[:PATH_LENGTH] for _, path in keys],
                [totals[key] for key in keys],
                [printable(examples[key][0])[:160] for key in keys],
                [shown(examples[key][1])[:200] for key in keys],
            ],
        )
