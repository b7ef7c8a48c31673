"""Why a price is what it is: structured reasons, and the same in plain English."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tariffs.pricing import (
    Charge,
    compile_tariff,
    explain,
    price,
    references,
)
from tariffs.pricing.words import passages
from tests.tariffs.pricing import spec_tariffs as given
from tests.tariffs.pricing.charges import MONDAY, SATURDAY, charge, part
from tests.tariffs.pricing.spec_tariffs import component, element, tariff


def said(document: dict[str, Any], used: Charge) -> dict[str, tuple[str, ...]]:
    return {one.title: one.sentences for one in passages(explain(used, compile_tariff(document)))}


def test_each_stretch_says_what_priced_it_and_why_others_did_not() -> None:
    """V12b, F-012: the element that holds, and of each earlier one what it wanted and what was so."""
    saturday = charge(part("C", 114, 9, min_current=43), part("P", 71), at=f"{SATURDAY}T13:30")
    trace = explain(saturday, compile_tariff(given.TARIFF_4))
    charging, parking = trace.to_json()["stretches"]
    time = next(one for one in charging["choices"] if one["dimension"] == "TIME")
    assert (time["element"], time["unit_price"], time["quantity"]) == (3, "1.25", "1.9")
    assert time["passed"] == [
        {
            "element": 1,
            "reasons": [
                {
                    "restriction": "current",
                    "least": None,
                    "most": "32",
                    "wanted": [],
                    "actual": "43",
                }
            ],
        },
        {
            "element": 2,
            "reasons": [
                {
                    "restriction": "day_of_week",
                    "least": None,
                    "most": None,
                    "wanted": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
                    "actual": "SATURDAY",
                }
            ],
        },
    ]
    assert [one["dimension"] for one in parking["choices"]] == ["PARKING_TIME"]
    assert json.dumps(trace.to_json())


@pytest.mark.parametrize(
    ("restrictions", "why"),
    [
        ({"start_time": "13:00"}, "it is for 13:00\N{EN DASH}00:00, and it was 12:00"),
        ({"day_of_week": ["SUNDAY"]}, "it is for Sunday, and it was Monday"),
        ({"end_date": "2024-06-03"}, "it is for before 2024-06-03, and it was 2024-06-03"),
        ({"min_kwh": 20}, "it is for kWh charged from 20 kWh, and it was 0 kWh"),
        ({"min_power": 20}, "it is for a power from 20 kW, and it was 7.4 kW"),
        ({"max_current": 16}, "it is for a current below 16 A, and nobody measured it"),
        (
            {"min_duration": 5400},
            "it is for a duration from 1 hour 30 minutes, and 0 seconds had passed",
        ),
        ({"reservation": "RESERVATION"}, "it is for reservations only"),
    ],
)
def test_the_words_for_an_element_that_does_not_hold(
    restrictions: dict[str, Any], why: str
) -> None:
    """F-013 to F-018: what each restriction wants and what was the case, with units."""
    document = tariff(element(component("TIME", 1), **restrictions), element(component("TIME", 2)))
    first = next(iter(said(document, charge(part("C", 60, 7.4, power=7.4))).values()))
    assert f"Element 1 does not hold: {why}." in first


def test_step_size_limits_taxes_and_total_in_words() -> None:
    """V04, V05a: what a person reads who has to pay."""
    parked = said(given.TARIFF_10, charge(part("C", 60, 20), part("P", 40)))
    (step,) = parked["Step size"]
    assert step == (
        "Parking time is billed in steps of 15 minutes: 40 minutes become 45 minutes. "
        "The step of element 1 counts, as it priced the last of it."
    )
    assert parked["Tax"] == (
        "20 % VAT on EUR 2.00: EUR 0.40.",
        "10 % VAT on EUR 5.00: EUR 0.50.",
    )
    assert parked["Total"] == ("EUR 7.00 before tax, EUR 7.90 including tax.",)
    assert said(given.TARIFF_6, charge(part("C", 60, 50)))["Limits"] == (
        "The maximum price before tax holds: EUR 13.00 become EUR 10.00.",
        "The maximum price including tax holds: EUR 14.35 become EUR 11.00.",
    )


def test_stretches_have_local_times_with_their_zone() -> None:
    """V14b: the period is split at 17:00 where the price changes."""
    titles = list(said(given.TARIFF_14, charge(part("C", 35), at=f"{MONDAY}T16:35")))
    assert titles[:2] == [
        "Mon 3 Jun 2024, 16:35 to 17:00 (Europe/Berlin): charging",
        "Mon 3 Jun 2024, 17:00 to 17:10 (Europe/Berlin): charging",
    ]


def test_what_no_decimal_can_say_is_said_to_be_about() -> None:
    third = said(tariff(element(component("TIME", 1, None, 0))), charge(part("C", 20)))
    assert third["Total"] == ("about EUR 0.3333 before tax, about EUR 0.3333 including tax.",)


def test_ten_charges_to_try_a_tariff_by() -> None:
    """They are always the same, differ from each other, and reach every kind of price."""
    ten = references("Europe/Berlin")
    assert ten == references("Europe/Berlin")
    assert len({one.name for one in ten}) == len({one.label for one in ten}) == 10
    document = tariff(
        *given.TARIFF_17["elements"], element(component("PARKING_TIME", 1), component("TIME", 1))
    )
    compiled = compile_tariff(document)
    costs = {one.name: price(one.charge, compiled).total_cost.before_taxes for one in ten}
    assert costs["PAUSED"] == costs["AFTERNOON"], "a pause costs nothing (A-01)"
    assert len(set(costs.values())) == 9
    assert all(cost for cost in costs.values())


def test_the_engine_needs_neither_django_nor_the_portal() -> None:
    """It can be used alone: importing it brings in nothing of them."""
    program = (
        "import sys, tariffs.pricing, tariffs.pricing.words;"
        "print([name for name in sys.modules if name.split('.')[0] in "
        "('django', 'exchange', 'parties') or name.startswith('tariffs.m')])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
