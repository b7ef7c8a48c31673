"""What CDRs and Sessions say was used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tariffs.pricing import (
    TIME_FROM_TIMESTAMPS,
    TIME_FROM_VOLUMES,
    NotACharge,
    Phase,
    charge_of_cdr,
    charge_of_session,
    compile_tariff,
    credit_of,
    price,
    price_to_ocpi,
)
from tests.tariffs.pricing import spec_tariffs as given
from tests.tariffs.pricing.spec_tariffs import component, element, tariff

Document = dict[str, Any]

BY_HOUR = compile_tariff(tariff(element(component("TIME", 60, None, 0))))
PARKED = compile_tariff(
    tariff(element(component("TIME", 6, None, 0), component("PARKING_TIME", 60, None, 0)))
)


def period(at: str, **volumes: Any) -> Document:
    return {
        "start_date_time": f"2024-12-05T{at}Z",
        "dimensions": [{"type": kind, "volume": volume} for kind, volume in volumes.items()],
        "tariff_id": "12",
    }


def cdr(*periods: Document, start: str = "17:39:09", end: str = "19:37:32") -> Document:
    return {
        "start_date_time": f"2024-12-05T{start}Z",
        "end_date_time": f"2024-12-05T{end}Z",
        "charging_periods": list(periods),
    }


EXAMPLE = cdr(period("17:39:09", TIME=1.973))
"""OCPI's example of a CDR."""


@pytest.mark.parametrize("rules", [TIME_FROM_VOLUMES, TIME_FROM_TIMESTAMPS])
def test_ocpis_example_of_a_cdr(rules: Any) -> None:
    """V30, D-022, D-023: 1.973 h in steps of 5 minutes are 2 h, whether by volume or by time stamps."""
    compiled = compile_tariff(given.CDR_EXAMPLE)
    priced = price(charge_of_cdr(EXAMPLE, time_zone="Europe/Brussels"), compiled, rules)
    assert price_to_ocpi(priced.total_cost) == {
        "before_taxes": 4,
        "taxes": [{"name": "VAT", "percentage": 10, "amount": Decimal("0.4")}],
    }
    assert priced.total_time_cost == priced.total_cost
    assert priced.notes == ("TAX_NOT_SAID",)


def test_ocpis_example_at_2_1_1() -> None:
    """V31: the price is a text, and there is no tax."""
    document = {
        "id": "12",
        "currency": "EUR",
        "elements": [element(component("TIME", "2.00", None, 300))],
    }
    compiled = compile_tariff(document, version="2.1.1")
    assert price(charge_of_cdr(EXAMPLE), compiled).total_cost.before_taxes == 4


def test_a_credit_negates_nothing_but_the_total() -> None:
    """D18, D-007: of a Credit CDR only total_cost is negative."""
    priced = price(charge_of_cdr(EXAMPLE), compile_tariff(given.CDR_EXAMPLE))
    credit = credit_of(priced)
    assert (credit.total_cost.before_taxes, credit.total_cost.tax) == (Decimal(-4), Decimal("-0.4"))
    assert credit.total_cost.after_taxes == Decimal("-4.4")
    assert credit.total_time_cost == priced.total_time_cost


def test_volumes_made_exact_by_time_stamps() -> None:
    """D-018: 0.0833 h is five minutes where the time stamps say so, and 0.05 h is less than five minutes."""
    exact = cdr(period("12:00:00", TIME=0.0833), start="12:00:00", end="12:05:00")
    assert price(charge_of_cdr(exact), BY_HOUR).total_cost.before_taxes == 5
    assert price(charge_of_cdr(exact), BY_HOUR, TIME_FROM_VOLUMES).total_cost.before_taxes == (
        Decimal("4.998")
    )
    other = cdr(period("12:00:00", TIME=0.05), start="12:00:00", end="12:05:00")
    assert price(charge_of_cdr(other), BY_HOUR).total_cost.before_taxes == 3
    assert price(charge_of_cdr(other), BY_HOUR, TIME_FROM_TIMESTAMPS).total_cost.before_taxes == 5


def test_a_period_may_hold_charging_and_parking() -> None:
    """Charging comes first, with all energy; each costs its own price."""
    both = cdr(
        period("12:00:00", ENERGY=5, TIME=0.5, PARKING_TIME=0.25), start="12:00:00", end="12:45:00"
    )
    charge = charge_of_cdr(both)
    assert [(one.phase, one.energy, one.source) for one in charge.periods] == [
        (Phase.CHARGING, Decimal(5), 0),
        (Phase.PARKING, Decimal(0), 0),
    ]
    assert charge.periods[1].start == datetime(2024, 12, 5, 12, 30, tzinfo=UTC)
    assert price(charge, PARKED).total_cost.before_taxes == 18


@pytest.mark.parametrize(
    ("volumes", "phase"),
    [
        ({"ENERGY": 1}, Phase.CHARGING),
        ({"ENERGY": 1, "TIME": 0.5}, Phase.CHARGING),
        ({"ENERGY": 0, "TIME": 0}, Phase.SUSPENDED),
        ({"ENERGY": 0}, Phase.SUSPENDED),
        ({"MAX_POWER": 11}, Phase.CHARGING),
        ({"ENERGY": 0.1, "PARKING_TIME": 0.5}, Phase.PARKING),
        ({"PARKING_TIME": 0.5, "TIME": 0}, Phase.PARKING),
        ({"RESERVATION_TIME": 0.5}, Phase.RESERVATION_EXPIRED),
    ],
)
def test_dimensions_say_what_the_connector_did(volumes: Document, phase: Phase) -> None:
    """D-031, D-020: a CDR with nothing but reserved time is of a reservation that expired."""
    charge = charge_of_cdr(cdr(period("17:39:09", **volumes)))
    assert [one.phase for one in charge.periods] == [phase]


