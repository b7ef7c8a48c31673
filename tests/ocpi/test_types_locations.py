from __future__ import annotations

from typing import Any

import pytest

from ocpi.errors import InvalidParameters, MalformedJSON
from ocpi.json import dumps
from ocpi.versioned import validate_connector, validate_evse, validate_location
from tests.ocpi.samples import connector, evse, location, without

BOTH = pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])


def faults(version: str, document: dict[str, Any]) -> dict[str, str]:
    """Path to code of everything that is wrong with a Location."""
    with pytest.raises(InvalidParameters) as caught:
        validate_location(version, document)
    return {problem.path: problem.code for problem in caught.value.problems}


@BOTH
def test_a_plain_location_is_valid_and_kept_as_sent(version: str) -> None:
    document = location()
    assert validate_location(version, document) == document
    assert list(validate_location(version, document)) == list(document)


@BOTH
def test_bytes_are_read_strictly(version: str) -> None:
    assert validate_location(version, dumps(location())) == location()
    with pytest.raises(MalformedJSON):
        validate_location(version, b'{"id": "A", "id": "B"}')


@BOTH
def test_null_and_empty_lists_are_absent_and_unknown_fields_stay(version: str) -> None:
    """T-104, T-105."""
    sent = location(
        name=None, images=[], facilities=None, charging_when_closed=None, foo=None, bar={"x": []}
    )
    kept = validate_location(version, sent)
    assert kept == {**without(location(), "name"), "foo": None, "bar": {"x": []}}
    assert sent["images"] == []


@BOTH
def test_all_faults_are_reported_at_once_with_their_path(version: str) -> None:
    """T-048, T-103."""
    broken = location(
        city="x" * 46,
        country="NL",
        evses=[
            evse(),
            evse(uid="2", connectors=[connector(), connector(id="2", max_voltage="230")]),
        ],
    )
    del broken["address"]
    with pytest.raises(InvalidParameters) as caught:
        validate_location(version, broken)
    assert {problem.path for problem in caught.value.problems} == {
        "address",
        "city",
        "country",
        "evses.1.connectors.1.max_voltage",
    }
    fault = next(p for p in caught.value.problems if p.path.endswith("max_voltage"))
    assert fault.message == "Input should be a valid integer"
    assert fault.value == "230"
    assert caught.value.status_code == 2001
    assert caught.value.message.endswith("(and 1 more)")


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"id": "é"}, "id", "not_ascii"),
        ({"id": ""}, "id", "string_too_short"),
        ({"id": "x" * 37}, "id", "string_too_long"),
        ({"id": 5}, "id", "string_type"),
        ({"id": None}, "id", "string_type"),
        ({"country_code": "NLD"}, "country_code", "not_a_country_code"),
        ({"party_id": "A*C"}, "party_id", "not_a_party_id"),
        ({"publish": "true"}, "publish", "bool_type"),
        ({"publish": 1}, "publish", "bool_type"),
        ({"name": "a\nb"}, "name", "not_printable"),
        ({"name": "a\tb"}, "name", "not_printable"),
        ({"name": "x" * 256}, "name", "string_too_long"),
        ({"address": "x" * 256}, "address", "string_too_long"),
        ({"state": "x" * 46}, "state", "string_too_long"),
        ({"postal_code": "x" * 11}, "postal_code", "string_too_long"),
        ({"country": "nld"}, "country", "not_a_country"),
        ({"country": "ZZZ"}, "country", "not_a_country"),
        ({"time_zone": "CET+1"}, "time_zone", "not_a_time_zone"),
        ({"time_zone": None}, "time_zone", "not_a_time_zone"),
        ({"country": "NL"}, "country", "not_a_country"),
        ({"last_updated": "2026-01-31T12:00:00+00:00"}, "last_updated", "not_a_datetime"),
        ({"last_updated": "2026-02-30T12:00:00Z"}, "last_updated", "not_a_datetime"),
        ({"last_updated": "2026-02-29T12:00:00Z"}, "last_updated", "not_a_datetime"),
        ({"last_updated": "0000-01-01T12:00:00Z"}, "last_updated", "not_a_datetime"),
        ({"last_updated": "2026-01-31 12:00:00Z"}, "last_updated", "not_a_datetime"),
        ({"last_updated": "2026-01-31T12:00:00Z\n"}, "last_updated", "not_a_datetime"),
        ({"last_updated": "2026-01-31T24:00:00Z"}, "last_updated", "not_a_datetime"),
        ({"images": [{"url": "ftp://x", "category": "OTHER", "type": "png"}]},
         "images.0.url", "not_a_url"),
        ({"operator": {"name": "x" * 101}}, "operator.name", "string_too_long"),
        ({"operator": {"name": "x", "website": "http://x/" + "y" * 255}},
         "operator.website", "string_too_long"),
        ({"directions": [{"language": "eng", "text": "x"}]}, "directions.0.language",
         "string_too_long"),
        ({"directions": [{"language": "en", "text": "x" * 513}]}, "directions.0.text",
         "string_too_long"),
        ({"directions": [{"language": "en", "text": "Turn <b>left</b>"}]}, "directions.0.text",
         "not_plain_text"),
        ({"directions": [{"language": "en", "text": "Left\nthen right"}]}, "directions.0.text",
         "not_plain_text"),
        ({"evses": [{**evse(), "connectors": []}]}, "evses.0.connectors", "too_short"),
        ({"evses": [{**evse(), "status": "available"}]}, "evses.0.status", "literal_error"),
        ({"evses": [evse(), evse(uid="3256")]}, "evses.1", "not_unique"),
        ({"evses": [evse(connectors=[without(connector(), "max_voltage")])]},
         "evses.0.connectors.0.max_voltage", "missing"),
        ({"publish_allowed_to": [{"group_id": "G"}]}, "publish_allowed_to",
         "publish_allowed_to_not_expected"),
    ],
)  # fmt: skip
@BOTH
def test_what_the_tables_do_not_allow(
    version: str, fields: dict[str, Any], path: str, code: str
) -> None:
    """T-096, T-098, T-099, T-100, T-103, T-106, L-019, L-021, L-027, L-028, T-114, L-032."""
    assert faults(version, location(**fields)) == {path: code}


