"""What a partner tells us (OCPI 2.3.0, mod_tokens, Receiver interface)."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.models import Quarantined
from exchange.quality import retake
from parties.models import Party
from tests import builders
from tests.builders import EARLIER, LATER, LATEST, Partner
from tests.tokens.support import RECEIVER, UID, held, said
from tokens.models import Token

pytestmark = pytest.mark.django_db
VERSIONS = ("2.1.1", "2.2.1", "2.3.0")
URL = f"{RECEIVER}/NL/MSP/{UID}"


@pytest.fixture
def owner(db: None) -> Party:
    return builders.party("NL*MSP", "EMSP")


def at(version: str, owner: Party, **options: Any) -> Partner:
    return builders.partner(f"MSP {version}", speaks_for=(owner,), version=version, **options)


def theirs(version: str = "2.2.1", **fields: Any) -> dict[str, Any]:
    return said(builders.token(**fields), version)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_token_comes_in_and_is_read_back_at_each_version(version: str, owner: Party) -> None:
    """K-001, K-025: at 2.1.1 with auth_id, and without party; nothing deletes or posts."""
    msp = at(version, owner)
    given = theirs(version, visual_number="NL-0001", language="nl")

    assert msp.put(URL, given).http_status == 201
    assert msp.put(URL, given).http_status == 200

    assert msp.get(f"{RECEIVER}/nl/msp/{UID.lower()}").data == given
    token = held(owner)
    assert (token.contract_id, token.visual_number) == ("NL-MSP-C12345678-5", "NL-0001")
    assert (token.valid, token.whitelist) == (True, "ALLOWED")
    assert token.received_from == msp.connection
    assert ("auth_id" in given, "party_id" in given) == (version == "2.1.1", version != "2.1.1")
    assert msp.delete(URL).http_status == 405
    assert msp.call("POST", URL, given).http_status == 405


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_one_uid_with_two_types_are_two_tokens(version: str, owner: Party) -> None:
    """K-002, K-003: without a type the address means the RFID token, however many others there are."""
    msp = at(version, owner)
    app = theirs(version, type="APP_USER", whitelist="NEVER")
    msp.put(f"{URL}?type=APP_USER", app)
    assert msp.get(URL).http_status == 404
    assert msp.patch(URL, {"valid": False, "last_updated": LATER}).http_status == 404

    card = theirs(version)
    assert msp.put(URL, card).http_status == 201

    assert msp.get(URL).data == msp.get(f"{URL}?type=rfid").data == card
    assert msp.get(f"{URL}?type=APP_USER").data == app
    msp.patch(f"{URL}?type=APP_USER", {"valid": False, "last_updated": LATER})
    assert (held(owner).valid, held(owner, type_="APP_USER").valid) == (True, False)
    assert held(owner, type_="APP_USER").reference == f"NL*MSP/{UID}?type=APP_USER"


def test_a_token_must_not_contradict_its_address(owner: Party) -> None:
    """K-002: where the address says no type, a whole token says by itself which one it is."""
    msp = at("2.2.1", owner)
    app = theirs(type="APP_USER")

    refused = msp.put(f"{URL}?type=AD_HOC_USER", app)
    assert (refused.code, refused.data[0]["path"]) == (2001, "type")
    assert msp.put(f"{URL}?type=KEY_FOB", app).code == 2001
    assert msp.put(f"{RECEIVER}/NL/MSP/OTHER", app).code == 2001
    assert msp.put(f"{RECEIVER}/NL/XXX/{UID}", app).http_status == 404
    assert not Token.objects.exists()

    assert msp.put(URL, app).http_status == 201
    assert msp.get(f"{URL}?type=APP_USER").data == app


def test_at_2_1_1_the_address_means_the_card_or_the_only_token(owner: Party) -> None:
    msp = at("2.1.1", owner)
    msp.put(URL, theirs("2.1.1", type="OTHER"))
    assert msp.get(URL).data["type"] == "OTHER"
    msp.patch(URL, {"valid": False})
    assert held(owner, type_="OTHER").valid is False

    msp.put(URL, theirs("2.1.1"))

    assert msp.get(URL).data["type"] == "RFID"
    msp.patch(URL, {"auth_id": "NLMSPC87654321", "group_id": "a later version's"})
    assert held(owner).contract_id == "NLMSPC87654321"
    assert held(owner).group_id == ""
    assert held(owner, type_="OTHER").contract_id == "NL-MSP-C12345678-5"


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_a_patch_changes_what_it_names_and_null_clears(version: str, owner: Party) -> None:
    """K-001, T-050: what is not named stays, the validity too."""
    msp = at(version, owner)
    msp.put(URL, theirs(version, valid=False, group_id="G1", language="nl"))

    assert msp.patch(URL, {"group_id": None, "issuer": "B", "last_updated": LATER}).code == 1000

    changed = theirs(version, valid=False, issuer="B", language="nl", last_updated=LATER)
    assert msp.get(URL).data == changed
    assert held(owner).group_key == ""
    refused = msp.patch(URL, {"valid": None, "last_updated": LATEST})
    assert (refused.code, refused.data[0]["path"]) == (2001, "valid")
    assert msp.patch(URL, {"contract_id": "", "last_updated": LATEST}).code == 2001
    assert msp.get(URL).data == changed


@pytest.mark.parametrize("version", VERSIONS)
def test_a_patch_says_when_it_was_made(version: str, owner: Party) -> None:
    """K-004: since 2.2.1 it has to; one of 2.1.1 that does not counts as made now."""
    msp = at(version, owner)
    msp.put(URL, theirs(version))

    answer = msp.patch(URL, {"valid": False})

    assert answer.code == (1000 if version == "2.1.1" else 2001)
    assert held(owner).valid is (version != "2.1.1")
    if version != "2.1.1":
        assert answer.data == [{"path": "last_updated", "problem": "Field required"}]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_older_than_what_we_hold_changes_nothing(version: str, owner: Party) -> None:
    msp = at(version, owner)
    msp.put(URL, theirs(version, last_updated=LATER, valid=False))

    assert msp.put(URL, theirs(version)).code == 1000
    assert msp.patch(URL, {"valid": True, "last_updated": EARLIER}).code == 1000

    assert msp.get(URL).data == theirs(version, last_updated=LATER, valid=False)


def test_one_uid_at_several_providers_are_several_tokens(owner: Party) -> None:
    other = builders.party("DE*EMP", "EMSP")
    msp, emp = at("2.2.1", owner), builders.partner("EMP", speaks_for=(other,))
    msp.put(URL, theirs())
    document = said(builders.token(owner="DE*EMP", valid=False), "2.2.1")
    assert emp.put(f"{RECEIVER}/DE/EMP/{UID}", document).http_status == 201

    assert (held(owner).valid, held(other).valid) == (True, False)
    assert emp.get(URL).http_status == 404


def test_a_refused_push_is_set_aside_with_its_type_and_can_be_taken_in_again(owner: Party) -> None:
    """Two tokens with one uid are two places, whatever their order."""
    msp = at("2.2.1", owner)
    msp.put(URL, {**theirs(), "whitelist": "SOMETIMES"})
    msp.put(f"{URL}?type=APP_USER", {**theirs(type="APP_USER"), "valid": "yes"})
    card, app = Quarantined.objects.order_by("id")
    assert [row.object_reference for row in (card, app)] == [
        f"NL*MSP/{UID}",
        f"NL*MSP/{UID}?type=APP_USER",
    ]

    retake.take_in(app, None, "staff")
    retake.take_in(card, None, "staff")

    assert held(owner, type_="APP_USER").valid is True
    assert held(owner).whitelist == "NEVER"


def test_a_refused_patch_is_taken_in_again_for_the_token_it_was_about(owner: Party) -> None:
    msp = at("2.2.1", owner)
    msp.put(URL, theirs())
    msp.put(f"{URL}?type=APP_USER", theirs(type="APP_USER"))
    msp.patch(f"{URL}?type=APP_USER", {"valid": "no", "last_updated": LATER})

    retake.take_in(Quarantined.objects.get(), None, "staff")

    assert (held(owner).valid, held(owner, type_="APP_USER").valid) == (True, False)
