"""Findings about Tariffs that are valid and doubtful."""

from __future__ import annotations

from typing import Any

import pytest

from ocpi.currencies import DECIMALS
from ocpi.tariff_checks import check_tariff
from ocpi.tariff_codes import TARIFF_CODES
from tests.ocpi.samples import component, element, energy, tariff, without


def found(*elements: dict[str, Any], **fields: Any) -> dict[str, str]:
    """Path to code."""
    problems = check_tariff(tariff(*elements, **fields))
    assert all(problem.message == TARIFF_CODES[problem.code] for problem in problems)
    return {problem.path: problem.code for problem in problems}


def about(**restrictions: Any) -> dict[str, str]:
    prefix = "elements.0.restrictions."
    return {
        path.removeprefix(prefix): code
        for path, code in found(element(energy(0.5), **restrictions)).items()
    }


def test_nothing_is_wrong_with_an_ordinary_tariff() -> None:
    assert (
        found(
            element(component("FLAT", 0.5, vat=21)),
            element(energy(0.5, vat=21), start_time="08:00", end_time="00:00"),
            element(energy(0.25, vat=21)),
            element(component("TIME", 1), component("FLAT", 1), reservation="RESERVATION"),
            min_price={"before_taxes": 1},
            max_price={"before_taxes": 10},
            start_date_time="2026-01-01T00:00:00Z",
            end_date_time="2026-01-02T00:00:00Z",
            tariff_alt_text=[{"language": "en", "text": "Parking is free for 2 hours"}],
        )
        == {}
    )


def test_the_free_tariff_of_the_specification_has_no_findings() -> None:
    """F-011."""
    assert found(element(component("FLAT", 0, step_size=0))) == {}


def test_elements_that_earlier_ones_cover() -> None:
    assert found(
        element(energy(1)),
        element(energy(2), min_kwh=10),
        element(energy(3), component("TIME", 1)),
        element(energy(4), reservation="RESERVATION_EXPIRES"),
    ) == {
        "elements.1": "element_unreachable",
        "elements.2.price_components.0": "price_unreachable",
        "elements.3.price_components.0": "reservation_prices_use",
    }
    assert found(
        element(energy(1), start_time="08:00", end_time="20:00"),
        element(energy(2), start_time="09:00", end_time="10:00", day_of_week=["MONDAY"]),
        element(energy(3), start_time="19:00", end_time="21:00"),
    ) == {"elements.1": "element_unreachable"}


def test_reservations_and_bookings_cost_time_and_a_fee() -> None:
    """F-019, F-029."""
    elements = (
        element(component("PARKING_TIME", 1), reservation="RESERVATION"),
        element(energy(1), booking="BOOKING"),
    )
    assert found(*elements) == {
        "elements.0.price_components.0": "reservation_prices_use",
        "elements.1.price_components.0": "reservation_prices_use",
    }


def test_one_dimension_twice_in_an_element() -> None:
    path = "elements.0.price_components.1"
    assert found(element(energy(1), energy(2))) == {path: "dimension_twice"}


@pytest.mark.parametrize(
    ("size", "code"), [(0, "step_size_zero"), (-5, "step_size_zero"), (300, "step_size_not_one")]
)
def test_step_sizes(size: int, code: str) -> None:
    """F-030."""
    path = "elements.0.price_components.0.step_size"
    assert found(element(component("TIME", 1, step_size=size))) == {path: code}