@pytest.mark.parametrize(
    ("latitude", "longitude", "wrong"),
    [
        ("51.9244", "4.47773", {"coordinates.latitude": "not_a_latitude"}),
        ("51.92442000", "4.47773", {"coordinates.latitude": "not_a_latitude"}),
        ("51.92442", "1234.47773", {"coordinates.longitude": "not_a_longitude"}),
        (51.92442, "4.47773", {"coordinates.latitude": "string_type"}),
    ],
)
@BOTH
def test_coordinates_are_text_with_five_to_seven_decimals(
    version: str, latitude: Any, longitude: Any, wrong: dict[str, str]
) -> None:
    """L-022."""
    coordinates = {"latitude": latitude, "longitude": longitude}
    assert faults(version, location(coordinates=coordinates)) == wrong


@pytest.mark.parametrize(
    "text",
    [
        "2015-06-29T20:39:09Z",
        "2015-06-29T20:39:09",
        "2016-12-29T17:45:09.2Z",
        "2016-12-29T17:45:09.2",
        "2018-01-01T01:08:01.123Z",
        "2018-01-01T01:08:01.123",
        "2024-02-29T00:00:00Z",
        "2000-02-29T00:00:00Z",
    ],
)
@BOTH
def test_the_specified_timestamps_are_accepted_and_end_in_z(version: str, text: str) -> None:
    """T-090, T-091, T-092."""
    kept = validate_location(version, location(last_updated=text))
    assert kept["last_updated"] == text.removesuffix("Z") + "Z"


@pytest.mark.parametrize(
    ("hours", "wrong"),
    [
        ({"twentyfourseven": False}, {"opening_times.regular_hours": "hours_expected"}),
        (
            {
                "twentyfourseven": True,
                "regular_hours": [{"weekday": 1, "period_begin": "08:00", "period_end": "20:00"}],
            },
            {"opening_times.regular_hours": "hours_not_expected"},
        ),
        (
            {
                "twentyfourseven": False,
                "regular_hours": [
                    {"weekday": 8, "period_begin": "25:00", "period_end": "20:00"},
                    {"weekday": 1, "period_begin": "20:00", "period_end": "08:00"},
                ],
            },
            {
                "opening_times.regular_hours.0.weekday": "less_than_equal",
                "opening_times.regular_hours.0.period_begin": "not_a_time",
                "opening_times.regular_hours.1.period_end": "end_before_begin",
            },
        ),
        ({"regular_hours": []}, {"opening_times.twentyfourseven": "missing"}),
    ],
)
@BOTH
def test_opening_hours(version: str, hours: dict[str, Any], wrong: dict[str, str]) -> None:
    """L-024, L-025."""
    assert faults(version, location(opening_times=hours)) == wrong


@pytest.mark.parametrize(
    ("token", "wrong"),
    [
        ({"type": "RFID"}, {"publish_allowed_to.0": "no_token"}),
        ({"uid": "1"}, {"publish_allowed_to.0.type": "missing"}),
        ({"visual_number": "1"}, {"publish_allowed_to.0.issuer": "missing"}),
    ],
)
@BOTH
def test_a_publish_token_identifies_a_token(
    version: str, token: dict[str, Any], wrong: dict[str, str]
) -> None:
    """L-016."""
    assert faults(version, location(publish=False, publish_allowed_to=[token])) == wrong


@BOTH
def test_selected_tokens_of_an_unpublished_location(version: str) -> None:
    """L-015."""
    document = location(
        publish=False,
        publish_allowed_to=[{"uid": "1", "type": "RFID"}, {"group_id": "G"}],
    )
    assert validate_location(version, document) == document


