"""The entries of a statement per country or per place, where that does not take too long."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.db import OperationalError, transaction
from django.db import connection as database
from psycopg.errors import QueryCanceled

from settlement.models import Statement

BY = {"country": "Per country", "location": "Per location"}
LONGEST_MS = 8000
"""Nobody waits longer than this for a page; the export has everything."""
MOST_ROWS = 500

_COUNTRY = """
    SELECT e.country, count(e.cdr_id), sum(e.energy), sum(e.before_tax), sum(e.tax)
    FROM settlement_entry e WHERE e.statement_id = %s GROUP BY 1 ORDER BY 4 DESC, 1 LIMIT %s
"""
_LOCATION = """
    SELECT coalesce(c.location_key, ''), count(e.cdr_id), sum(e.energy), sum(e.before_tax), sum(e.tax)
    FROM settlement_entry e LEFT JOIN cdrs_cdr c ON c.id = e.cdr_id
    WHERE e.statement_id = %s GROUP BY 1 ORDER BY 4 DESC, 1 LIMIT %s
"""


class Group(NamedTuple):
    """What the entries at one country (ISO 3166 alpha-3) or location (its id) come to, exact."""

    name: str
    cdrs: int
    energy: Decimal
    before_tax: Decimal
    tax: Decimal


def grouped(statement: Statement, by: str) -> list[Group] | None:
    """The groups by one of :data:`BY`, the greatest amount first; ``None`` when it would take too long."""
    query = _COUNTRY if by == "country" else _LOCATION
    try:
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [LONGEST_MS])
            cursor.execute(query, [statement.pk, MOST_ROWS])
            found = [Group(*row) for row in cursor.fetchall()]
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise
    return found
