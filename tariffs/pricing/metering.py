"""Cuts meter values into charging periods: a new one whenever a price changes (OCPI, mod_cdrs, ChargingPeriod)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Any, NamedTuple

from ocpi.datetimes import to_milliseconds
from tariffs.pricing.charge import ZERO, Charge, Period, Phase
from tariffs.pricing.clock import zone
from tariffs.pricing.engine import chosen, currency_of, table_of, time_dimension
from tariffs.pricing.exact import CONTEXT, moment
from tariffs.pricing.rules import SPEC, RuleSet
from tariffs.pricing.walking import Stretch, Tariffs, stretches


class MeterValue(NamedTuple):
    """What is known at an instant, and holds from it until the next one.

    `at` is aware. `energy` is the reading of the meter in kWh: what was charged is the difference to the
    next reading. `current` in A, summed over phases, `power` in kW. `phase` is what the connector does
    from now on, `tariff_id` the Tariff that prices it.
    """

    at: datetime
    energy: Decimal
    phase: Phase = Phase.CHARGING
    current: Decimal | None = None
    power: Decimal | None = None
    tariff_id: str | None = None


def charge_of_meter_values(
    values: Iterable[MeterValue],
    tariffs: Tariffs,
    rules: RuleSet = SPEC,
    *,
    until: datetime | None = None,
    time_zone: str | None = None,
) -> Charge:
    """Meter values as charging periods, a new one whenever a price of the Tariffs changes.

    Values are taken in the order of time; energy between two of them runs evenly. Until `until` (aware)
    the last value's phase goes on, without energy; without `until` all ends with the last value. Instants
    are cut to milliseconds, which is what OCPI can say. Pricing the periods, also after
    `Charge.to_ocpi` and back, gives the same price as pricing the values. Raises ValueError without
    values, MixedCurrencies if the Tariffs do not have one currency.
    """
    currency_of(tariffs)
    charge = _uncut(sorted(values, key=lambda value: value.at), until, time_zone)
    cutting = replace(rules, split_periods=True)
    with localcontext(CONTEXT):
        found = [
            (_key(charge, stretch, cutting), stretch)
            for stretch in stretches(charge, tariffs, cutting)
        ]
    return charge._replace(periods=tuple(_merged(charge, found)))


def _uncut(values: Sequence[MeterValue], until: datetime | None, time_zone: str | None) -> Charge:
    if not values:
        raise ValueError("at least one meter value is needed")
    values = [value._replace(at=to_milliseconds(value.at)) for value in values]
    last = values[-1]
    if until is not None and until > last.at:
        values.append(last._replace(at=to_milliseconds(until)))
    elif len(values) == 1:
        values.append(last)
    periods = tuple(
        Period(
            one.at,
            two.at,
            one.phase,
            two.energy - one.energy,
            current=one.current,
            power=one.power,
            tariff_id=one.tariff_id,
        )
        for one, two in pairwise(values)
    )
    start = next((one.start for one in periods if one.phase.is_connected), periods[0].start)
    doubts: tuple[str, ...] = ()
    if time_zone is None:
        doubts = ("NO_TIME_ZONE",)
    elif zone(time_zone) is None:
        doubts = ("UNKNOWN_TIME_ZONE",)
    return Charge(periods, time_zone, start, doubts)


def _key(charge: Charge, stretch: Stretch, rules: RuleSet) -> tuple[Any, ...]:
    """What two stretches have in common that belong in one period: all prices, and what flows within bounds."""
    tariff = stretch.tariff
    named = charge.periods[stretch.period].tariff_id
    if tariff is None:
        return stretch.phase, named
    table = table_of(tariff, stretch.phase, rules)
    dimension = time_dimension(stretch.phase, table, rules)
    prices = tuple(
        chosen(table[one], stretch) for one in ("FLAT", "ENERGY", dimension) if one in table
    )
    return (
        stretch.phase,
        named,
        tuple(None if one is None else (one.element, one.place) for one in prices),
        _band(tariff.boundaries.currents, stretch.moment.current),
        _band(tariff.boundaries.powers, stretch.moment.power),
    )


def _band(bounds: tuple[Decimal, ...], amount: Decimal | None) -> int | None:
    return None if amount is None else bisect_right(bounds, amount)


def _merged(charge: Charge, found: list[tuple[tuple[Any, ...], Stretch]]) -> Iterator[Period]:
    together: list[Stretch] = []
    number = 0
    for place, (key, stretch) in enumerate(found):
        together.append(stretch)
        is_last = place == len(found) - 1
        if is_last or found[place + 1][0] != key:
            yield _period(charge, together, number)
            together, number = [], number + 1


def _period(charge: Charge, together: list[Stretch], number: int) -> Period:
    first, last = together[0], together[-1]
    parts = [charge.periods[place] for place in {one.period: None for one in together}]
    currents = [one.current for one in parts if one.current is not None]
    powers = [one.power for one in parts if one.power is not None]
    with localcontext(CONTEXT):
        energy = sum((one.energy for one in together), ZERO)
    return Period(
        moment(first.start),
        moment(last.end),
        first.phase,
        energy,
        min_current=min(currents, default=None),
        max_current=max(currents, default=None),
        min_power=min(powers, default=None),
        max_power=max(powers, default=None),
        tariff_id=parts[0].tariff_id,
        source=number,
    )
