from __future__ import annotations

import re
from typing import Any

import orjson
import pytest

from ocpi import lenient
from ocpi.ids import PartyId
from ocpi.lenient import CODES, FATAL, Accepted
from ocpi.versioned import validate_location
from tests.ocpi.samples import connector, evse, location, without


def accept(document: Any, owner: PartyId | None = None) -> Accepted:
    return lenient.accept("location", orjson.dumps(document), owner=owner)


def told(accepted: Accepted) -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in accepted.warnings]


def one(part: dict[str, Any]) -> dict[str, Any]:
    """A Location with one EVSE with this connector."""
    return location(evses=[evse(connectors=[part])])


def test_a_good_location_passes_untouched() -> None:
    accepted = accept(location(foo={"kept": None}))
    assert accepted == Accepted(location(foo={"kept": None}), [], [])
    assert list(accepted.document) == [*location(), "foo"]


def test_null_and_empty_lists_go_and_unknown_fields_stay() -> None:
    sent = location(
        state=None,
        images=[],
        subOp=None,
        odd=[],
        evses=[evse(floor_level=None, status_schedule=[], connectors=[connector(x=None)])],
    )
    accepted = accept(sent)
    expected = location(subOp=None, odd=[], evses=[evse(connectors=[connector(x=None)])])
    assert accepted == Accepted(expected, [], [])


@pytest.mark.parametrize(
    ("fields", "field", "kept", "code"),
    [
        ({"id": 12}, "id", "12", "text_spelling"),
        ({"id": " 12"}, "id", "12", "text_untrimmed"),
        ({"name": "Harbour\t"}, "name", "Harbour", "text_untrimmed"),
        ({"name": "Har\nbour"}, "name", "Har bour", "characters_not_allowed"),
        ({"name": ""}, "name", None, "text_empty"),
        ({"city": "x" * 50}, "city", "x" * 45, "text_too_long"),
        ({"city": None}, "city", None, "required_missing"),
        ({"postal_code": 3011}, "postal_code", "3011", "text_spelling"),
        ({"country_code": "UK"}, "country_code", "GB", "owner_spelling"),
        ({"country_code": "NLD"}, "country_code", "NL", "owner_spelling"),
        ({"country": "NL"}, "country", "NLD", "country_spelling"),
        ({"country": "nld"}, "country", "NLD", "country_spelling"),
        ({"country": "Nederland"}, "country", "NLD", "country_assumed"),
        ({"country": "UK"}, "country", "GBR", "country_spelling"),
        ({"time_zone": "europe/amsterdam"}, "time_zone", "Europe/Amsterdam",
         "time_zone_spelling"),
        ({"time_zone": "Amsterdam time"}, "time_zone", "Europe/Amsterdam", "time_zone_assumed"),
        ({"publish": "true"}, "publish", True, "boolean_spelling"),
        ({"publish": None}, "publish", False, "publish_assumed"),
        ({"parking_type": "on_street"}, "parking_type", "ON_STREET", "choice_spelling"),
        ({"parking_type": "ON_WATER"}, "parking_type", "ON_WATER", "choice_unlisted"),
        ({"operator": "ABC"}, "operator", None, "value_unusable"),
        ({"last_updated": "2026-01-31T13:00:00+01:00"}, "last_updated", "2026-01-31T12:00:00Z",
         "timestamp_spelling"),
        ({"last_updated": "2026-01-31 12:00:00"}, "last_updated", "2026-01-31T12:00:00Z",
         "timestamp_spelling"),
        ({"last_updated": 1769860800}, "last_updated", "2026-01-31T12:00:00Z",
         "timestamp_spelling"),
        ({"opening_times": {"twentyfourseven": False}}, "opening_times", None, "hours_unknown"),
    ],
)  # fmt: skip
def test_repairs_of_a_location(fields: dict[str, Any], field: str, kept: Any, code: str) -> None:
    accepted = accept(location(**fields))
    assert accepted.fatal == []
    assert told(accepted)[0] == (code, field)
    # Another country is no longer that of the sample's coordinates and EVSE IDs.
    others = {"coordinates_elsewhere", "coordinates_sign"} if kept in {"GB", "GBR"} else set()
    assert {other for other, _ in told(accepted)[1:]} <= others
    assert accepted.warnings[0].value == fields[field]
    assert accepted.document == without(location(**{**fields, field: kept}), *_gone(field, kept))


