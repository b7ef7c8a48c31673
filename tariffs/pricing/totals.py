"""From priced parts to lines, taxes, minimum and maximum prices and totals."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from tariffs.pricing.charge import ZERO, Charge, Period
from tariffs.pricing.exact import hours, moment, per_hour
from tariffs.pricing.limiting import Subtotal, limited
from tariffs.pricing.priced import UNITS, VAT, Bound, Line, Price, Priced, Rounding, added_up
from tariffs.pricing.rules import RuleSet
from tariffs.pricing.stepping import Missed, Part, StepApplied
from tariffs.pricing.tariff import CompiledTariff
from tariffs.pricing.taxing import Taxing, rounded_price, together, with_tax

_ONE = Decimal(1)


class Sums(NamedTuple):
    """What is priced: `used` holds each Tariff that was relevant, and whether while connected."""

    charge: Charge
    currency: str
    rules: RuleSet
    used: tuple[tuple[CompiledTariff, bool], ...]


def total(
    sums: Sums,
    parts: list[Part],
    applied: list[StepApplied],
    missed: list[Missed],
    notes: dict[str, None],
) -> Priced:
    """Put everything together; to be called in :data:`tariffs.pricing.exact.CONTEXT`."""
    taxing = Taxing(sums.rules, notes)
    carried: dict[str, tuple[Decimal, Decimal]] = {}
    lines = [_line(part, sums.charge.periods[part.period], carried, taxing) for part in parts]
    subtotals, bounds = _subtotals(sums, parts, lines, notes)
    return Priced(
        currency=sums.currency,
        lines=tuple(lines),
        total_cost=_grand_total(subtotals, sums.rules),
        roundings=_roundings(parts, applied),
        bounds=tuple(bounds),
        notes=tuple(notes),
        missed=tuple(missed),
    )


def _line(
    part: Part, period: Period, carried: dict[str, tuple[Decimal, Decimal]], taxing: Taxing
) -> Line:
    component = part.component
    dimension = component.dimension
    if dimension == "ENERGY":
        quantity, added = part.energy + part.added_energy, part.added_energy
        cost, dividend = quantity * component.price, None
    elif dimension == "FLAT":
        quantity, added = _ONE, ZERO
        cost, dividend = component.price, None
    else:
        billed = part.time + part.added_time
        quantity = hours(billed)
        added = hours(part.added_time) if part.added_time else ZERO
        dividend = billed * component.price
        whole, given = carried.get(part.nature, (ZERO, ZERO))
        whole += dividend
        reached = per_hour(whole)
        carried[part.nature] = (whole, reached)
        cost = reached - given
    cost, rate, before, tax, after = with_tax(taxing, part.tariff, component, cost, dividend)
    return Line(
        part.period,
        part.phase,
        dimension,
        part.tariff.tariff_id,
        component.element,
        component.place,
        quantity,
        added,
        UNITS[dimension],
        component.price,
        rate,
        VAT if component.vat is not None or taxing.other is None else taxing.other[0],
        cost,
        before,
        tax,
        after,
        period.start if part.is_whole else moment(part.start),
        period.end if part.is_whole else moment(part.end),
    )


def _subtotals(
    sums: Sums, parts: list[Part], lines: list[Line], notes: dict[str, None]
) -> tuple[list[Price], list[Bound]]:
    """The total of each Tariff within its limits (A-07), and what the limits changed."""
    bounds: list[Bound] = []
    result: list[Price] = []
    one = len(sums.used) == 1
    for tariff, connected in sums.used:
        mine = (
            lines
            if one
            else [line for line, part in zip(lines, parts, strict=True) if part.tariff is tariff]
        )
        if tariff.minimum is None and tariff.maximum is None:
            result.append(added_up(mine))
        else:
            subtotal = Subtotal(tariff, mine, connected)
            result.extend(limited(subtotal, sums.rules, bounds, notes))
    return result, bounds


def _grand_total(subtotals: list[Price], rules: RuleSet) -> Price:
    whole = subtotals[0] if len(subtotals) == 1 else together(subtotals)
    return whole if rules.total_places is None else rounded_price(whole, rules.total_places)


def _roundings(parts: list[Part], applied: Iterable[StepApplied]) -> tuple[Rounding, ...]:
    return tuple(
        Rounding(
            parts.index(one.part),
            one.part.component.dimension,
            one.part.tariff.tariff_id,
            one.part.component.element,
            one.part.component.place,
            one.part.component.step_size,
            one.total,
            one.billed,
        )
        for one in applied
    )