def test_a_session_starts_after_its_reservation() -> None:
    """D-021, A-06: the CDR starts with the reservation, durations count from when the vehicle came."""
    charge = charge_of_cdr(
        cdr(
            period("12:00:00", RESERVATION_TIME=0.5),
            period("12:30:00", ENERGY=5, TIME=0.5),
            start="12:00:00",
            end="13:00:00",
        )
    )
    assert [one.phase for one in charge.periods] == [Phase.RESERVATION, Phase.CHARGING]
    assert charge.start == datetime(2024, 12, 5, 12, 30, tzinfo=UTC)


def test_what_is_doubtful_is_said() -> None:
    """Quirk 70 and the like: periods before the start, out of order, after the end; no time zone."""
    charge = charge_of_cdr(
        cdr(
            period("18:30:00", ENERGY=1),
            period("17:39:00", ENERGY=1),
            period("19:40:00", ENERGY=0),
        )
    )
    assert charge.doubts == (
        "NO_TIME_ZONE",
        "OUT_OF_ORDER",
        "ENDS_BEFORE",
        "STARTS_BEFORE",
        "NO_TIMES",
    )
    assert [one.source for one in charge.periods] == [1, 0, 2]
    assert charge.energy == 2
    assert charge_of_cdr(EXAMPLE, time_zone="Europe/Atlantis").doubts == ("UNKNOWN_TIME_ZONE",)


def test_the_time_zone_matters_only_for_prices_by_the_clock() -> None:
    """A-10: without a time zone a price by time of day is of low confidence, others are not."""
    by_clock = compile_tariff(tariff(element(component("TIME", 1), start_time="08:00")))
    charge = charge_of_cdr(EXAMPLE)
    assert "NO_TIME_ZONE" in charge.doubts
    assert "NO_TIME_ZONE" in price(charge, by_clock).notes
    assert "NO_TIME_ZONE" not in price(charge, BY_HOUR).notes


def test_a_cdr_without_periods_is_one_period() -> None:
    """D-016: its totals are what there is."""
    document = cdr(start="12:00:00", end="13:00:00")
    document.update(total_energy=7, total_time=1, total_parking_time=0.25)
    charge = charge_of_cdr(document)
    assert [(one.phase, one.energy) for one in charge.periods] == [
        (Phase.CHARGING, Decimal(7)),
        (Phase.PARKING, Decimal(0)),
    ]
    assert "NO_PERIODS" in charge.doubts
    assert price(charge, PARKED).total_cost.before_taxes == Decimal("19.5")


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({}, "start_date_time"),
        ({**EXAMPLE, "end_date_time": "soon"}, "end_date_time"),
        ({**EXAMPLE, "charging_periods": "many"}, "charging_periods"),
        (cdr({"dimensions": []}), "charging_periods.0.start_date_time"),
        (cdr(period("12:00:00", ENERGY="much")), "charging_periods.0.dimensions"),
    ],
)
def test_what_is_no_charge_names_the_place(document: Document, path: str) -> None:
    with pytest.raises(NotACharge) as refused:
        charge_of_cdr(document)
    assert refused.value.path == path


def session(*periods: Document, **fields: Any) -> Document:
    return {
        "start_date_time": "2024-12-05T12:00:00Z",
        "kwh": 5,
        "status": "ACTIVE",
        "last_updated": "2024-12-05T12:40:00Z",
        "charging_periods": list(periods),
        **fields,
    }


def test_a_running_session_costs_what_it_has_cost_so_far() -> None:
    """Time goes on until the moment asked for, and not beyond; energy is what was reported."""
    running = session(period("12:00:00", ENERGY=5))
    at = datetime(2024, 12, 5, 12, 30, tzinfo=UTC)
    costs = [
        price(charge_of_session(running, until=until), BY_HOUR).total_cost.before_taxes
        for until in (None, at, at + timedelta(minutes=15))
    ]
    assert costs == [40, 30, 45]
    ended = session(period("12:00:00", ENERGY=5), end_date_time="2024-12-05T12:10:00Z")
    assert price(charge_of_session(ended, until=at), BY_HOUR).total_cost.before_taxes == 10


def test_energy_that_only_the_session_knows_is_spread_over_its_periods() -> None:
    charge = charge_of_session(
        session(period("12:00:00", TIME=0.25), period("12:15:00", TIME=0.4167))
    )
    assert sum(one.energy for one in charge.periods) == 5
    assert "ENERGY_NOT_IN_PERIODS" in charge.doubts


def test_energy_in_and_out_of_a_session_are_subtracted() -> None:
    """Dimensions for Sessions only: ENERGY_IMPORT less ENERGY_EXPORT, where ENERGY is missing."""
    charge = charge_of_session(session(period("12:00:00", ENERGY_IMPORT=6, ENERGY_EXPORT=1)))
    assert charge.energy == 5


def test_a_session_without_periods_and_one_that_is_reserved() -> None:
    """A reservation that waits costs its time so far; one that ended unused has expired."""
    assert charge_of_session(session()).periods[0].phase is Phase.CHARGING
    waiting = session(status="RESERVATION", kwh=0)
    assert charge_of_session(waiting).periods[0].phase is Phase.RESERVATION
    over = session(
        period("12:00:00", RESERVATION_TIME=0.5),
        status="COMPLETED",
        kwh=0,
        end_date_time="2024-12-05T12:30:00Z",
    )
    assert charge_of_session(over).periods[0].phase is Phase.RESERVATION_EXPIRED