@pytest.mark.parametrize(
    ("restrictions", "findings"),
    [
        ({"min_kwh": 0}, {"min_kwh": "restriction_without_effect"}),
        ({"min_duration": 0, "max_duration": 10}, {"min_duration": "restriction_without_effect"}),
        ({"min_power": 11, "max_power": 11}, {"min_power": "min_not_below_max"}),
        ({"min_current": 20, "max_current": 10}, {"min_current": "min_not_below_max"}),
        ({"end_time": "23:59"}, {"end_time": "last_minute_uncovered"}),
        ({"start_time": "00:00"}, {"start_time": "restriction_without_effect"}),
        (
            {"start_time": "00:00", "end_time": "00:00"},
            {"start_time": "restriction_without_effect"},
        ),
        ({"start_time": "09:00", "end_time": "09:00"}, {"end_time": "window_without_length"}),
        ({"start_time": "22:00", "end_time": "06:00"}, {}),
        ({"start_time": "22:00", "end_time": "00:00"}, {}),
        (
            {"start_date": "2026-06-07", "end_date": "2026-06-07"},
            {"end_date": "dates_hold_no_day"},
        ),
        ({"start_date": "2026-06-07", "end_date": "2026-06-08"}, {}),
    ],
)
def test_restrictions(restrictions: dict[str, Any], findings: dict[str, str]) -> None:
    """F-015."""
    assert about(**restrictions) == findings


def test_all_seven_days() -> None:
    days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
    assert about(day_of_week=days) == {"day_of_week": "restriction_without_effect"}
    assert about(day_of_week=days[1:]) == {}


def test_limits_and_validity() -> None:
    assert found(
        min_price={"before_taxes": 10, "after_taxes": 12},
        max_price={"before_taxes": 10, "after_taxes": 11},
        start_date_time="2026-01-01T00:00:00Z",
        end_date_time="2026-01-01T00:00:00",
    ) == {"min_price.after_taxes": "limits_reversed", "start_date_time": "validity_reversed"}


@pytest.mark.parametrize(
    "text",
    [
        "DC 150kW: €0.70 per kWh",
        "0.388EURperKWH",
        "0,29 €/kWh",
        "Energy\n 0.646 EUR per kWh",
        "39 ct",
        "5/min",
    ],
)
def test_texts_that_state_a_price(text: str) -> None:
    """F-010."""
    texts = [{"language": "en", "text": text}]
    assert found(tariff_alt_text=texts) == {"tariff_alt_text.0": "alt_text_states_price"}


@pytest.mark.parametrize("text", ["Free for 2 hours", "Gratis 24/7", "Up to 150 kW", "Tariff 12"])
def test_texts_that_state_none(text: str) -> None:
    assert found(tariff_alt_text=[{"language": "en", "text": text}]) == {}


@pytest.mark.parametrize(
    ("priced", "code"),
    [
        (energy(7.5), "price_implausible"),
        (component("TIME", 360), "price_implausible"),
        (component("PARKING_TIME", -1), "price_negative"),
    ],
)
def test_prices(priced: dict[str, Any], code: str) -> None:
    assert found(element(priced)) == {"elements.0.price_components.0.price": code}
    assert found(element(energy(150)), currency="JPY") == {}


@pytest.mark.parametrize("vat", [0.21, -1, 2100])
def test_rates_of_vat(vat: float) -> None:
    path = "elements.0.price_components.0.vat"
    assert found(element(energy(0.5, vat=vat))) == {path: "vat_implausible"}
    assert found(element(energy(0.5, vat=0))) == {}


def test_several_flat_fees() -> None:
    fees = (element(component("FLAT", 1), min_duration=60), element(component("FLAT", 2)))
    assert found(*fees) == {"elements.1.price_components.0": "several_flat_fees"}
    assert found(fees[0], element(component("FLAT", 0))) == {}


def test_a_tariff_that_lost_its_prices() -> None:
    bare = without(tariff(), "elements", "currency")
    assert [problem.code for problem in check_tariff(bare)] == ["currency_unknown"]


def test_currencies() -> None:
    assert found(currency="eur") == {}
    assert found(currency="XXX") == {"currency": "currency_unknown"}
    assert {code: DECIMALS[code] for code in ("EUR", "JPY", "KWD", "CLF")} == {
        "EUR": 2,
        "JPY": 0,
        "KWD": 3,
        "CLF": 4,
    }
    assert all(len(code) == 3 and code.isupper() for code in DECIMALS)
