"""Taxes: what of a cost is tax, and sums of prices (OCPI 2.3.0, TaxIncluded and PriceComponent; A-17)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from tariffs.pricing.charge import ZERO
from tariffs.pricing.exact import quotient, rounded
from tariffs.pricing.priced import Line, Price, RateSum, Tax
from tariffs.pricing.rules import RuleSet
from tariffs.pricing.tariff import CompiledTariff, Component

_HUNDRED = Decimal(100)
VAT = "VAT"


class Taxed(NamedTuple):
    """A cost as the Tariff says it, and the same before and after tax, None where not known."""

    cost: Decimal
    rate: Decimal | None
    before: Decimal | None
    tax: Decimal
    after: Decimal | None


class Taxing:
    """The taxes of one price: sums by rate, and what is noted."""

    __slots__ = ("name", "notes", "other", "places", "sums")

    def __init__(self, rules: RuleSet, notes: dict[str, None]) -> None:
        self.places = rules.line_places
        self.other = rules.other_tax
        self.notes = notes
        self.sums: dict[Decimal | None, list[Decimal | None]] = {}

    def add(
        self, rate: Decimal | None, before: Decimal | None, tax: Decimal, after: Decimal | None
    ) -> None:
        """Count amounts to a rate; what is not known makes the sum unknown."""
        known = self.sums.setdefault(rate, [ZERO, ZERO, ZERO, ZERO, ZERO])
        for place, amount in enumerate((before, tax, after)):
            so_far = known[place]
            known[place] = None if amount is None or so_far is None else so_far + amount

    def by_rate(self) -> tuple[RateSum, ...]:
        """Everything so far, in the order in which rates were met."""
        return tuple(
            RateSum(rate, known[0], known[1] or ZERO, known[2]) for rate, known in self.sums.items()
        )

    def taken_out(self, cost: Decimal, rate: Decimal) -> Decimal:
        """A cost without the tax in it; what is cut is carried to the next one of the rate."""
        known = self.sums.setdefault(rate, [ZERO, ZERO, ZERO, ZERO, ZERO])
        gross, net = known[3] or ZERO, known[4] or ZERO
        gross += cost
        reached = quotient(gross * _HUNDRED, _HUNDRED + rate)
        known[3], known[4] = gross, reached
        return reached - net


def with_tax(taxing: Taxing, tariff: CompiledTariff, component: Component, cost: Decimal) -> Taxed:
    """A cost with its tax, by `tax_included` of the Tariff and `vat` of the component."""
    included, rate = tariff.tax_included, component.vat
    if rate is None and taxing.other is not None:
        rate = taxing.other[1]
    if included == "N/A":
        taxed = Taxed(cost, None, cost, ZERO, cost)
    elif included == "YES":
        taxed = _tax_inside(taxing, cost, rate)
    else:
        if included is None:
            taxing.notes["TAX_NOT_SAID"] = None
        taxed = _tax_on_top(taxing, cost, rate)
    taxing.add(taxed.rate, taxed.before, taxed.tax, taxed.after)
    return taxed


def _tax_inside(taxing: Taxing, cost: Decimal, rate: Decimal | None) -> Taxed:
    if rate is None:
        if not cost:
            return Taxed(cost, None, ZERO, ZERO, ZERO)
        taxing.notes["TAX_UNKNOWN"] = None
        return Taxed(cost, None, None, ZERO, cost)
    before = rounded(taxing.taken_out(cost, rate), taxing.places)
    return Taxed(cost, rate, before, cost - before, cost)


def _tax_on_top(taxing: Taxing, cost: Decimal, rate: Decimal | None) -> Taxed:
    if rate is None:
        if cost:
            taxing.notes["TAX_NOT_STATED"] = None
        return Taxed(cost, None, cost, ZERO, cost)
    tax = rounded(cost * rate / _HUNDRED, taxing.places)
    return Taxed(cost, rate, cost, tax, cost + tax)


def added_up(lines: Iterable[Line]) -> Price:
    """The sum of lines, taxes by rate."""
    before: Decimal | None = ZERO
    after: Decimal | None = ZERO
    taxes: dict[Decimal, Decimal] = {}
    for line in lines:
        if before is not None:
            before = None if line.before_taxes is None else before + line.before_taxes
        if after is not None:
            after = None if line.after_taxes is None else after + line.after_taxes
        rate = line.tax_rate
        if rate is not None:
            taxes[rate] = taxes.get(rate, ZERO) + line.tax
    return Price(before, _listed(taxes), after)


def _listed(taxes: dict[Decimal, Decimal]) -> tuple[Tax, ...]:
    return tuple(Tax(VAT, rate, amount) for rate, amount in taxes.items() if amount or not rate)


def together(prices: Iterable[Price]) -> Price:
    """The sum of prices; taxes of the same percentage are one."""
    before: Decimal | None = ZERO
    after: Decimal | None = ZERO
    taxes: dict[tuple[str, Decimal | None], Decimal] = {}
    for one in prices:
        before = None if before is None or one.before_taxes is None else before + one.before_taxes
        after = None if after is None or one.after_taxes is None else after + one.after_taxes
        for tax in one.taxes:
            key = (tax.name, tax.percentage)
            taxes[key] = taxes.get(key, ZERO) + tax.amount
    return Price(before, tuple(Tax(*key, amount) for key, amount in taxes.items()), after)


def with_amounts(price: Price, before: Decimal | None, after: Decimal | None) -> Price:
    """The price with other amounts, its taxes made to fit: in proportion, the last one takes the rest.

    A percentage that no longer yields its amount is left out.
    """
    if before is None or after is None:
        return Price(before, price.taxes, after)
    wanted, known = after - before, price.tax
    if wanted == known:
        return Price(before, price.taxes, after)
    if not price.taxes or known == 0:
        return Price(before, (Tax(VAT, None, wanted),) if wanted else (), after)
    taxes: list[Tax] = []
    left = wanted
    for place, tax in enumerate(price.taxes):
        is_last = place == len(price.taxes) - 1
        amount = left if is_last else quotient(tax.amount * wanted, known)
        left -= amount
        holds = (
            len(price.taxes) == 1
            and tax.percentage is not None
            and amount == before * tax.percentage / _HUNDRED
        )
        taxes.append(Tax(tax.name, tax.percentage if holds else None, amount))
    return Price(before, tuple(taxes), after)


def rounded_price(price: Price, places: int) -> Price:
    """Before and after tax rounded half up; the taxes are what is between."""
    before = None if price.before_taxes is None else rounded(price.before_taxes, places)
    after = None if price.after_taxes is None else rounded(price.after_taxes, places)
    return with_amounts(price, before, after)
