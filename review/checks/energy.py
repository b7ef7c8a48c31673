"""Whether the energy and the power of a charge are possible."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from cdrs import words
from charging.words import is_number
from ocpi.numbers import exact_decimal, plain
from review.checks.declaration import Check, Found, Parameter, Unit, Values
from review.checks.facts import Context

_HOUR = timedelta(hours=1)
_HUNDRED = Decimal(100)
_THOUSAND = Decimal(1000)


def _energy_much(context: Context, values: Values) -> Found | None:
    cdr = context.cdr
    if cdr.credit or cdr.energy <= values["kwh"]:
        return None
    hint = ""
    if cdr.energy / _THOUSAND <= values["kwh"] and cdr.energy > 10 * values["kwh"]:
        hint = " It may be meant in Wh."
    return Found(
        f"It bills {words.energy(cdr.energy)}, more than {words.energy(values['kwh'])}.{hint}",
        abs(cdr.total_cost),
    )


def _energy_negative(context: Context, values: Values) -> Found | None:
    cdr = context.cdr
    if cdr.energy >= 0:
        return None
    return Found(f"Its energy is negative: {words.energy(cdr.energy)}.", abs(cdr.total_cost))


def _power(context: Context, values: Values) -> Found | None:
    """Energy over the longer of what is said and what passed, so that a late end is no fast charge."""
    cdr = context.cdr
    said = cdr.duration - (cdr.parking_time or 0)
    hours = max(said, Decimal(cdr.passed / _HOUR) - (cdr.parking_time or 0))
    if cdr.credit or cdr.energy <= values["least"] or hours <= 0:
        return None
    power = cdr.energy / hours
    connector = context.connector.power_kw if context.connector else None
    limit, of = values["kw"], "a car can take"
    if connector is not None and connector * (1 + values["percent"] / _HUNDRED) < limit:
        limit, of = connector * (1 + values["percent"] / _HUNDRED), "its connector gives"
    if power <= limit:
        return None
    shown = connector if connector is not None and of.startswith("its") else values["kw"]
    return Found(
        f"{words.energy(cdr.energy)} in {words.duration(hours)} are"
        f" {plain(round(power, 1))} kW on average; {of} {plain(round(shown, 1))} kW at most.",
        abs(cdr.total_cost),
    )


def _energy_of_periods(context: Context, values: Values) -> Found | None:
    cdr, total = context.cdr, context.document.get("total_energy")
    volumes = [
        exact_decimal(dimension["volume"])
        for period in context.document.get("charging_periods") or ()
        if isinstance(period, Mapping)
        for dimension in period.get("dimensions") or ()
        if isinstance(dimension, Mapping)
        and dimension.get("type") == "ENERGY"
        and is_number(dimension.get("volume"))
    ]
    if not volumes or not is_number(total):
        return None
    counted, said = sum(volumes, Decimal(0)), exact_decimal(total)
    off = abs(counted - said)
    if off <= max(values["kwh"], abs(said) * values["percent"] / _HUNDRED):
        return None
    share = min(off / said, Decimal(1)) if said > counted and said > 0 else Decimal(0)
    return Found(
        f"Its periods come to {words.energy(counted)}, the total is {words.energy(said)}.",
        abs(cdr.total_cost) * share,
    )


CHECKS = (
    Check(
        "energy_much",
        "Too much energy",
        "More energy than a battery holds. Often it is in Wh instead of kWh.",
        "Ask the CPO for the meter's readings.",
        _energy_much,
        parameters=(
            Parameter(
                "kwh",
                "Counts above",
                Unit.KWH,
                usual=Decimal(150),
                explanation="Cars hold up to about 200 kWh, lorries and buses more.",
            ),
        ),
    ),
    Check(
        "energy_negative",
        "Negative energy",
        "The charge took less than nothing.",
        "Ask the CPO whether the car gave energy back, and what was agreed about that.",
        _energy_negative,
    ),
    Check(
        "power",
        "Too much power",
        "The energy is more than the connector, or any car, can take in that time.",
        "Ask the CPO for the times of the charge and the meter's readings.",
        _power,
        parameters=(
            Parameter("kw", "Counts above an average of", Unit.KW, Decimal(400)),
            Parameter(
                "percent",
                "Above the connector's power by more than",
                Unit.PERCENT,
                usual=Decimal(20),
                most=Decimal(1000),
                explanation="Where its location here says the power. Meters and clocks are not exact.",
            ),
            Parameter(
                "least",
                "Charges up to this much energy do not count",
                Unit.KWH,
                usual=Decimal(1),
                explanation="In a minute or two, rounding makes any power.",
            ),
        ),
    ),
    Check(
        "energy_of_periods",
        "Energy of the periods",
        "The energy of the charging periods comes to something else than the total energy.",
        "Ask the CPO which is right: the total is what statements count.",
        _energy_of_periods,
        parameters=(
            Parameter("kwh", "A difference up to this does not count", Unit.KWH, Decimal("0.05")),
            Parameter(
                "percent",
                "Nor one up to this share of the total",
                Unit.PERCENT,
                usual=Decimal(1),
                most=Decimal(100),
            ),
        ),
    ),
)