def _gone(field: str, kept: Any) -> list[str]:
    return [field] if kept is None else []


@pytest.mark.parametrize(
    ("fields", "field", "kept", "code"),
    [
        ({"standard": "iec_62196_t2"}, "standard", "IEC_62196_T2", "choice_spelling"),
        ({"standard": "IEC_60309_2_THREE_16"}, "standard", "IEC_60309_2_three_16",
         "choice_spelling"),
        ({"standard": "CCS2"}, "standard", "IEC_62196_T2_COMBO", "choice_spelling"),
        ({"standard": "GB/T (DC)"}, "standard", "GBT_DC", "choice_spelling"),
        ({"standard": "ACME"}, "standard", "ACME", "choice_unlisted"),
        ({"format": "socket"}, "format", "SOCKET", "choice_spelling"),
        ({"format": None}, "format", None, "required_missing"),
        ({"power_type": "ac_3_phase"}, "power_type", "AC_3_PHASE", "choice_spelling"),
        ({"power_type": "STEAM"}, "power_type", None, "value_unusable"),
        ({"max_voltage": "230"}, "max_voltage", 230, "number_spelling"),
        ({"max_voltage": 229.6}, "max_voltage", 230, "number_rounded"),
        ({"max_voltage": "high"}, "max_voltage", None, "value_unusable"),
        ({"max_amperage": 0}, "max_amperage", 0, "amperage_implausible"),
        ({"max_electric_power": 22}, "max_electric_power", 22000, "power_in_kilowatts"),
        ({"max_electric_power": 7360000}, "max_electric_power", 7360, "power_in_milliwatts"),
        ({"max_electric_power": 150000}, "max_electric_power", 150000,
         "power_above_voltage_times_current"),
        ({"terms_and_conditions": "none"}, "terms_and_conditions", None, "value_unusable"),
        ({"last_updated": "0001-01-01T00:00:00"}, "last_updated", "2026-01-31T12:00:00Z",
         "timestamp_implausible"),
    ],
)  # fmt: skip
def test_repairs_of_a_connector(fields: dict[str, Any], field: str, kept: Any, code: str) -> None:
    accepted = accept(one(connector(**fields)))
    assert accepted.fatal == []
    assert (code, f"evses.0.connectors.0.{field}") in told(accepted)
    expected = without(connector(**{**fields, field: kept}), *_gone(field, kept))
    assert accepted.document["evses"][0]["connectors"] == [expected]


@pytest.mark.parametrize(
    ("latitude", "kept", "code"),
    [
        (51.92442, "51.92442", "coordinates_spelling"),
        (52, "52.00000", "coordinates_spelling"),
        ("51,92442", "51.92442", "coordinates_spelling"),
        ("51.9", "51.90000", "coordinates_precision"),
        ("51.9244201234567", "51.9244201", "coordinates_precision"),
        ("95.12345", "95.12345", "coordinates_out_of_range"),
        ("951.2345", None, "coordinates_out_of_range"),
    ],
)
def test_repairs_of_coordinates(latitude: Any, kept: str | None, code: str) -> None:
    accepted = accept(location(coordinates={"latitude": latitude, "longitude": "4.477733"}))
    assert (code, "coordinates.latitude") in told(accepted)
    coordinates = accepted.document.get("coordinates")
    assert coordinates == (kept and {"latitude": kept, "longitude": "4.477733"})


def test_zero_coordinates_are_told() -> None:
    accepted = accept(location(coordinates={"latitude": "0.00000", "longitude": "-0.000000"}))
    assert told(accepted) == [("coordinates_zero", "coordinates")]


def test_a_missing_zone_designator_is_allowed_and_added() -> None:
    accepted = accept(location(last_updated="2026-01-31T12:00:00.123456"))
    assert accepted == Accepted(location(last_updated="2026-01-31T12:00:00.123456Z"), [], [])


def test_times_are_taken_from_the_surroundings() -> None:
    sent = without(location(evses=[without(evse(), "last_updated")]), "last_updated")
    accepted = accept(sent)
    assert told(accepted) == [
        ("last_updated_assumed", "last_updated"),
        ("last_updated_assumed", "evses.0.last_updated"),
    ]
    assert accepted.document["last_updated"] == "1970-01-01T00:00:00Z"


