"""To OCPI 2.1.1 and back: what changes, what is listed as lost, and what is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings

from ocpi.compare import differences, is_explained
from ocpi.convert import (
    Fit,
    Refused,
    fit,
    from_canonical,
    patch_to_canonical,
    to_canonical,
)
from ocpi.ids import PartyId
from ocpi.versioned import CANONICAL, TYPES, merge_patch, validate_document, validate_location
from tests.ocpi import strategies
from tests.ocpi.samples import connector, credentials, evse, location, role, without

OWNER = PartyId("NL", "ABC")


def said(**fields: Any) -> dict[str, Any]:
    return from_canonical("2.1.1", "location", location(**fields)).document


def lost(kind: str, document: dict[str, Any]) -> dict[str, str]:
    return {loss.path: loss.code for loss in from_canonical("2.1.1", kind, document).losses}


def understood(**fields: Any) -> dict[str, Any]:
    document = {**said(), **fields}
    return to_canonical("2.1.1", "location", document, owner=OWNER).document


def test_a_plain_location_goes_there_and_comes_back_unchanged() -> None:
    document = location()
    before = copy.deepcopy(document)
    converted, losses = from_canonical("2.1.1", "location", document)
    assert document == before
    assert losses == []
    validate_location("2.1.1", converted)
    assert converted["type"] == "UNKNOWN"
    assert converted["evses"][0]["connectors"][0]["tariff_id"] == "T1"
    assert converted["evses"][0]["connectors"][0]["voltage"] == 230
    assert {"country_code", "party_id", "publish"}.isdisjoint(converted)
    back, losses = to_canonical("2.1.1", "location", converted, owner=OWNER)
    assert back == document
    assert losses == []


@pytest.mark.parametrize("version", [version for version in TYPES if version != "2.1.1"])
@settings(max_examples=40)
@given(document=strategies.location())
def test_every_valid_location_can_be_said_or_is_refused(
    version: str, document: dict[str, Any]
) -> None:
    _round_trip(version, document)


@settings(max_examples=40)
@given(document=strategies.location())
def test_every_valid_location_can_be_said_at_2_1_1_unless_it_is_private(
    document: dict[str, Any],
) -> None:
    if document["publish"]:
        _round_trip("2.1.1", document)
        assert fit("2.1.1", "location", document) is Fit.DIFFERS
    else:
        with pytest.raises(Refused, match="not published"):
            from_canonical("2.1.1", "location", document)
        assert fit("2.1.1", "location", document) is Fit.REFUSED


def _round_trip(version: str, document: dict[str, Any]) -> None:
    """What comes out is valid, and what comes back differs by listed losses only."""
    validate_document(CANONICAL, "location", document)
    before = copy.deepcopy(document)
    converted, losses = from_canonical(version, "location", document)
    assert document == before
    validate_document(version, "location", converted)
    owner = PartyId.of(document["country_code"], document["party_id"])
    back = to_canonical(version, "location", converted, owner=owner).document
    validate_document(CANONICAL, "location", back)
    found = differences(document, back, "location")
    assert [each for each in found if not is_explained(each, losses)] == []


def test_what_2_1_1_cannot_say_is_left_out_and_listed() -> None:
    """L-023, T-100."""
    document = location(
        state="ZH",
        help_phone="1",
        address="A" * 50,
        postal_code="",
        parking_type="ALONG_MOTORWAY",
        facilities=["HOTEL", "METRO_STATION"],
        coordinates={"latitude": "51.9244201", "longitude": "4.47773"},
        energy_mix={
            "is_green_energy": True,
            "environ_impact": [
                {"category": "NOISE", "amount": 1},
                {"category": "CARBON_DIOXIDE", "amount": 2},
            ],
        },
        evses=[
            evse(
                capabilities=["PED_TERMINAL"],
                last_updated="2026-01-31T12:00:00.250Z",
                connectors=[
                    connector(max_electric_power=22000, tariff_ids=["T1", "T2", "T3"]),
                    connector(id="2", power_type="AC_2_PHASE"),
                ],
            ),
            evse(uid="2", connectors=[connector(standard="GBT_DC")]),
        ],
    )
    converted, losses = from_canonical("2.1.1", "location", document)
    validate_location("2.1.1", converted)
    assert {loss.path: loss.code for loss in losses} == {
        "state": "field_not_in_version",
        "help_phone": "field_not_in_version",
        "address": "text_cut",
        "postal_code": "value_not_in_version",
        "parking_type": "value_not_in_version",
        "facilities.1": "value_not_in_version",
        "coordinates.latitude": "coordinates_rounded",
        "energy_mix.environ_impact.0": "value_not_in_version",
        "evses.0.capabilities.0": "value_not_in_version",
        "evses.0.last_updated": "time_rounded",
        "evses.0.connectors.0.max_electric_power": "field_not_in_version",
        "evses.0.connectors.0.tariff_ids.1": "only_one_in_version",
        "evses.0.connectors.0.tariff_ids.2": "only_one_in_version",
        "evses.0.connectors.1.power_type": "connector_not_in_version",
        "evses.1.connectors.0.standard": "connector_not_in_version",
    }
    assert converted["type"] == "OTHER"
    assert converted["address"] == "A" * 45
    assert converted["coordinates"] == {"latitude": "51.924420", "longitude": "4.477730"}
    assert converted["energy_mix"]["environ_impact"] == [{"source": "CARBON_DIOXIDE", "amount": 2}]
    assert [part["uid"] for part in converted["evses"]] == ["3256"]
    assert "capabilities" not in converted["evses"][0]


@pytest.mark.parametrize(
    ("time", "code"),
    [
        ("2026-01-31T12:00:00.000Z", None),
        ("2026-01-31T12:00:00Z", None),
        ("2026-01-31T12:00:00.999Z", "time_rounded"),
    ],
)
def test_timestamps_have_whole_seconds(time: str, code: str | None) -> None:
    """T-094."""
    assert said(last_updated=time)["last_updated"] == "2026-01-31T12:00:00Z"
    assert lost("location", location(last_updated=time)).get("last_updated") == code


def test_a_private_location_is_refused_in_plain_words() -> None:
    with pytest.raises(Refused, match=r"not published.*2\.1\.1 cannot say so"):
        from_canonical("2.1.1", "location", location(publish=False))


@pytest.mark.parametrize(
    ("fields", "reason"), [({"standard": "MCS"}, "standard MCS"), ({"power_type": "X"}, "X")]
)
def test_a_connector_that_2_1_1_does_not_know_is_refused(
    fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        from_canonical("2.1.1", "connector", connector(**fields))
    with pytest.raises(Refused, match="none of the EVSE's connectors"):
        from_canonical("2.1.1", "evse", evse(connectors=[connector(**fields)]))


def test_a_location_of_whose_evses_none_can_be_said_has_none() -> None:
    assert "evses" not in said(evses=[evse(connectors=[connector(standard="MCS")])])


def test_names_of_2_1_1_in_unknown_fields_do_not_gain_a_meaning() -> None:
    extra = connector(voltage=1, amperage=2, tariff_id="X")
    converted, losses = from_canonical("2.1.1", "connector", without(extra, "tariff_ids"))
    assert (converted["voltage"], converted["amperage"]) == (230, 32)
    assert "tariff_id" not in converted
    assert [loss.path for loss in losses] == ["voltage", "amperage", "tariff_id"]


def test_names_of_later_versions_in_2_1_1_do_not_gain_a_meaning() -> None:
    document = {**said(), "state": 5, "parking_places": "x", "foo": None}
    back, losses = to_canonical("2.1.1", "location", document, owner=OWNER)
    assert {"state", "parking_places"}.isdisjoint(back)
    assert back["foo"] is None
    assert [loss.path for loss in losses] == ["state", "parking_places"]


def test_who_says_at_2_1_1_that_it_is_private_is_believed() -> None:
    assert understood(publish=False)["publish"] is False
    assert understood(publish=True)["publish"] is True


def test_a_location_without_owner_is_refused() -> None:
    with pytest.raises(Refused, match="whose"):
        to_canonical("2.1.1", "location", said())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": "OTHER"}, {}),
        ({"type": "UNKNOWN"}, {}),
        ({"type": "ON_STREET"}, {"parking_type": "ON_STREET"}),
        ({"postal_code": ""}, {"postal_code": None}),
        (
            {"opening_times": {"twentyfourseven": True}},
            {"opening_times": {"twentyfourseven": True}},
        ),
        (
            {"opening_times": {"regular_hours": [{"weekday": 1}]}},
            {"opening_times": {"regular_hours": [{"weekday": 1}], "twentyfourseven": False}},
        ),
    ],
)
def test_values_that_2_1_1_says_otherwise(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    back = understood(**fields)
    assert {name: back.get(name) for name in expected} == expected
    assert "type" not in back


@pytest.mark.parametrize(
    ("country", "latitude", "longitude", "zone"),
    [
        ("NLD", "52.000000", "5.000000", "Europe/Amsterdam"),
        ("ESP", "28.100000", "-15.400000", "Atlantic/Canary"),
        ("ESP", "36.720000", "-4.420000", "Europe/Madrid"),
        ("DEU", "47.990000", "7.850000", "Europe/Berlin"),
        ("XKX", "42.660000", "21.160000", "Europe/Skopje"),
    ],
)
def test_a_missing_time_zone_is_found_by_country_and_place(
    country: str, latitude: str, longitude: str, zone: str
) -> None:
    place = {"latitude": latitude, "longitude": longitude}
    assert understood(country=country, coordinates=place, time_zone=None)["time_zone"] == zone


def test_a_patch_is_translated_field_by_field_and_invents_nothing() -> None:
    translate = patch_to_canonical
    assert translate("2.1.1", "evse", {"status": "CHARGING"}) == {"status": "CHARGING"}
    assert translate("2.1.1", "connector", {"voltage": 400, "tariff_id": "15"}) == {
        "max_voltage": 400,
        "tariff_ids": ["15"],
    }
    assert translate("2.1.1", "connector", {"tariff_id": None, "foo": None}) == {
        "tariff_ids": None,
        "foo": None,
    }
    assert translate("2.1.1", "location", {"type": "OTHER", "postal_code": ""}) == {
        "parking_type": None,
        "postal_code": None,
    }
    assert translate(
        "2.1.1",
        "location",
        {
            "energy_mix": {"environ_impact": [{"source": "NUCLEAR_WASTE", "amount": 1}]},
            "opening_times": None,
            "evses": [{"uid": "1", "connectors": [{"id": "1", "amperage": 16}]}],
        },
    ) == {
        "energy_mix": {"environ_impact": [{"category": "NUCLEAR_WASTE", "amount": 1}]},
        "opening_times": None,
        "evses": [{"uid": "1", "connectors": [{"id": "1", "max_amperage": 16}]}],
    }
    assert translate("2.2.1", "connector", patch := {"max_voltage": 400}) is patch


def test_a_translated_patch_merges_into_what_the_whole_would_be() -> None:
    patch = {"type": "PARKING_LOT", "name": None}
    merged = merge_patch(location(), patch_to_canonical("2.1.1", "location", patch))
    assert merged == {**without(location(), "name"), "parking_type": "PARKING_LOT"}


def test_credentials_have_one_party_whose_role_goes_unsaid() -> None:
    document = credentials()
    flat, losses = from_canonical("2.1.1", "credentials", document)
    assert flat == {
        "token": document["token"],
        "url": document["url"],
        "business_details": {"name": "ABC Charging"},
        "party_id": "ABC",
        "country_code": "NL",
    }
    assert losses == []
    validate_document("2.1.1", "credentials", flat)
    assert to_canonical("2.1.1", "credentials", flat, role="CPO").document == document


def test_credentials_of_several_roles_or_without_one_are_refused() -> None:
    both = credentials(roles=[role(), role(role="EMSP")])
    with pytest.raises(Refused, match="here there are 2"):
        from_canonical("2.1.1", "credentials", both)
    flat = from_canonical("2.1.1", "credentials", credentials()).document
    with pytest.raises(Refused, match="role"):
        to_canonical("2.1.1", "credentials", flat)
