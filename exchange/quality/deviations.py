"""Counting deviations: how often a partner (or a file) sends something differently, in all and by day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection as database

from exchange.quality.observing import SENTENCES
from ocpi import json
from ocpi.errors import Problem
from ocpi.lenient.codes import CODES, FATAL
from parties.models import Connection

EXAMPLE_LENGTH = 200
MESSAGE_LENGTH = 400

# What is not found in one object alone, and why a push is refused.
_OTHERS = {
    "tariff_unknown": "Connectors name tariffs that are not here.",
    "foreign_owner": "Its owner is not a party this connection speaks for.",
    "foreign_emsp": "It is about a driver of a provider that is not here.",
    "differs_from_url": "It names another object or owner than the address of its push.",
    "not_usable": "The object cannot be stored.",
    "not_storable": "The database refuses a value in it.",
    "refused": "It was refused.",
    "missing": "A required field is missing.",
    "int_type": "A whole number was expected, something else came.",
    "float_type": "A number was expected, something else came.",
    "not_a_number": "A number was expected, something else came.",
    "bool_type": "True or false was expected, something else came.",
    "string_type": "Text was expected, something else came.",
    "list_type": "A list was expected, something else came.",
    "model_type": "An object was expected, something else came.",
    "model_attributes_type": "An object was expected, something else came.",
    "literal_error": "A value is none of those that OCPI lists.",
    "string_too_long": "A text is longer than OCPI allows.",
    "string_too_short": "A text is empty where OCPI wants one.",
    "too_short": "A list is empty where OCPI wants an entry.",
    "not_a_datetime": "A timestamp is not in OCPI's form.",
}

_COUNT = """
    WITH n AS (
        SELECT * FROM unnest(
            %(codes)s::varchar[], %(counts)s::bigint[], %(objects)s::bigint[],
            %(references)s::varchar[], %(paths)s::varchar[], %(values)s::varchar[]
        ) AS n(code, count, objects, reference, path, value)
    ), days AS (
        INSERT INTO exchange_warningday AS d
            (connection_id, module, code, day, count, object_count)
        SELECT %(connection)s, %(module)s, n.code, (now() AT TIME ZONE 'UTC')::date,
               n.count, n.objects
        FROM n
        ON CONFLICT (connection_id, module, code, day) DO UPDATE SET
            count = d.count + EXCLUDED.count,
            object_count = d.object_count + EXCLUDED.object_count
    )
    INSERT INTO exchange_warningcount AS w
        (connection_id, module, code, count, example_reference, example_path,
         example_value, first_seen_at, last_seen_at)
    SELECT %(connection)s, %(module)s, n.code, n.count, n.reference, n.path, n.value,
           clock_timestamp(), clock_timestamp()
    FROM n WHERE n.code <> ''
    ON CONFLICT (connection_id, module, code) DO UPDATE SET
        count = w.count + EXCLUDED.count, last_seen_at = EXCLUDED.last_seen_at,
        example_reference = EXCLUDED.example_reference,
        example_path = EXCLUDED.example_path, example_value = EXCLUDED.example_value
"""


def count_warnings(
    connection: Connection | None,
    module: str,
    warnings: Iterable[tuple[str, Problem]],
    *,
    objects: int = 0,
) -> None:
    """Add to the counts of deviations: ``(object reference, problem)`` each. One statement.

    ``objects`` is how many objects were looked at, with a deviation or without.
    """
    counts: dict[str, int] = {}
    examples: dict[str, tuple[str, Problem]] = {}
    affected: dict[str, set[str]] = {}
    for reference, problem in warnings:
        code = problem.code[:60]
        counts[code] = counts.get(code, 0) + 1
        examples[code] = (reference, problem)
        affected.setdefault(code, set()).add(reference)
    if not counts and not objects:
        return
    # In one order everywhere, so that two writers never wait for each other.
    codes = sorted(counts)
    empty = [""] if objects else []
    columns: dict[str, list[Any]] = {
        "codes": [*empty, *codes],
        "counts": [*(0 for _ in empty), *(counts[code] for code in codes)],
        "objects": [*(objects for _ in empty), *(len(affected[code]) for code in codes)],
        "references": [*empty, *(printable(examples[code][0])[:160] for code in codes)],
        "paths": [*empty, *(printable(examples[code][1].path)[:200] for code in codes)],
        "values": [*empty, *(shown(examples[code][1].value) for code in codes)],
    }
    with database.cursor() as cursor:
        cursor.execute(
            _COUNT,
            {"connection": connection.pk if connection else None, "module": module, **columns},
        )


def sentence(code: str) -> str:
    """What a kind of deviation or problem means, for staff."""
    known = CODES.get(code) or SENTENCES.get(code) or FATAL.get(code) or _OTHERS.get(code)
    return known or code.replace("_", " ").capitalize() + "."


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
