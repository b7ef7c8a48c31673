"""What a filtered list of CDRs comes to, per currency, where that is cheap to know."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.db import OperationalError, transaction
from django.db import connection as database
from django.db.models import QuerySet
from psycopg.errors import QueryCanceled

from cdrs import words
from cdrs.models import CDR
from ocpi.currencies import money

MOST = 100_000
"""Of more CDRs than this no sum is made."""
LONGEST_MS = 2000
"""Nobody waits longer than this for a sum."""


class Total(NamedTuple):
    """The sums of the CDRs in a currency; Credit CDRs count with their own, negative amounts.

    ``after_tax`` is ``None`` where not every one of them says its taxes.
    """

    currency: str
    number: int
    before_tax: Decimal
    after_tax: Decimal | None
    energy: Decimal

    @property
    def shown_before_tax(self) -> str:
        return money(self.before_tax, self.currency)

    @property
    def shown_after_tax(self) -> str:
        return "" if self.after_tax is None else money(self.after_tax, self.currency)

    @property
    def shown_energy(self) -> str:
        return words.energy(self.energy)


def per_currency(rows: QuerySet[CDR]) -> list[Total] | None:
    """The totals of ``rows``; ``None`` when there are more than :data:`MOST`, or it would take too long."""
    some = rows.order_by().values("currency", "total_cost", "total_cost_after_tax", "energy")
    sql, parameters = some[: MOST + 1].query.sql_with_params()
    try:
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [LONGEST_MS])
            cursor.execute(
                "SELECT t.currency, count(*), sum(t.total_cost), sum(t.total_cost_after_tax),"  # noqa: S608 - the query of the list
                " count(t.total_cost_after_tax), sum(t.energy)"
                f" FROM ({sql}) AS t GROUP BY 1 ORDER BY 2 DESC, 1",
                parameters,
            )
            found = cursor.fetchall()
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise
    if sum(row[1] for row in found) > MOST:
        return None
    return [
        Total(currency, number, before, after if with_tax == number else None, energy)
        for currency, number, before, after, with_tax, energy in found
    ]
