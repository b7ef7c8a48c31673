"""What a list of reviews comes to, per currency, where that is cheap to know."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from review import words
from review.models import CDRReview
from staff import sums

LONGEST_MS = 50
"""A list waits no longer than this for its sums."""
MOST = 20_000
"""Of more reviews than this no sum is made."""


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


def per_currency(rows: QuerySet[CDRReview]) -> list[Total] | None:
    """The totals of ``rows``, the currency of most CDRs first; ``None`` when there are too many to sum quickly."""
    found = sums.quickly(
        rows.values("currency", "stated", "computed", "difference", "at_stake"),
        "t.currency, count(*), sum(t.stated), count(t.computed), sum(t.computed), sum(t.difference),"
        " sum(t.at_stake)",
        most=MOST,
        longest_ms=LONGEST_MS,
    )
    return None if found is None else [Total(*row) for row in found]
