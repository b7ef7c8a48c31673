"""Meter values become charging periods: one more wherever a price changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tariffs.pricing import (
    MeterValue,
    Phase,
    charge_of_meter_values,
    compile_tariff,
    price,
)
from tests.tariffs.pricing import spec_tariffs as given
from tests.tariffs.pricing.spec_tariffs import component, element, tariff

START = datetime(2024, 6, 3, 14, 0, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def value(minutes: float, reading: Any, **fields: Any) -> MeterValue:
    return MeterValue(START + timedelta(minutes=minutes), Decimal(str(reading)), **fields)


def test_a_period_starts_when_the_clock_changes_the_price() -> None:
    """D-013, OCPI's example: energy changes in price at 17:00, and what was used until then is worked out."""
    by_clock = compile_tariff(
        tariff(
            element(component("ENERGY", 0.20), end_time="17:00"), element(component("ENERGY", 0.27))
        )
    )
    charge = charge_of_meter_values([value(0, 100), value(90, 109)], by_clock, time_zone=BERLIN)
    assert charge.to_ocpi() == [
        {
            "start_date_time": "2024-06-03T14:00:00Z",
            "dimensions": [{"type": "ENERGY", "volume": 6}, {"type": "TIME", "volume": 1}],
        },
        {
            "start_date_time": "2024-06-03T15:00:00Z",
            "dimensions": [
                {"type": "ENERGY", "volume": 3},
                {"type": "TIME", "volume": Decimal("0.5")},
            ],
        },
    ]
    assert price(charge, by_clock).total_cost.before_taxes == Decimal("2.01")


def test_a_period_starts_when_power_or_energy_changes_the_price() -> None:
    """D-013, V19, F-017: between values of the meter what does not change the price is one period."""
    charge = charge_of_meter_values(
        [
            value(0, 0, power=Decimal(6)),
            value(5, 0.5, power=Decimal(12)),
            value(10, 1, power=Decimal(48)),
            value(60, 41, power=Decimal(4)),
            value(67.5, 41.5),
        ],
        compile_tariff(given.MAX_POWER),
        time_zone=BERLIN,
    )
    assert [(one.energy, one.max_power) for one in charge.periods] == [
        (Decimal(1), Decimal(12)),
        (Decimal(40), Decimal(48)),
        (Decimal("0.5"), Decimal(4)),
    ]
    assert price(charge, compile_tariff(given.MAX_POWER)).total_cost.before_taxes == Decimal("20.3")


def test_a_pause_by_the_charger_is_not_parking() -> None:
    """D-031, D12: PARKING_TIME is only what passes while the vehicle asks for no power."""
    tariff_13 = compile_tariff(given.TARIFF_13)
    charge = charge_of_meter_values(
        [
            value(0, 0),
            value(30, 5, phase=Phase.SUSPENDED),
            value(45, 5),
            value(60, 8, phase=Phase.PARKING),
            value(80, 8, phase=Phase.PARKING),
        ],
        tariff_13,
        time_zone=BERLIN,
    )
    kinds: list[Any] = [
        [one["type"] for one in period["dimensions"] if one["volume"]]  # type: ignore[attr-defined]
        for period in charge.to_ocpi()
    ]
    assert kinds == [["ENERGY", "TIME"], [], ["ENERGY", "TIME"], ["PARKING_TIME"]]
    cost = price(charge, tariff_13).total_cost.before_taxes
    assert cost is not None
    assert abs(cost - Decimal(47) / 12) < Decimal("1E-12")


def test_a_charge_that_goes_on_costs_its_time_until_now_and_no_more_energy() -> None:
    by_hour = compile_tariff(
        tariff(element(component("TIME", 60, None, 0), component("ENERGY", 1)))
    )
    values = [value(0, 10), value(10, 12)]
    costs = [
        price(
            charge_of_meter_values(values, by_hour, until=until, time_zone=BERLIN), by_hour
        ).total_cost.before_taxes
        for until in (None, START, START + timedelta(minutes=25))
    ]
    assert costs == [12, 12, 27]


def test_values_may_come_in_any_order_and_one_is_enough() -> None:
    """Without any there is nothing to say."""
    flat = compile_tariff(given.TARIFF_9)
    backwards = charge_of_meter_values([value(10, 12), value(0, 10)], flat)
    assert backwards.energy == 2
    assert backwards.doubts == ("NO_TIME_ZONE",)
    single = charge_of_meter_values([value(0, 10)], flat, time_zone="Nowhere/Land")
    assert price(single, flat).total_cost.before_taxes == Decimal("0.5")
    assert single.doubts == ("UNKNOWN_TIME_ZONE",)
    with pytest.raises(ValueError, match="at least one"):
        charge_of_meter_values([], flat)
