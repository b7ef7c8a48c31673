"""Numbers of statements: one after the other per company of ours and year, without gaps."""

from __future__ import annotations

from collections import defaultdict

from django.db import connection as database

from settlement.models import Statement

_NEXT = """
    INSERT INTO settlement_numbering AS n (country_code, party_id, year, last) VALUES (%s, %s, %s, %s)
    ON CONFLICT (country_code, party_id, year) DO UPDATE SET last = n.last + EXCLUDED.last
    RETURNING last
"""


class Numbers:
    """Gives numbers such as ``NL-ABC-2026-10-0007`` to statements that have none.

    They are taken when the transaction commits; until then nobody else gets one of these companies and years.
    """

    def __init__(self) -> None:
        self._wanting: dict[tuple[str, str, int], list[Statement]] = defaultdict(list)

    def want(self, statement: Statement) -> None:
        """Let :meth:`give` number it; what has a number keeps it."""
        if not statement.number:
            ours = statement.ours
            key = (ours.country_code, ours.party_id, statement.month.year)
            self._wanting[key].append(statement)

    def give(self) -> None:
        """Number them, in the order in which they were named."""
        for (country, party, year), rows in sorted(self._wanting.items(), key=lambda item: item[0]):
            with database.cursor() as cursor:
                cursor.execute(_NEXT, [country, party, year, len(rows)])
                (last,) = cursor.fetchone()
            for number, row in enumerate(rows, start=last - len(rows) + 1):
                row.number = f"{country}-{party}-{row.month:%Y-%m}-{number:04d}"
        self._wanting.clear()
