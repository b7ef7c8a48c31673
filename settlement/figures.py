"""What a statement comes to: from its tallies, exact, and rounded once per rate of tax."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ocpi.currencies import rounded
from settlement.amounts import text
from settlement.choices import EntryKind, StatementState
from settlement.models import Statement, Tally

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class RateTotal:
    """What the entries at one rate of tax come to, in all its kinds.

    ``before_tax`` and ``tax`` are rounded to the currency's smallest amount, half up; ``exact_before_tax`` and
    ``exact_tax`` are what they were rounded from. ``tax_unknown`` counts the entries of which nobody says the tax.
    """

    label: str
    cdrs: int
    energy: Decimal
    exact_before_tax: Decimal
    exact_tax: Decimal
    before_tax: Decimal
    tax: Decimal
    tax_unknown: int

    @property
    def after_tax(self) -> Decimal:
        return self.before_tax + self.tax

    @property
    def rounding(self) -> Decimal:
        """What rounding added, tax included."""
        return self.after_tax - self.exact_before_tax - self.exact_tax

    @property
    def is_tax_known(self) -> bool:
        return not self.tax_unknown


@dataclass(frozen=True, slots=True)
class KindTotal:
    """What one kind of entry comes to, exact; ``late`` ones belong to a month that was closed before."""

    kind: str
    late: bool
    cdrs: int
    energy: Decimal
    before_tax: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """The totals of a statement: sums of what was rounded per rate, so that they add up on paper."""

    currency: str
    cdrs: int
    energy: Decimal
    rates: tuple[RateTotal, ...]
    digest: int

    @property
    def before_tax(self) -> Decimal:
        return sum((rate.before_tax for rate in self.rates), _NOTHING)

    @property
    def tax(self) -> Decimal:
        return sum((rate.tax for rate in self.rates), _NOTHING)

    @property
    def after_tax(self) -> Decimal:
        return self.before_tax + self.tax

    @property
    def exact_before_tax(self) -> Decimal:
        return sum((rate.exact_before_tax for rate in self.rates), _NOTHING)

    @property
    def exact_tax(self) -> Decimal:
        return sum((rate.exact_tax for rate in self.rates), _NOTHING)

    @property
    def rounding(self) -> Decimal:
        return sum((rate.rounding for rate in self.rates), _NOTHING)

    @property
    def tax_unknown(self) -> int:
        """How many entries are on it of which nobody says the tax."""
        return sum(rate.tax_unknown for rate in self.rates)

    def as_json(self) -> dict[str, Any]:
        """What ``Statement.frozen`` keeps of it."""
        return {
            "currency": self.currency,
            "cdrs": self.cdrs,
            "energy": text(self.energy),
            "before_tax": str(self.before_tax),
            "tax": str(self.tax),
            "after_tax": str(self.after_tax),
            "exact_before_tax": text(self.exact_before_tax),
            "exact_tax": text(self.exact_tax),
            "digest": str(self.digest),
            "rates": [
                {
                    "label": rate.label,
                    "cdrs": rate.cdrs,
                    "energy": text(rate.energy),
                    "exact_before_tax": text(rate.exact_before_tax),
                    "exact_tax": text(rate.exact_tax),
                    "before_tax": str(rate.before_tax),
                    "tax": str(rate.tax),
                    "tax_unknown": rate.tax_unknown,
                }
                for rate in self.rates
            ],
        }

    @classmethod
    def from_json(cls, frozen: Mapping[str, Any]) -> Figures:
        return cls(
            currency=frozen["currency"],
            cdrs=frozen["cdrs"],
            energy=Decimal(frozen["energy"]),
            rates=tuple(
                RateTotal(
                    label=rate["label"],
                    cdrs=rate["cdrs"],
                    energy=Decimal(rate["energy"]),
                    exact_before_tax=Decimal(rate["exact_before_tax"]),
                    exact_tax=Decimal(rate["exact_tax"]),
                    before_tax=Decimal(rate["before_tax"]),
                    tax=Decimal(rate["tax"]),
                    tax_unknown=rate["tax_unknown"],
                )
                for rate in frozen["rates"]
            ),
            digest=int(frozen["digest"]),
        )


def figures(statement: Statement) -> Figures:
    """What it comes to: as it was frozen once it is closed, as its tallies stand while it is open."""
    if statement.state != StatementState.OPEN and statement.frozen:
        return Figures.from_json(statement.frozen)
    return of_tallies(statement.currency, statement.tallies.all())


def of_tallies(currency: str, tallies: Iterable[Tally]) -> Figures:
    """The figures of some tallies in one currency; rates at which nothing is left are not among them."""
    per_rate: dict[str, list[Tally]] = defaultdict(list)
    for tally in tallies:
        per_rate[tally.rate].append(tally)
    rates = [_rate(label, rows, currency) for label, rows in sorted(per_rate.items())]
    rows = [row for found in per_rate.values() for row in found]
    return Figures(
        currency=currency,
        cdrs=sum(row.cdrs for row in rows),
        energy=sum((row.energy for row in rows), _NOTHING),
        rates=tuple(rate for rate in rates if _is_something(rate)),
        digest=sum(int(row.digest) for row in rows),
    )


def _rate(label: str, rows: Iterable[Tally], currency: str) -> RateTotal:
    rows = list(rows)
    before = sum((row.before_tax for row in rows), _NOTHING)
    tax = sum((row.tax for row in rows), _NOTHING)
    return RateTotal(
        label=label,
        cdrs=sum(row.cdrs for row in rows),
        energy=sum((row.energy for row in rows), _NOTHING),
        exact_before_tax=before,
        exact_tax=tax,
        before_tax=rounded(before, currency),
        tax=rounded(tax, currency),
        # What a correction takes back of it counts as well: its tax is as unknown.
        tax_unknown=sum(abs(row.tax_unknown) for row in rows),
    )


def _is_something(rate: RateTotal) -> bool:
    return bool(rate.cdrs or rate.exact_before_tax or rate.exact_tax or rate.tax_unknown)


def kinds(tallies: Iterable[Tally]) -> list[KindTotal]:
    """What each kind of entry comes to, in the order in which a statement shows them."""
    found: dict[tuple[str, bool], list[Tally]] = defaultdict(list)
    for tally in tallies:
        # A correction always belongs to a month before.
        late = tally.late and tally.kind != EntryKind.CORRECTION
        found[tally.kind, late].append(tally)
    order = {kind: place for place, kind in enumerate(EntryKind.values)}
    totals = [
        KindTotal(
            kind,
            late,
            sum(row.cdrs for row in rows),
            sum((row.energy for row in rows), _NOTHING),
            sum((row.before_tax for row in rows), _NOTHING),
            sum((row.tax for row in rows), _NOTHING),
        )
        for (kind, late), rows in found.items()
    ]
    totals.sort(key=lambda total: (order[total.kind], total.late))
    return [total for total in totals if total.cdrs or total.before_tax or total.tax]
