from __future__ import annotations

import copy
from typing import Any

import pytest

from ocpi.convert import Refused, from_canonical, to_canonical
from ocpi.versioned import validate_credentials, validate_location
from tests.ocpi.samples import connector, credentials, evse, location, role


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_a_location_that_both_versions_can_say_is_not_copied(version: str) -> None:
    document = location(images=[{"url": "https://x.nl", "category": "OTHER", "type": "png"}])
    there = from_canonical(version, "location", document)
    back = to_canonical(version, "location", document)
    assert there.document is document
    assert back.document is document
    assert there.losses == back.losses == []


def full_location() -> dict[str, Any]:
    logo = {"url": "https://x.nl/a.png", "category": "FANCY", "type": "png"}
    return location(
        parking_type="ON_WATER",
        help_phone="+31 10 1234567",
        parking_places=[
            {
                "id": "P1",
                "vehicle_types": ["BUS"],
                "restricted_to_type": True,
                "reservation_required": False,
            }
        ],
        facilities=["HOTEL", "SAUNA"],
        images=[logo],
        operator={"name": "A", "logo": logo},
        publish=False,
        publish_allowed_to=[{"uid": "1", "type": "EMAID"}, {"group_id": "G"}],
        energy_mix={
            "is_green_energy": True,
            "environ_impact": [{"category": "NOISE", "amount": 1}],
        },
        evses=[
            evse(
                capabilities=["RESERVABLE", "TELEPATHY"],
                parking_restrictions=["TAXIS"],
                parking=[{"parking_id": "P1"}],
                accepted_service_providers=["A"],
                connectors=[
                    connector(capabilities=["ISO_15118_2_PLUG_AND_CHARGE"]),
                    connector(id="2", standard="MCS"),
                ],
            ),
            evse(uid="2", connectors=[connector(standard="SAE_J3400")]),
        ],
    )


def test_what_2_2_1_cannot_say_is_left_out_and_listed() -> None:
    document = full_location()
    before = copy.deepcopy(document)
    converted, losses = from_canonical("2.2.1", "location", document)
    assert document == before
    validate_location("2.2.1", converted)
    assert {loss.path: loss.code for loss in losses} == {
        "help_phone": "field_not_in_version",
        "parking_places": "field_not_in_version",
        "parking_type": "value_not_in_version",
        "facilities.1": "value_not_in_version",
        "publish_allowed_to.0": "value_not_in_version",
        "images.0.category": "value_not_in_version",
        "operator.logo.category": "value_not_in_version",
        "energy_mix.environ_impact.0": "value_not_in_version",
        "evses.0.capabilities.1": "value_not_in_version",
        "evses.0.parking_restrictions.0": "value_not_in_version",
        "evses.0.parking": "field_not_in_version",
        "evses.0.accepted_service_providers": "field_not_in_version",
        "evses.0.connectors.0.capabilities": "field_not_in_version",
        "evses.0.connectors.1.standard": "connector_not_in_version",
        "evses.1.connectors.0.standard": "connector_not_in_version",
    }
    assert [part["uid"] for part in converted["evses"]] == ["3256"]
    assert converted["facilities"] == ["HOTEL"]
    assert converted["publish_allowed_to"] == [{"group_id": "G"}]
    assert converted["images"][0]["category"] == "OTHER"
    assert converted["energy_mix"] == {"is_green_energy": True}


def test_unknown_fields_survive_a_conversion() -> None:
    converted, _ = from_canonical("2.2.1", "location", location(foo=1, help_phone="1"))
    assert converted["foo"] == 1


def test_single_parts() -> None:
    assert from_canonical("2.2.1", "evse", evse(parking=[{"parking_id": "P"}])).document == evse()
    assert from_canonical("2.2.1", "connector", connector()).document == connector()
    with pytest.raises(Refused, match="MCS"):
        from_canonical("2.2.1", "connector", connector(standard="MCS"))
    with pytest.raises(Refused):
        from_canonical("2.2.1", "evse", evse(connectors=[connector(standard="MCS")]))


def test_a_hub_of_2_2_1_has_a_hub_party_id() -> None:
    hub = credentials(roles=[role(role="HUB", party_id="hub")])
    canonical = to_canonical("2.2.1", "credentials", hub).document
    assert canonical["hub_party_id"] == "NLHUB"
    assert from_canonical("2.2.1", "credentials", canonical).document["roles"] == [
        role(role="HUB", party_id="HUB")
    ]


def test_a_hub_reports_itself_only_at_2_2_1() -> None:
    """C-025."""
    document = credentials(hub_party_id="NLHUB", roles=[role(), role(role="OTHER", party_id="HUB")])
    converted, losses = from_canonical("2.2.1", "credentials", document)
    assert converted == credentials(roles=[role(role="HUB", party_id="HUB")])
    validate_credentials("2.2.1", converted)
    assert [(loss.code, loss.path) for loss in losses] == [("role_behind_hub", "roles.0")]


def test_the_role_hub_is_not_sent_at_2_3_0() -> None:
    """C-026."""
    document = credentials(hub_party_id="NLHUB", roles=[role(role="HUB", party_id="HUB"), role()])
    assert from_canonical("2.3.0", "credentials", document).document["roles"] == [role()]


def test_a_role_unknown_to_2_2_1_is_sent_as_other() -> None:
    document = credentials(roles=[role(role="PTP"), role(role="OTHER")])
    converted, losses = from_canonical("2.2.1", "credentials", document)
    assert converted["roles"] == [role(role="OTHER")]
    assert [loss.path for loss in losses] == ["roles.0.role"]


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_what_came_without_address_or_city_says_so(version: str) -> None:
    """A required text that nobody has is ``#NA``; 2.1.1 has no word for that."""
    lacking = {k: v for k, v in location().items() if k not in ("address", "city")}
    said = from_canonical(version, "location", lacking).document
    assert (said["address"], said["city"]) == (("", "") if version == "2.1.1" else ("#NA", "#NA"))
    validate_location(version, said)
