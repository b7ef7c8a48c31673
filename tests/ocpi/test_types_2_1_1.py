from __future__ import annotations

from typing import Any

import pytest

from ocpi.errors import InvalidParameters
from ocpi.versioned import validate_document, validate_location, validate_patch

EXAMPLE: dict[str, Any] = {
    "id": "LOC1",
    "type": "ON_STREET",
    "name": "Gent Zuid",
    "address": "F.Rooseveltlaan 3A",
    "city": "Gent",
    "postal_code": "9000",
    "country": "BEL",
    "coordinates": {"latitude": "51.047599", "longitude": "3.729944"},
    "evses": [
        {
            "uid": "3256",
            "evse_id": "BE-BEC-E041503001",
            "status": "AVAILABLE",
            "status_schedule": [],
            "capabilities": ["RESERVABLE"],
            "connectors": [
                {
                    "id": "1",
                    "standard": "IEC_62196_T2",
                    "format": "CABLE",
                    "power_type": "AC_3_PHASE",
                    "voltage": 220,
                    "amperage": 16,
                    "tariff_id": "11",
                    "last_updated": "2015-03-16T10:10:02Z",
                }
            ],
            "physical_reference": "1",
            "floor_level": "-1",
            "last_updated": "2015-06-28T08:12:01Z",
        }
    ],
    "operator": {"name": "BeCharged"},
    "last_updated": "2015-06-29T20:39:09Z",
}
"""OCPI 2.1.1, mod_locations, 3.1 Location Object, Example."""


def faults(**fields: Any) -> dict[str, str]:
    with pytest.raises(InvalidParameters) as caught:
        validate_location("2.1.1", {**EXAMPLE, **fields})
    return {problem.path: problem.code for problem in caught.value.problems}


def test_the_example_of_the_specification_is_valid() -> None:
    kept = validate_location("2.1.1", EXAMPLE)
    assert "status_schedule" not in kept["evses"][0]


@pytest.mark.parametrize("name", ["id", "type", "address", "city", "postal_code", "country"])
def test_required_fields_are_required(name: str) -> None:
    """L-020, T-103."""
    assert faults(**{name: None})


def test_a_time_zone_is_optional_and_names_of_other_scripts_are_allowed() -> None:
    """L-020."""
    validate_location("2.1.1", {**EXAMPLE, "name": "Köln", "time_zone": None})


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"type": "ALONG_MOTORWAY"}, "type"),
        ({"address": "A" * 46}, "address"),
        ({"id": "A" * 40}, "id"),
        ({"facilities": ["METRO_STATION"]}, "facilities.0"),
        (
            {"coordinates": {"latitude": "51.04759", "longitude": "3.729944"}},
            "coordinates.latitude",
        ),
        ({"opening_times": {}}, "opening_times.regular_hours"),
    ],
)
def test_2_1_1_is_narrower(fields: dict[str, Any], path: str) -> None:
    """L-023, T-100."""
    assert list(faults(**fields)) == [path]


_EVSE: dict[str, Any] = EXAMPLE["evses"][0]
_CONNECTOR: dict[str, Any] = _EVSE["connectors"][0]
_MIX: dict[str, Any] = {"is_green_energy": True}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"country": "NL"}, "country"),
        ({"name": "A" * 256}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"directions": [{"language": "eng", "text": "x"}]}, "directions.0.language"),
        ({"directions": [{"language": "en", "text": "x" * 513}]}, "directions.0.text"),
        ({"directions": [{"language": "en", "text": "<b>x</b>"}]}, "directions.0.text"),
        ({"operator": {"name": "A", "website": "http://a/" + "y" * 255}}, "operator.website"),
        ({"evses": [{**_EVSE, "status": "available"}]}, "evses.0.status"),
        ({"evses": [{**_EVSE, "connectors": []}]}, "evses.0.connectors"),
        ({"evses": [{**_EVSE, "connectors": [_CONNECTOR, _CONNECTOR]}]}, "evses.0.connectors.1"),
        ({"evses": [{**_EVSE, "connectors": [{**_CONNECTOR, "voltage": "220"}]}]},
         "evses.0.connectors.0.voltage"),
        ({"opening_times": {"regular_hours": [
            {"weekday": 8, "period_begin": "08:00", "period_end": "20:00"}]}},
         "opening_times.regular_hours.0.weekday"),
        ({"opening_times": {"regular_hours": [
            {"weekday": 1, "period_begin": "25:00", "period_end": "26:00"}]}},
         "opening_times.regular_hours.0.period_begin"),
        ({"opening_times": {"regular_hours": [
            {"weekday": 1, "period_begin": "20:00", "period_end": "08:00"}]}},
         "opening_times.regular_hours.0.period_end"),
        ({"energy_mix": {**_MIX, "energy_sources": [{"source": "WIND", "percentage": 60}]}},
         "energy_mix.energy_sources"),
        ({"energy_mix": {**_MIX, "environ_impact": [{"category": "NUCLEAR_WASTE", "amount": 1}]}},
         "energy_mix.environ_impact.0.source"),
        ({"last_updated": "2026-01-31T12:00:00+01:00"}, "last_updated"),
    ],
)  # fmt: skip
def test_what_the_tables_of_2_1_1_do_not_allow_either(fields: dict[str, Any], path: str) -> None:
    """T-098, T-100, T-101, T-102, T-106, T-114, L-021, L-025, L-027, L-029, L-035, L-037."""
    assert path in faults(**fields)


def test_null_and_empty_lists_are_absent_at_2_1_1_too() -> None:
    """T-105, T-109."""
    kept = validate_location("2.1.1", {**EXAMPLE, "images": [], "facilities": None, "foo": 1})
    assert {"images", "facilities"}.isdisjoint(kept)
    assert kept["foo"] == 1


def test_ids_may_be_39_characters_long_and_differ_in_more_than_case() -> None:
    evse = EXAMPLE["evses"][0]
    validate_location("2.1.1", {**EXAMPLE, "id": "A" * 39})
    assert faults(evses=[{**evse, "uid": "a"}, {**evse, "uid": "A"}]) == {"evses.1": "not_unique"}


def test_hours_are_a_choice_and_the_example_gives_both() -> None:
    hours = [{"weekday": 1, "period_begin": "08:00", "period_end": "20:00"}]
    for opening_times in (
        {"regular_hours": hours},
        {"regular_hours": hours, "twentyfourseven": False},
        {"twentyfourseven": True},
    ):
        validate_location("2.1.1", {**EXAMPLE, "opening_times": opening_times})


def test_credentials_are_flat() -> None:
    """C-022."""
    flat = {
        "token": "ebf3b399-779f-4497-9b9d-ac6ad3cc44d2",
        "url": "https://example.com/ocpi/cpo/versions/",
        "party_id": "EXA",
        "country_code": "NL",
        "business_details": {"name": "Example Operator"},
    }
    assert validate_document("2.1.1", "credentials", flat) == flat
    with pytest.raises(InvalidParameters):
        validate_document("2.1.1", "credentials", {**flat, "party_id": None})


def test_of_a_patch_only_what_it_says_is_checked() -> None:
    validate_patch("2.1.1", "connector", {"tariff_id": "15"})
    validate_patch("2.1.1", "location", {"evses": [{"uid": "1", "connectors": [{"id": "1"}]}]})
    with pytest.raises(InvalidParameters) as caught:
        validate_patch("2.1.1", "connector", {"voltage": "230", "amperage": 16})
    assert [problem.path for problem in caught.value.problems] == ["voltage"]
