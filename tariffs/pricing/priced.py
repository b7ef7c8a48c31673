"""A price and what it is made of, as amounts and facts; words for people are in `words`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

from tariffs.pricing.charge import ZERO, Phase
from tariffs.pricing.exact import CONTEXT, hours, settled
from tariffs.pricing.stepping import Missed
from tariffs.pricing.walking import Stretch

UNITS = {"ENERGY": "kWh", "FLAT": "", "PARKING_TIME": "h", "TIME": "h"}
"""The unit in which a dimension is billed."""


class Tax(NamedTuple):
    """OCPI 2.3.0, types, TaxAmount; `percentage` is None where an amount follows from no single rate."""

    name: str
    percentage: Decimal | None
    amount: Decimal


class Price(NamedTuple):
    """OCPI 2.3.0, types, Price; `before_taxes` is None where only the CPO can know it (A-07, PF-47).

    `after_taxes` is None where it is not known, and else the sum of the rest where that is known.
    """

    before_taxes: Decimal | None
    taxes: tuple[Tax, ...]
    after_taxes: Decimal | None

    @property
    def tax(self) -> Decimal:
        """The sum of all taxes."""
        return sum((tax.amount for tax in self.taxes), ZERO)

    def negated(self) -> Price:
        """The same amounts with the other sign."""
        return Price(
            None if self.before_taxes is None else -self.before_taxes,
            tuple(tax._replace(amount=-tax.amount) for tax in self.taxes),
            None if self.after_taxes is None else -self.after_taxes,
        )


VAT = "VAT"
"""What a tax is called whose percentage a Tariff states as `vat` (A-17)."""


class Line(NamedTuple):
    """One component in one period.

    `period` is the place in `Charge.periods`. `quantity` is what is billed, in `unit` (kWh, h, or ""
    for flat fees), `added` how much of it step size added. `cost` is `quantity` times `unit_price`,
    including tax or not as the Tariff says. `before_taxes` and `after_taxes` are None where they are
    not known; `tax` is what is known. `tax_rate` in percent, None if none is stated;
    `tax_name` is what the tax is called.
    """

    period: int
    phase: Phase
    dimension: str
    tariff_id: str
    element: int
    component: int
    quantity: Decimal
    added: Decimal
    unit: str
    unit_price: Decimal
    tax_rate: Decimal | None
    tax_name: str
    cost: Decimal
    before_taxes: Decimal | None
    tax: Decimal
    after_taxes: Decimal | None
    start: datetime
    end: datetime


class Unpriced(NamedTuple):
    """An amount that cost nothing because no component held; `reason` is a key of :data:`REASONS`."""

    period: int
    phase: Phase
    dimension: str
    tariff_id: str | None
    quantity: Decimal
    unit: str
    reason: str


class Rounding(NamedTuple):
    """What step size did to one group: `total` was rounded up to `billed` by steps of `step`.

    In kWh for ENERGY, else in hours. `line` is the place in `Priced.lines` that bears it.
    """

    line: int
    dimension: str
    tariff_id: str
    element: int
    component: int
    step_size: int
    total: Decimal
    billed: Decimal


class Bound(NamedTuple):
    """A `min_price` or `max_price` (`field`) that changed the total of a Tariff on one `side`.

    `side` is "before_taxes" or "after_taxes"; `uncapped` became `capped`.
    """

    tariff_id: str
    field: str
    side: str
    uncapped: Decimal
    capped: Decimal


class RateSum(NamedTuple):
    """Everything taxed by one rate, before any limit; None is what states no rate."""

    tax_rate: Decimal | None
    before_taxes: Decimal | None
    tax: Decimal
    after_taxes: Decimal | None


REASONS = {
    "NO_TARIFF": "no tariff is named for this period",
    "TARIFF_NOT_AT_HAND": "the tariff named for this period is not at hand",
    "NO_PRICE": "the tariff has no price for it",
    "NO_MATCH": "none of the prices for it held at that time",
    "SUSPENDED": "the charger had paused, which is neither charging nor parking",
    "BOOKINGS_OFF": "bookings are not priced under these rules",
}
"""Why something cost nothing, by code."""

NOTES = {
    "MORE_THAN_ONE_FLAT": "More than one flat fee became active; OCPI does not say how many are due.",
    "TAX_NOT_STATED": "The tariff adds tax to its prices but does not say which; it is left out.",
    "TAX_UNKNOWN": "The tariff's prices include a tax that it does not state; the price before tax is not known.",
    "TAX_NOT_SAID": "The tariff does not say whether its prices include tax; they are taken as before tax.",
    "OTHER_TARIFF": "Periods that name no tariff at hand were priced by the only one there is.",
    "POWER_NOT_MEASURED": "A price depends on power or current that nobody measured.",
    "LIMIT_NOT_APPLIED": "A limit before tax could not be applied, as the price before tax is not known.",
    "BACKWARDS": "A period ends before it starts; it is taken as having no length.",
}
"""What is remarkable about a price, by code."""


@dataclass(frozen=True, slots=True)
class Priced:
    """The price of a charge: exact, unrounded unless the rules say so.

    `total_cost` holds minimum and maximum prices, the other totals do not, so that they may sum to
    something else (A-16). `notes` are keys of :data:`NOTES`, of `DOUBTS` or of `TARIFF_NOTES`.
    """

    currency: str
    lines: tuple[Line, ...]
    total_cost: Price
    roundings: tuple[Rounding, ...]
    bounds: tuple[Bound, ...]
    notes: tuple[str, ...]
    missed: tuple[Missed, ...] = field(default=(), repr=False, compare=False)

    @property
    def unpriced(self) -> tuple[Unpriced, ...]:
        """What cost nothing, by period, dimension and reason."""
        found: dict[tuple[int, str, str], list[Stretch]] = {}
        for reason, dimension, stretch in self.missed:
            found.setdefault((stretch.period, dimension, reason), []).append(stretch)
        with localcontext(CONTEXT):
            return tuple(_unpriced(*key, missed) for key, missed in found.items())

    @property
    def total_fixed_cost(self) -> Price:
        """Flat fees, but not those of reservations."""
        return self._total("FLAT")

    @property
    def total_energy_cost(self) -> Price:
        """Everything priced by energy."""
        return self._total("ENERGY")

    @property
    def total_time_cost(self) -> Price:
        """Everything priced as charging time."""
        return self._total("TIME")

    @property
    def total_parking_cost(self) -> Price:
        """Everything priced as parking time."""
        return self._total("PARKING_TIME")

    @property
    def total_reservation_cost(self) -> Price:
        """Everything priced before a vehicle was connected: fees and time of reservations and bookings."""
        return added_up([line for line in self.lines if not line.phase.is_connected])

    @property
    def by_rate(self) -> tuple[RateSum, ...]:
        """Sums by tax rate, in the order in which rates are met, before any limit."""
        rates = {line.tax_rate: None for line in self.lines}
        prices = (
            (rate, added_up([line for line in self.lines if line.tax_rate == rate]))
            for rate in rates
        )
        return tuple(
            RateSum(rate, one.before_taxes, one.tax, one.after_taxes) for rate, one in prices
        )

    def _total(self, dimension: str) -> Price:
        return added_up(
            [line for line in self.lines if line.dimension == dimension and line.phase.is_connected]
        )


def _unpriced(period: int, dimension: str, reason: str, missed: list[Stretch]) -> Unpriced:
    first = missed[0]
    if dimension == "ENERGY":
        quantity: Decimal = sum((stretch.energy for stretch in missed), ZERO)
    else:
        quantity = hours(sum(stretch.time for stretch in missed))
    tariff_id = None if first.tariff is None else first.tariff.tariff_id
    return Unpriced(period, first.phase, dimension, tariff_id, quantity, UNITS[dimension], reason)


def added_up(lines: Iterable[Line]) -> Price:
    """The sum of lines, taxes by rate, cut to the decimals of totals; None where an amount is not known."""
    before: Decimal | None = ZERO
    after: Decimal | None = ZERO
    taxes: dict[tuple[str, Decimal], Decimal] = {}
    with localcontext(CONTEXT):
        for line in lines:
            if before is not None:
                before = None if line.before_taxes is None else before + line.before_taxes
            if after is not None:
                after = None if line.after_taxes is None else after + line.after_taxes
            rate = line.tax_rate
            if rate is not None:
                key = (line.tax_name, rate)
                taxes[key] = taxes.get(key, ZERO) + line.tax
        listed = tuple(
            Tax(name, rate, amount) for (name, rate), amount in taxes.items() if amount or not rate
        )
        if after is not None:
            after = settled(after)
        if before is None or after is None:
            return Price(before, listed, after)
        before = settled(before)
        return Price(before, _fitting(listed, after - before), after)


def _fitting(taxes: tuple[Tax, ...], whole: Decimal) -> tuple[Tax, ...]:
    """Taxes that add up to the whole: the last one bears what cutting the others left."""
    if not taxes:
        return taxes
    earlier = [Tax(name, rate, settled(amount)) for name, rate, amount in taxes[:-1]]
    for tax in earlier:
        whole -= tax.amount
    name, rate, _ = taxes[-1]
    return (*earlier, Tax(name, rate, whole))


def credit_of(priced: Priced) -> Priced:
    """The price of a Credit CDR: only `total_cost` is negated (OCPI 2.2.1, mod_cdrs, Credit CDRs)."""
    return replace(priced, total_cost=priced.total_cost.negated())


def price_to_ocpi(price: Price) -> Mapping[str, Any]:
    """An OCPI 2.3.0 Price, amounts as exact Decimals.

    Raises ValueError if the price before tax is not known, which OCPI requires.
    """
    if price.before_taxes is None:
        raise ValueError("the price before tax is not known")
    taxes = [
        {
            "name": tax.name,
            **({} if tax.percentage is None else {"percentage": tax.percentage}),
            "amount": tax.amount,
        }
        for tax in price.taxes
    ]
    return {"before_taxes": price.before_taxes, **({"taxes": taxes} if taxes else {})}