@BOTH
def test_energy_sources_add_up_to_a_hundred(version: str) -> None:
    """L-035."""
    sources = [{"source": "SOLAR", "percentage": 60.5}, {"source": "WIND", "percentage": 30}]
    mix = {"is_green_energy": True, "energy_sources": sources}
    assert faults(version, location(energy_mix=mix)) == {
        "energy_mix.energy_sources": "not_100_percent"
    }
    sources[1]["percentage"] = 39.5
    assert validate_location(version, location(energy_mix=mix))["energy_mix"] == mix


@BOTH
def test_numbers_are_json_numbers(version: str) -> None:
    """T-102, L-036."""
    impact = {"category": "CARBON_DIOXIDE", "amount": "372"}
    mix = {"is_green_energy": False, "environ_impact": [impact]}
    assert faults(version, location(energy_mix=mix)) == {
        "energy_mix.environ_impact.0.amount": "not_a_number"
    }
    impact["amount"] = True  # type: ignore[assignment]
    assert faults(version, location(energy_mix=mix)) == {
        "energy_mix.environ_impact.0.amount": "not_a_number"
    }
    read = b'{"category": "CARBON_DIOXIDE", "amount": 372.125}'
    body = dumps(location(energy_mix={"is_green_energy": False, "environ_impact": []}))
    body = body.replace(b'"environ_impact":[]', b'"environ_impact":[' + read + b"]")
    kept = validate_location(version, body)
    assert float(kept["energy_mix"]["environ_impact"][0]["amount"]) == 372.125


def test_enumerations_are_closed_at_2_2_1_and_mostly_open_at_2_3_0() -> None:
    """T-110, T-111."""
    odd = connector(standard="ACME_1")
    assert validate_connector("2.3.0", odd) == odd
    with pytest.raises(InvalidParameters):
        validate_connector("2.2.1", odd)
    for version in ("2.2.1", "2.3.0"):
        with pytest.raises(InvalidParameters, match=r"format: Input should be 'SOCKET' or 'CABLE'"):
            validate_connector(version, connector(format="PLUG"))


def test_unknown_fields_are_kept_at_every_level() -> None:
    """T-107, T-109."""
    document = location(foo=1, evses=[evse(foo=2, connectors=[connector(foo={"a": None})])])
    assert validate_location("2.2.1", document) == document


def test_an_evse_and_a_connector_are_checked_by_themselves() -> None:
    """L-032, L-029."""
    assert validate_evse("2.2.1", evse(images=None)) == evse()
    with pytest.raises(InvalidParameters) as caught:
        validate_evse("2.2.1", evse(connectors=[connector(id="a"), connector(id="A")]))
    assert caught.value.problems[0].path == "connectors.1"
    twice = [evse(connectors=[connector(id="a")]), evse(uid="2", connectors=[connector(id="a")])]
    assert validate_location("2.2.1", location(evses=twice))["evses"] == twice
    for version in ("2.2.1", "2.3.0"):
        with pytest.raises(InvalidParameters, match="max_amperage: Field required"):
            validate_connector(version, without(connector(), "max_amperage"))


@pytest.mark.parametrize("data", [[], "x", 5, None])
def test_something_else_than_an_object_is_refused(data: Any) -> None:
    with pytest.raises(InvalidParameters):
        validate_location("2.2.1", data)


PLACE = {
    "id": "P1",
    "vehicle_types": ["PERSONAL_VEHICLE"],
    "restricted_to_type": False,
    "reservation_required": False,
}


def test_parking_of_2_3_0() -> None:
    """L-040, L-045."""
    document = location(
        parking_places=[PLACE],
        evses=[evse(parking=[{"parking_id": "p1"}], accepted_service_providers=["x" * 50])],
        help_phone="+31 10 1",
    )
    assert validate_location("2.3.0", document) == document


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"parking_places": [PLACE, {**PLACE, "id": "p1"}]}, {"parking_places.1": "not_unique"}),
        (
            {"evses": [evse(parking=[{"parking_id": "P9"}])]},
            {"evses.0.parking.0.parking_id": "unknown_parking"},
        ),
        (
            {"parking_places": [{"id": "P1", "vehicle_types": []}]},
            {
                "parking_places.0.vehicle_types": "too_short",
                "parking_places.0.restricted_to_type": "missing",
                "parking_places.0.reservation_required": "missing",
            },
        ),
        ({"help_phone": "0" * 26}, {"help_phone": "string_too_long"}),
        (
            {"evses": [evse(accepted_service_providers=["x" * 51])]},
            {"evses.0.accepted_service_providers.0": "string_too_long"},
        ),
    ],
)
def test_parking_rules_of_2_3_0(fields: dict[str, Any], wrong: dict[str, str]) -> None:
    """L-039, L-040, L-043, L-045."""
    assert faults("2.3.0", location(**fields)) == wrong
