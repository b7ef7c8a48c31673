"""What the rows of a list come to, where that is cheap to know: nobody waits for sums."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, transaction
from django.db import connection as database
from django.db.models import QuerySet
from psycopg.errors import QueryCanceled

UNSURE = 10_000
"""By so many rows what the database expects may be wrong, in tables it has not looked at yet."""


def quickly(
    rows: QuerySet[Any, Any], sums: str, *, most: int, longest_ms: int
) -> list[tuple[Any, ...]] | None:
    """Sums of ``rows`` (of chosen ``values``) per value of the first, the group of most rows first.

    ``sums`` is SQL over the rows ``t`` whose first two columns are that value and ``count(*)``. ``None`` when there
    are more than ``most``, or it would take longer than ``longest_ms``; where the database expects many more rows,
    it is not even tried.
    """
    try:
        sql, parameters = rows.order_by().query.sql_with_params()
    except EmptyResultSet:
        return []
    try:
        with transaction.atomic(), database.cursor() as cursor:
            if _expected(cursor, sql, parameters) > most + UNSURE:
                return None
            cursor.execute("SET LOCAL statement_timeout = %s", [longest_ms])
            cursor.execute(
                f"SELECT {sums} FROM ({sql} LIMIT {most + 1}) AS t GROUP BY 1 ORDER BY 2 DESC, 1",  # noqa: S608 - the query of the list
                parameters,
            )
            found = cursor.fetchall()
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise
    return found if sum(row[1] for row in found) <= most else None


def _expected(cursor: Any, sql: str, parameters: Any) -> int:
    """How many rows the database expects to find."""
    cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
    ((plan,),) = cursor.fetchall()
    read = json.loads(plan) if isinstance(plan, str) else plan
    return int(read[0]["Plan"]["Plan Rows"])
