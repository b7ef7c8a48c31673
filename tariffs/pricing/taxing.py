"""Taxes: what of a cost is tax, and sums of prices (OCPI 2.3.0, TaxIncluded and PriceComponent; A-17)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from tariffs.pricing.charge import ZERO
from tariffs.pricing.exact import HOUR, quotient, rounded
from tariffs.pricing.priced import VAT, Price, Tax
from tariffs.pricing.rules import RuleSet
from tariffs.pricing.tariff import CompiledTariff, Component

_HUNDRED = Decimal(100)
_HOUR = Decimal(HOUR)


Taxed = tuple[Decimal, Decimal | None, Decimal | None, Decimal, Decimal | None]
"""A cost as the Tariff says it, the tax rate, before tax, the tax, after tax; None where not known."""


class Taxing:
    """The taxes of one price: what was cut and is carried, by rate, and what is noted."""

    __slots__ = ("carried", "notes", "other", "places")

    def __init__(self, rules: RuleSet, notes: dict[str, None]) -> None:
        self.places = rules.line_places
        self.other = rules.other_tax
        self.notes = notes
        self.carried: dict[tuple[bool, Decimal], tuple[Decimal, Decimal]] = {}

    def share(
        self, cost: Decimal, dividend: Decimal | None, rate: Decimal, *, inside: bool
    ) -> Decimal:
        """The tax on a cost, or in it; what is cut is carried to the next one of the rate."""
        if dividend is None:
            if not inside:
                return cost * rate / _HUNDRED
            dividend = cost * _HOUR
        key = (inside, rate)
        whole, given = self.carried.get(key, (ZERO, ZERO))
        whole += dividend
        reached = quotient(whole * rate, _HOUR * (_HUNDRED + rate if inside else _HUNDRED))
        self.carried[key] = (whole, reached)
        return reached - given


def with_tax(
    taxing: Taxing,
    tariff: CompiledTariff,
    component: Component,
    cost: Decimal,
    dividend: Decimal | None,
) -> Taxed:
    """A cost with its tax, by `tax_included` of the Tariff and `vat` of the component.

    `dividend`, divided by the microseconds of an hour, is the cost before it was cut, None if it was not.
    """
    included, rate = tariff.tax_included, component.vat
    if included == "NO" and rate is not None and dividend is None and taxing.places is None:
        tax = cost * rate / _HUNDRED
        return cost, rate, cost, tax, cost + tax
    if taxing.places is not None:
        cost, dividend = rounded(cost, taxing.places), None
    if rate is None and taxing.other is not None:
        rate = taxing.other[1]
    if included == "N/A":
        return cost, None, cost, ZERO, cost
    if included == "YES":
        return _tax_inside(taxing, cost, dividend, rate)
    if included is None:
        taxing.notes["TAX_NOT_SAID"] = None
    return _tax_on_top(taxing, cost, dividend, rate)


def _tax_inside(
    taxing: Taxing, cost: Decimal, dividend: Decimal | None, rate: Decimal | None
) -> Taxed:
    if rate is None:
        if not cost:
            return cost, None, ZERO, ZERO, ZERO
        taxing.notes["TAX_UNKNOWN"] = None
        return cost, None, None, ZERO, cost
    tax = rounded(taxing.share(cost, dividend, rate, inside=True), taxing.places)
    return cost, rate, cost - tax, tax, cost


def _tax_on_top(
    taxing: Taxing, cost: Decimal, dividend: Decimal | None, rate: Decimal | None
) -> Taxed:
    if rate is None:
        if cost:
            taxing.notes["TAX_NOT_STATED"] = None
        return cost, None, cost, ZERO, cost
    tax = rounded(taxing.share(cost, dividend, rate, inside=False), taxing.places)
    return cost, rate, cost, tax, cost + tax


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
