"""Types of Tariffs in every version, exactly as their tables say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ocpi.errors import InvalidParameters
from ocpi.json import dumps
from ocpi.versioned import validate_tariff
from tests.ocpi.samples import component, element, energy, tariff, without

ALL = pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
SINCE_2_2_1 = pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])


def sample(version: str, *elements: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A valid Tariff of a version."""
    document = tariff(*elements, **fields)
    if version != "2.3.0":
        document = without(document, "tax_included")
    if version == "2.1.1":
        document = without(document, "country_code", "party_id")
    return document


def faults(version: str, document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidParameters) as caught:
        validate_tariff(version, document)
    return {problem.path: problem.code for problem in caught.value.problems}


@ALL
def test_a_plain_tariff_is_valid_and_kept_as_sent(version: str) -> None:
    document = sample(version)
    assert validate_tariff(version, document) == document
    assert validate_tariff(version, dumps(document))["id"] == "T1"


@ALL
def test_an_empty_tariff_names_every_required_field(version: str) -> None:
    required = {"id", "currency", "elements", "last_updated"}
    if version != "2.1.1":
        required |= {"country_code", "party_id"}
    if version == "2.3.0":
        required |= {"tax_included"}
    assert faults(version, {}) == dict.fromkeys(required, "missing")


@ALL
def test_everything_absent_in_three_ways_is_the_same(version: str) -> None:
    """T-104, T-105."""
    empty: dict[str, Any] = {"start_time": None, "min_kwh": None, "day_of_week": []}
    sent = sample(
        version,
        {"price_components": [energy(0.25)], "restrictions": empty},
        {"price_components": [energy(0.25)], "restrictions": None},
        tariff_alt_text=[],
        tariff_alt_url=None,
        energy_mix=None,
    )
    kept = validate_tariff(version, sent)
    assert kept["elements"] == [
        {"price_components": [energy(0.25)], "restrictions": {}},
        {"price_components": [energy(0.25)]},
    ]
    assert {"tariff_alt_text", "tariff_alt_url", "energy_mix"}.isdisjoint(kept)


@ALL
def test_elements_and_components_need_at_least_one(version: str) -> None:
    """F-009, T-106."""
    document = {**sample(version), "elements": []}
    assert faults(version, document) == {"elements": "too_short"}
    document = sample(version, element())
    assert faults(version, document) == {"elements.0.price_components": "too_short"}


@ALL
def test_numbers_are_json_numbers(version: str) -> None:
    """F-009, T-102."""
    for price in (0, 1, 0.25, Decimal("0.2500")):
        validate_tariff(version, sample(version, element(energy(price))))
    path = "elements.0.price_components.0"
    for wrong in ("0.25", True, None):
        document = sample(version, element(energy(wrong)))
        assert faults(version, document) == {f"{path}.price": "not_a_number"}
    document = sample(version, element(energy(1, step_size=1.5)))
    assert list(faults(version, document)) == [f"{path}.step_size"]
    document = sample(version, element(without(energy(1), "step_size")))
    assert faults(version, document) == {f"{path}.step_size": "missing"}
    validate_tariff(version, sample(version, element(component("FLAT", 0, step_size=0))))


@ALL
@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("start_time", "24:00", "not_a_time"),
        ("end_time", "9:00", "not_a_time"),
        ("end_time", "09:00:00", "not_a_time"),
        ("start_date", "2026-1-31", "not_a_date"),
        ("end_date", "2026-02-30", "not_a_date"),
        ("min_kwh", "20", "not_a_number"),
        ("max_power", True, "not_a_number"),
        ("min_duration", 1.5, "int_type"),
        ("max_duration", "60", "int_type"),
    ],
)
def test_restrictions_follow_their_patterns(
    version: str, field: str, value: Any, code: str
) -> None:
    """F-014, T-102."""
    document = sample(version, element(energy(1), **{field: value}))
    assert faults(version, document) == {f"elements.0.restrictions.{field}": code}


@ALL
def test_closed_enumerations(version: str) -> None:
    """T-098, T-111."""
    document = sample(version, element(component("PARKING", 1), day_of_week=["MON", "MONDAY"]))
    assert faults(version, document) == {
        "elements.0.price_components.0.type": "literal_error",
        "elements.0.restrictions.day_of_week.0": "literal_error",
    }


@SINCE_2_2_1
def test_enumerations_since_2_2_1(version: str) -> None:
    for name in ("AD_HOC_PAYMENT", "PROFILE_CHEAP", "PROFILE_FAST", "PROFILE_GREEN", "REGULAR"):
        validate_tariff(version, sample(version, type=name))
    for name in ("RESERVATION", "RESERVATION_EXPIRES"):
        validate_tariff(version, sample(version, element(energy(1), reservation=name)))
    document = sample(version, element(energy(1), reservation="YES"), type="CHEAP")
    assert faults(version, document) == {
        "type": "literal_error",
        "elements.0.restrictions.reservation": "literal_error",
    }


@ALL
@pytest.mark.parametrize("currency", ["EURO", "€", "E1R", "", 978])
def test_a_currency_is_three_letters(version: str, currency: Any) -> None:
    assert list(faults(version, {**sample(version), "currency": currency})) == ["currency"]


def test_tax_included() -> None:
    """F-007."""
    for value in ("YES", "NO", "N/A"):
        validate_tariff("2.3.0", tariff(tax_included=value))
    for wrong in ("yes", True, "NA"):
        assert faults("2.3.0", tariff(tax_included=wrong)) == {"tax_included": "literal_error"}


def test_limits_are_objects_of_their_version() -> None:
    """F-008, T-115."""
    validate_tariff("2.3.0", tariff(min_price={"before_taxes": 0.5, "after_taxes": 0.55}))
    validate_tariff("2.2.1", sample("2.2.1", min_price={"excl_vat": 0.5, "incl_vat": 0.55}))
    assert faults("2.3.0", tariff(max_price={"excl_vat": 10})) == {
        "max_price.before_taxes": "missing"
    }
    assert faults("2.2.1", sample("2.2.1", max_price={"before_taxes": 10})) == {
        "max_price.excl_vat": "missing"
    }


def test_optional_fields_of_the_branches_of_2_3_0() -> None:
    """F-028."""
    validate_tariff("2.3.0", tariff(preauthorize_amount=50))
    assert faults("2.3.0", tariff(preauthorize_amount="50")) == {
        "preauthorize_amount": "not_a_number"
    }
    fees = component("FLAT", 5)
    for name in ("BOOKING", "BOOKING_EXPIRES", "BOOKING_CANCELLATION_FEES", "BOOKING_OVERTIME"):
        validate_tariff("2.3.0", tariff(element(fees, booking=name)))
    assert faults("2.3.0", tariff(element(fees, booking="RESERVATION"))) == {
        "elements.0.restrictions.booking": "literal_error"
    }


def test_the_energy_mix_calls_its_category_source_in_2_1_1() -> None:
    """L-036, L-037."""
    impact = {"category": "CARBON_DIOXIDE", "amount": 20}
    mix = {"is_green_energy": False, "environ_impact": [impact]}
    validate_tariff("2.2.1", sample("2.2.1", energy_mix=mix))
    assert faults("2.1.1", sample("2.1.1", energy_mix=mix)) == {
        "energy_mix.environ_impact.0.source": "missing"
    }
