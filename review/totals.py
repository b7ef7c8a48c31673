"""What a list of reviews comes to, per currency, where that is cheap to know."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, transaction
from django.db import connection as database
from django.db.models import QuerySet
from psycopg.errors import QueryCanceled

from review import words
from review.models import CDRReview

LONGEST_MS = 50
"""A list waits no longer than this for its sums."""


class Total(NamedTuple):
    """The sums of the reviews in a currency, before tax.

    ``computed`` and ``difference`` are those of the ``priced`` ones of ``number``, of which we know a price.
    """

    currency: str
    number: int
    stated: Decimal
    priced: int
    computed: Decimal | None
    difference: Decimal | None
    at_stake: Decimal

    @property
    def shown_stated(self) -> str:
        return words.amount(self.stated, self.currency).shown

    @property
    def shown_computed(self) -> str:
        return words.amount(self.computed, self.currency).shown

    @property
    def shown_difference(self) -> str:
        return words.amount(self.difference, self.currency, signed=True).shown

    @property
    def shown_at_stake(self) -> str:
        return words.amount(self.at_stake, self.currency).shown

    @property
    def unpriced(self) -> int:
        return self.number - self.priced


def per_currency(rows: QuerySet[CDRReview], *, longest_ms: int = LONGEST_MS) -> list[Total] | None:
    """The totals of ``rows``, the currency of most CDRs first; ``None`` when it takes longer than ``longest_ms``."""
    some = rows.order_by().values("currency", "stated", "computed", "difference", "at_stake")
    try:
        sql, parameters = some.query.sql_with_params()
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [longest_ms])
            cursor.execute(
                "SELECT t.currency, count(*), sum(t.stated), count(t.computed), sum(t.computed),"  # noqa: S608 - the query of the list
                f" sum(t.difference), sum(t.at_stake) FROM ({sql}) AS t GROUP BY 1 ORDER BY 2 DESC, 1",
                parameters,
            )
            found = cursor.fetchall()
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except EmptyResultSet:
        return []
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise
    return [Total(*row) for row in found]