def test_an_evse_without_uid_never_sinks_its_location() -> None:
    lost = without(evse(), "uid")
    accepted = accept(location(evses=[lost, "nonsense", evse(status="CHARGING ")]))
    assert told(accepted) == [
        ("evse_not_identified", "evses.0"),
        ("value_unusable", "evses.1"),
        ("choice_spelling", "evses.2.status"),
    ]
    assert accepted.warnings[0].value["evse_id"] == lost["evse_id"]
    assert accepted.document["evses"] == [evse(status="CHARGING")]


@pytest.mark.parametrize("uid", [None, "", "é", [], {"a": 1}])
def test_uids_that_identify_nothing(uid: Any) -> None:
    accepted = accept(location(evses=[evse(uid=uid), evse(uid="2")]))
    assert "evse_not_identified" in {code for code, _ in told(accepted)}
    assert accepted.document["evses"] == [evse(uid="2")]


def test_connectors_without_id_are_taken_out() -> None:
    accepted = accept(one(connector(id=None)))
    assert told(accepted) == [
        ("connector_not_identified", "evses.0.connectors.0"),
        ("evse_without_connectors", "evses.0.connectors"),
    ]
    assert accepted.document["evses"] == [without(evse(), "connectors")]


def test_of_two_evses_with_one_uid_the_last_is_kept() -> None:
    first, second = evse(uid="a"), evse(uid="A", status="CHARGING")
    accepted = accept(location(evses=[first, evse(), second]))
    assert told(accepted) == [("evse_duplicate", "evses.0")]
    assert accepted.warnings[0].value == first
    assert accepted.document["evses"] == [evse(), second]


def test_locations_without_evses_are_kept_and_told() -> None:
    cases: list[Any] = [[], None]
    for evses in cases:
        accepted = accept(location(evses=evses))
        assert accepted.document == without(location(), "evses")
        assert told(accepted) == [("location_without_evses", "evses")]


def test_an_unknown_status_becomes_unknown() -> None:
    accepted = accept(location(evses=[evse(status="DREAMING"), evse(uid="2", status=None)]))
    assert told(accepted) == [
        ("status_unknown", "evses.0.status"),
        ("status_unknown", "evses.1.status"),
    ]
    assert [part["status"] for part in accepted.document["evses"]] == ["UNKNOWN", "UNKNOWN"]


@pytest.mark.parametrize("evse_id", ["1210", "NL.ABC.E1", "NL-ABC-E1"])
def test_other_evse_ids_are_kept(evse_id: str) -> None:
    accepted = accept(location(evses=[evse(evse_id=evse_id)]))
    assert told(accepted) == [("evse_id_format", "evses.0.evse_id")]
    assert accepted.document["evses"][0]["evse_id"] == evse_id


@pytest.mark.parametrize("evse_id", ["NL*ABC*E1*2", "NLABCE1", "nl*abc*e1", "+49*810*000*438"])
def test_agreed_evse_ids(evse_id: str) -> None:
    assert accept(location(evses=[evse(evse_id=evse_id)])).warnings == []


def test_camel_case_and_earlier_names() -> None:
    part = without(connector(), "max_voltage", "max_amperage", "tariff_ids", "power_type")
    part |= {"voltage": 230, "amperage": 32, "tariff_id": "T1", "powerType": "DC"}
    sent = without(one(part), "publish") | {"type": "ON_STREET"}
    accepted = accept(sent)
    assert {code for code, _ in told(accepted)} == {
        "field_other_name",
        "list_expected",
        "publish_assumed",
    }
    # At 2.1.1 everything is public.
    assert accepted.document["publish"] is True
    assert accepted.document["parking_type"] == "ON_STREET"
    assert accepted.document["evses"][0]["connectors"] == [connector(power_type="DC")]


def test_broken_extras_are_left_out_not_the_location() -> None:
    sent = location(
        images=[{"url": "https://x.nl/a.png", "category": "LOCATION", "type": "png"}, {"url": "?"}],
        directions=[{"language": "en"}, "left", {"language": "en-GB", "text": "Left"}],
        operator={"name": None, "website": "https://x.nl"},
        facilities=["hotel", 5],
        publish_allowed_to=[{"group_id": "G"}],
    )
    accepted = accept(sent)
    assert accepted.fatal == []
    validate_location("2.3.0", accepted.document)
    assert accepted.document["images"] == sent["images"][:1]
    assert accepted.document["directions"] == [{"language": "en", "text": "Left"}]
    assert accepted.document["facilities"] == ["HOTEL"]
    assert "operator" not in accepted.document
    assert ("publish_allowed_to_unused", "publish_allowed_to") in told(accepted)


