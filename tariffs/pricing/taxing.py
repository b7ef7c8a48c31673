"""Taxes: what of a cost is tax, and sums of prices (OCPI 2.3.0, TaxIncluded and PriceComponent; A-17)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from tariffs.pricing.charge import ZERO
from tariffs.pricing.exact import HOUR, quotient, rounded
from tariffs.pricing.priced import VAT, Price, Tax
from tariffs.pricing.rules import RuleSet
from tariffs.pricing.tariff import CompiledTariff, Component

_HUNDRED = Decimal(100)


class Taxed(NamedTuple):
    """A cost as the Tariff says it, and the same before and after tax, None where not known."""

    cost: Decimal
    rate: Decimal | None
    before: Decimal | None
    tax: Decimal
    after: Decimal | None


class Taxing:
    """The taxes of one price: what was cut and is carried, by rate, and what is noted."""

    __slots__ = ("carried", "notes", "other", "places")

    def __init__(self, rules: RuleSet, notes: dict[str, None]) -> None:
        self.places = rules.line_places
        self.other = rules.other_tax
        self.notes = notes
        self.carried: dict[tuple[bool, Decimal], tuple[Decimal, Decimal]] = {}

    def share(self, cost: Cost, rate: Decimal, *, inside: bool) -> Decimal:
        """The tax on a cost, or in it; what is cut is carried to the next one of the rate."""
        if not inside and cost.dividend is None:
            return cost.amount * rate / _HUNDRED
        dividend = cost.amount * cost.divisor if cost.dividend is None else cost.dividend
        key = (inside, rate)
        whole, given = self.carried.get(key, (ZERO, ZERO))
        whole += dividend
        reached = quotient(whole * rate, cost.divisor * (_HUNDRED + rate if inside else _HUNDRED))
        self.carried[key] = (whole, reached)
        return reached - given


class Cost(NamedTuple):
    """An amount; `dividend`, divided by `divisor`, is the same before it was cut, None if it was not."""

    amount: Decimal
    dividend: Decimal | None = None
    divisor: Decimal = Decimal(HOUR)


def with_tax(taxing: Taxing, tariff: CompiledTariff, component: Component, cost: Cost) -> Taxed:
    """A cost with its tax, by `tax_included` of the Tariff and `vat` of the component."""
    if taxing.places is not None:
        cost = Cost(rounded(cost.amount, taxing.places))
    included, rate = tariff.tax_included, component.vat
    if rate is None and taxing.other is not None:
        rate = taxing.other[1]
    if included == "N/A":
        return Taxed(cost.amount, None, cost.amount, ZERO, cost.amount)
    if included == "YES":
        return _tax_inside(taxing, cost, rate)
    if included is None:
        taxing.notes["TAX_NOT_SAID"] = None
    return _tax_on_top(taxing, cost, rate)


def _tax_inside(taxing: Taxing, cost: Cost, rate: Decimal | None) -> Taxed:
    amount = cost.amount
    if rate is None:
        if not amount:
            return Taxed(amount, None, ZERO, ZERO, ZERO)
        taxing.notes["TAX_UNKNOWN"] = None
        return Taxed(amount, None, None, ZERO, amount)
    tax = rounded(taxing.share(cost, rate, inside=True), taxing.places)
    return Taxed(amount, rate, amount - tax, tax, amount)


def _tax_on_top(taxing: Taxing, cost: Cost, rate: Decimal | None) -> Taxed:
    amount = cost.amount
    if rate is None:
        if amount:
            taxing.notes["TAX_NOT_STATED"] = None
        return Taxed(amount, None, amount, ZERO, amount)
    tax = rounded(taxing.share(cost, rate, inside=False), taxing.places)
    return Taxed(amount, rate, amount, tax, amount + tax)


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
