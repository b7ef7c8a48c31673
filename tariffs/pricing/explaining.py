"""Why a price is what it is: which element priced what and when, and why earlier ones did not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from enum import Enum
from typing import Any, NamedTuple

from ocpi.datetimes import format_datetime
from ocpi.numbers import plain
from tariffs.pricing.charge import ZERO, Charge, Phase
from tariffs.pricing.engine import chosen, kind_of, price, table_of, time_dimension
from tariffs.pricing.exact import CONTEXT, SECOND, hours, moment, rounded, settled
from tariffs.pricing.priced import UNITS, Line, Priced
from tariffs.pricing.reasons import Passed, passed_over
from tariffs.pricing.rules import SPEC, Limits, RuleSet
from tariffs.pricing.tariff import CompiledTariff
from tariffs.pricing.walking import Stretch, Tariffs, stretches


class Choice(NamedTuple):
    """What priced a dimension in a stretch; `element` and `component` are None if nothing did.

    `quantity` is what was used, in `unit`, before step size.
    """

    dimension: str
    quantity: Decimal
    unit: str
    element: int | None
    component: int | None
    unit_price: Decimal | None
    passed: tuple[Passed, ...]


class Explained(NamedTuple):
    """A stretch of time in which all prices stayed the same.

    `period` is the place in `Charge.periods`, `source` that of the ChargingPeriod in the document.
    `kwh_before` and `seconds_before` are what restrictions on energy and duration saw at its start.
    `reason` is a key of `REASONS` where no Tariff priced it.
    """

    period: int
    source: int
    phase: Phase
    start: datetime
    end: datetime
    tariff_id: str | None
    kwh_before: Decimal
    seconds_before: Decimal
    choices: tuple[Choice, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A price with its reasons; `priced` holds the lines, what step size added, and limits."""

    charge: Charge
    priced: Priced
    stretches: tuple[Explained, ...]
    rules: RuleSet = SPEC

    @property
    def before_taxes(self) -> Decimal | None:
        """The lines and what limits changed, added up; None if the price before tax is not known."""
        amounts = [line.before_taxes for line in self.priced.lines]
        return self._sum(amounts, "before_taxes")

    @property
    def after_taxes(self) -> Decimal | None:
        """The same after tax."""
        return self._sum([line.after_taxes for line in self.priced.lines], "after_taxes")

    def _sum(self, amounts: list[Decimal | None], side: str) -> Decimal | None:
        if None in amounts:
            return None
        outside = self.rules.limits is Limits.WITHOUT_RESERVATION
        totals: dict[tuple[str, bool], Decimal] = {}
        with localcontext(CONTEXT):
            for line, amount in zip(self.priced.lines, amounts, strict=True):
                key = (line.tariff_id, outside and not line.phase.is_connected)
                totals[key] = totals.get(key, ZERO) + (amount or ZERO)
            for one in self.priced.bounds:
                if one.side == side:
                    key = (one.tariff_id, False)
                    totals[key] = totals.get(key, ZERO) + one.capped - one.uncapped
            return rounded(sum(map(settled, totals.values()), ZERO), self.rules.total_places)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON: amounts are texts with every digit, times are in UTC."""
        result: dict[str, Any] = _json(self)
        return result


def explain(charge: Charge, tariffs: Tariffs, rules: RuleSet = SPEC) -> Trace:
    """The price of a charge with every reason for it; slower than `price`, for one charge at a time.

    Raises MixedCurrencies if the Tariffs do not have one currency.
    """
    priced = price(charge, tariffs, rules)
    flats = {
        (line.period, line.start): line
        for line in reversed(priced.lines)
        if not UNITS[line.dimension]
    }
    kinds: set[str] = set()
    with localcontext(CONTEXT):
        found = tuple(
            _explained(charge, stretch, rules, flats, kinds)
            for stretch in stretches(charge, tariffs, rules)
        )
    return Trace(charge, priced, found, rules)


def _explained(
    charge: Charge,
    stretch: Stretch,
    rules: RuleSet,
    flats: dict[tuple[int, datetime], Line],
    billed: set[str],
) -> Explained:
    choices: tuple[Choice, ...] = ()
    reason = stretch.reason
    if stretch.tariff is not None:
        reason = ""
        if stretch.phase.value.startswith("BOOKING") and not rules.bookings:
            reason = "BOOKINGS_OFF"
        else:
            choices = tuple(_choices(stretch, stretch.tariff, rules, flats, billed))
    at = stretch.moment
    return Explained(
        stretch.period,
        charge.periods[stretch.period].source,
        stretch.phase,
        moment(stretch.start),
        moment(stretch.end),
        None if stretch.tariff is None else stretch.tariff.tariff_id,
        at.energy,
        Decimal(at.duration) / SECOND,
        choices,
        reason,
    )


def _choices(
    stretch: Stretch,
    tariff: CompiledTariff,
    rules: RuleSet,
    flats: dict[tuple[int, datetime], Line],
    billed: set[str],
) -> Iterator[Choice]:
    table = table_of(tariff, stretch.phase, rules)
    kind = kind_of(stretch.phase)
    line = flats.get((stretch.period, moment(stretch.start)))
    if line is not None or (table["FLAT"] and kind not in billed):
        billed.add(kind if line is not None else "-")
        quantity = Decimal(1 if line is not None else 0)
        yield _choice(stretch, tariff, "FLAT", quantity, rules)
    if stretch.energy and stretch.phase.is_connected:
        yield _choice(stretch, tariff, "ENERGY", stretch.energy, rules)
    dimension = time_dimension(stretch.phase, table, rules)
    if stretch.time and dimension:
        yield _choice(stretch, tariff, dimension, hours(stretch.time), rules)


def _choice(
    stretch: Stretch, tariff: CompiledTariff, dimension: str, quantity: Decimal, rules: RuleSet
) -> Choice:
    candidates = table_of(tariff, stretch.phase, rules)[dimension]
    component = chosen(candidates, stretch)
    return Choice(
        dimension,
        quantity,
        UNITS[dimension],
        None if component is None else component.element,
        None if component is None else component.place,
        None if component is None else component.price,
        tuple(passed_over(stretch, tariff, dimension, component, rules)),
    )


_PRICED = (
    "currency",
    "total_cost",
    "total_fixed_cost",
    "total_energy_cost",
    "total_time_cost",
    "total_parking_cost",
    "total_reservation_cost",
    "lines",
    "by_rate",
    "roundings",
    "bounds",
    "unpriced",
    "notes",
)


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return format_datetime(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Priced):
        return {name: _json(getattr(value, name)) for name in _PRICED}
    if is_dataclass(value):
        return {one.name: _json(getattr(value, one.name)) for one in fields(value)}
    if hasattr(value, "_asdict"):
        return {name: _json(one) for name, one in value._asdict().items()}
    if isinstance(value, (tuple, list)):
        return [_json(one) for one in value]
    return value