PLACE = {
    "id": "P1",
    "vehicle_types": ["PERSONAL_VEHICLE"],
    "restricted_to_type": True,
    "reservation_required": False,
}
IMAGE = {"url": "https://x.example/a.png", "category": "ENTRANCE", "type": "png"}
SIZES = {
    "max_vehicle_weight": 3500,
    "max_vehicle_height": 200,
    "max_vehicle_length": 500,
    "max_vehicle_width": 250,
    "parking_space_length": 600,
    "parking_space_width": 300,
    "dangerous_goods_allowed": False,
}


def test_references_to_nothing_are_left_out() -> None:
    sent = location(
        publish=False,
        publish_allowed_to=[{"uid": "1"}, {"type": "RFID"}, {"group_id": "G"}],
        parking_places=[{**PLACE, "id": "p1"}, PLACE, {**PLACE, "id": "P2", "vehicle_types": [5]}],
        evses=[evse(parking=[{"parking_id": "p1"}, {"parking_id": "P9"}])],
    )
    accepted = accept(sent)
    validate_location("2.3.0", accepted.document)
    assert accepted.document["publish_allowed_to"] == [{"group_id": "G"}]
    assert accepted.document["parking_places"] == [PLACE]
    assert accepted.document["evses"][0]["parking"] == [{"parking_id": "p1"}]
    assert {code for code, _ in told(accepted)} == {
        "publish_token_incomplete",
        "parking_duplicate",
        "parking_unknown",
        "value_unusable",
    }


@pytest.mark.parametrize(
    ("sent", "kept", "codes"),
    [
        ("Turn <b>left</b>", "Turn left", ["markup_removed"]),
        ("<p>Behind the church<br/>Caf\u00e9 &amp; bar</p>", "Behind the church Caf\u00e9 & bar",
         ["markup_removed"]),
        ("a <b, &lt;i&gt;", "a < b, < i>", ["markup_removed"]),
        ("less than < 2 m, <3", "less than < 2 m, <3", []),
        ("Left\nright ", "Left right", ["text_untrimmed", "characters_not_allowed"]),
    ],
)  # fmt: skip
def test_texts_for_drivers_hold_no_markup(sent: str, kept: str, codes: list[str]) -> None:
    """T-114."""
    accepted = accept(location(directions=[{"language": "en", "text": sent}]))
    assert accepted.document["directions"] == [{"language": "en", "text": kept}]
    assert sorted(code for code, _ in told(accepted)) == sorted(codes)
    validate_location("2.3.0", accepted.document)


def test_a_text_for_drivers_that_is_markup_only_is_left_out() -> None:
    """T-114."""
    accepted = accept(location(directions=[{"language": "en", "text": "<br>"}]))
    assert "directions" not in accepted.document
    validate_location("2.3.0", accepted.document)


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({}, set()),
        ({"vehicle_types": ["PERSONAL_VEHICLE", "MOTORCYCLE"]}, set()),
        ({"vehicle_types": ["PERSONAL_VEHICLE", "BUS"]}, {"parking_size_missing"}),
        ({"vehicle_types": ["BUS"], **SIZES}, set()),
        ({"vehicle_types": ["DISABLED"], **SIZES}, {"parking_image_missing"}),
        ({"vehicle_types": ["DISABLED"], **SIZES, "images": [IMAGE]}, set()),
    ],
)
def test_what_drivers_miss_about_a_parking_place(fields: dict[str, Any], codes: set[str]) -> None:
    """L-041, L-042: told, and kept as it is."""
    places = [{**PLACE, **fields}]
    accepted = accept(location(parking_places=places))
    assert accepted.document["parking_places"] == places
    assert {code for code, _ in told(accepted)} == codes


def test_a_status_of_another_type_becomes_unknown() -> None:
    accepted = accept(location(evses=[evse(status=5)]))
    assert told(accepted) == [("value_unusable", "evses.0.status")]
    assert accepted.document["evses"][0]["status"] == "UNKNOWN"


def test_no_nul_survives_anywhere() -> None:
    accepted = accept(location(name="a\x00b", foo={"x\x00": ["y\x00"]}))
    assert accepted.document == location(name="a b", foo={"x": ["y"]})
    assert told(accepted) == [("characters_not_allowed", "name"), ("characters_not_allowed", "")]
    assert accepted.warnings[0].value == "ab"


