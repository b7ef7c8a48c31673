"""What a filtered list of CDRs comes to, per currency, where that is cheap to know."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from cdrs import words
from cdrs.models import CDR
from ocpi.currencies import money
from staff import sums

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
    found = sums.quickly(
        rows.values("currency", "total_cost", "total_cost_after_tax", "energy"),
        "t.currency, count(*), sum(t.total_cost), sum(t.total_cost_after_tax),"
        " count(t.total_cost_after_tax), sum(t.energy)",
        most=MOST,
        longest_ms=LONGEST_MS,
    )
    if found is None:
        return None
    return [
        Total(currency, number, before, after if with_tax == number else None, energy)
        for currency, number, before, after, with_tax, energy in found
    ]