def test_contradicting_hours() -> None:
    night = {"weekday": 1, "period_begin": "20:00", "period_end": "02:00"}
    day = {"weekday": 2, "period_begin": "08:00:00", "period_end": "24:00"}
    accepted = accept(location(opening_times={"regular_hours": [night, day]}))
    assert accepted.document["opening_times"] == {
        "regular_hours": [night, {"weekday": 2, "period_begin": "08:00", "period_end": "23:59"}],
        "twentyfourseven": False,
    }
    assert ("hours_not_in_order", "opening_times.regular_hours.0.period_end") in told(accepted)
    accepted = accept(location(opening_times={"twentyfourseven": True, "regular_hours": [night]}))
    assert accepted.document["opening_times"] == {"twentyfourseven": True}
    assert told(accepted) == [("hours_always_and_regular", "opening_times.regular_hours")]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "not_json"),
        (b"\xff", "not_json"),
        (b'{"id": NaN}', "not_json"),
        (b"[]", "not_an_object"),
        (b"null", "not_an_object"),
        (orjson.dumps(without(location(), "country_code")), "owner_missing"),
        (orjson.dumps(location(party_id=None)), "owner_missing"),
        (orjson.dumps(location(party_id="ABCD")), "owner_invalid"),
        (orjson.dumps(location(country_code="Netherlands")), "owner_invalid"),
        (orjson.dumps(location(id=None)), "id_missing"),
        (orjson.dumps(location(id="  ")), "id_missing"),
        (orjson.dumps(location(id={})), "id_missing"),
        (orjson.dumps(location(foo=0)).replace(b"0}", b"[" * 500 + b"]" * 500 + b"}"), "too_deep"),
        (b'{"x":' * 200 + b"1" + b"}" * 200, "too_deep"),
    ],
)
def test_what_cannot_be_kept(raw: bytes, code: str) -> None:
    accepted = lenient.accept("location", raw)
    assert [problem.code for problem in accepted.fatal] == [code]


def test_a_given_owner_counts_whatever_the_location_says() -> None:
    owner = PartyId("DE", "XYZ")
    accepted = accept(without(location(party_id=None), "country_code"), owner)
    assert accepted.fatal == accepted.warnings == []
    assert accepted.document["country_code"] == "DE"
    assert accepted.document["party_id"] == "XYZ"
    accepted = accept(location(country_code="DE", party_id="xyz"), owner)
    assert told(accepted) == []
    accepted = accept(location(), owner)
    assert told(accepted) == [("owner_replaced", "country_code"), ("owner_replaced", "party_id")]


@pytest.mark.parametrize("value", [None, "", 5, -1, 1.5, True, [], {}, "x", [None], [[]], {"a": 1}])
@pytest.mark.parametrize("field", [*location(), "images", "energy_mix", "related_locations"])
def test_no_value_of_any_field_breaks_the_accepting(field: str, value: Any) -> None:
    accepted = accept(location(**{field: value}))
    assert accepted.fatal or accepted.document["id"]
    for problem in accepted.warnings:
        assert problem.code in CODES
    for problem in accepted.fatal:
        assert problem.code in FATAL


@pytest.mark.parametrize("value", [None, "", 5, -1, 1.5, True, [], {}, "x", [None], [[]], {"a": 1}])
@pytest.mark.parametrize("field", [*evse(), "images", "coordinates", "status_schedule", "parking"])
def test_no_value_of_any_evse_field_breaks_the_accepting(field: str, value: Any) -> None:
    accepted = accept(location(evses=[evse(), evse(**{"uid": "2", field: value})]))
    assert accepted.fatal == []
    assert accepted.document["evses"][0]["connectors"]


@pytest.mark.parametrize("value", [None, "", 5, -1, 1.5, True, [], {}, "x", [None], [[]], {"a": 1}])
@pytest.mark.parametrize("field", connector())
def test_no_value_of_any_connector_field_breaks_the_accepting(field: str, value: Any) -> None:
    accepted = accept(one(connector(**{field: value})))
    assert accepted.fatal == []
    again = accept(accepted.document)
    assert again.document == accepted.document


def test_every_code_is_explained_in_one_form() -> None:
    for code, explanation in {**CODES, **FATAL}.items():
        assert re.fullmatch("[a-z0-9_]+", code)
        assert explanation.endswith(".")
