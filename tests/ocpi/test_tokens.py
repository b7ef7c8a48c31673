"""Tokens, AuthorizationInfo and LocationReferences: types, conversion, lenient reading, contract IDs."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from ocpi import convert
from ocpi.convert import Beside, Refused
from ocpi.errors import InvalidParameters
from ocpi.ids import PartyId
from ocpi.lenient import Accepted, accept
from ocpi.versioned import validate_document, validate_patch
from tests.ocpi.samples import without

MSP = PartyId("NL", "TNM")
VERSIONS = ("2.1.1", "2.2.1", "2.3.0")


def token(**fields: Any) -> dict[str, Any]:
    """The specification's example, with everything."""
    return {
        "country_code": "NL",
        "party_id": "TNM",
        "uid": "12345678905880",
        "type": "RFID",
        "contract_id": "NL8ACC12E46L89",
        "visual_number": "DF000-2001-8999-1",
        "issuer": "TheNewMotion",
        "group_id": "DF000-2001-8999",
        "valid": True,
        "whitelist": "ALLOWED",
        "language": "it",
        "default_profile_type": "GREEN",
        "energy_contract": {"supplier_name": "Greenpeace Energy eG", "contract_id": "0123456789"},
        "last_updated": "2018-12-10T17:25:10Z",
        **fields,
    }


def there_and_back(version: str, kind: str, document: dict[str, Any], **known: Any) -> Any:
    """What is said in a version, what is lost, and what comes back."""
    said, losses = convert.from_canonical(version, kind, document)
    validate_document(version, kind, said)  # type: ignore[arg-type]
    back = convert.to_canonical(version, kind, said, owner=MSP, **known).document
    return said, {loss.path for loss in losses}, back


@pytest.mark.parametrize("version", VERSIONS)
def test_a_token_in_each_version(version: str) -> None:
    """K-025: at 2.1.1 with auth_id, without party and what came later."""
    said, lost, back = there_and_back(version, "token", token())

    assert ("auth_id" in said, "country_code" in said) == (version == "2.1.1", version != "2.1.1")
    gone = {"group_id", "default_profile_type", "energy_contract"} if version == "2.1.1" else set()
    assert lost == gone
    assert back == without(token(), *gone)


@pytest.mark.parametrize(
    ("version", "type_", "said"),
    [
        ("2.1.1", "APP_USER", "OTHER"),
        ("2.1.1", "AD_HOC_USER", "OTHER"),
        ("2.1.1", "EMAID", "OTHER"),
        ("2.1.1", "RFID", "RFID"),
        ("2.2.1", "APP_USER", "APP_USER"),
        ("2.2.1", "EMAID", "OTHER"),
        ("2.2.1", "KEYFOB", "OTHER"),
        ("2.3.0", "KEYFOB", "KEYFOB"),
    ],
)
def test_types_that_a_version_lacks_are_others(version: str, type_: str, said: str) -> None:
    document, losses = convert.from_canonical(version, "token", token(type=type_))
    assert document["type"] == said
    assert [loss.value for loss in losses if loss.path == "type"] == (
        [] if said == type_ else [type_]
    )
    validate_document(version, "token", document)


def test_how_versions_fit() -> None:
    assert convert.fit_per_version("token", token()) == (["2.1.1"], [])
    assert convert.fit_per_version("token", token(type="EMAID")) == (["2.1.1", "2.2.1"], [])
    assert convert.fit_per_version("token", without(token(), "contract_id"))[1] == ["2.1.1"]


def test_a_token_of_2_1_1_needs_an_owner_and_later_fields_mean_nothing() -> None:
    said = convert.from_canonical("2.1.1", "token", token()).document
    with pytest.raises(Refused, match="whose it is"):
        convert.to_canonical("2.1.1", "token", said)
    sent = {**said, "group_id": "G", "contract_id": "C", "country_code": "DE"}
    back, losses = convert.to_canonical("2.1.1", "token", sent, owner=MSP)
    assert (back["contract_id"], back["country_code"], "group_id" in back) == (
        "NL8ACC12E46L89",
        "NL",
        False,
    )
    assert {loss.path for loss in losses} == {"group_id", "contract_id"}


def test_a_patch_of_2_1_1_is_translated_field_by_field() -> None:
    patch = {"auth_id": "C2", "valid": False, "visual_number": None, "group_id": "G"}
    validate_patch("2.1.1", "token", patch)
    assert convert.patch_to_canonical("2.1.1", "token", patch) == {
        "contract_id": "C2",
        "valid": False,
        "visual_number": None,
    }
    with pytest.raises(InvalidParameters, match="auth_id"):
        validate_patch("2.1.1", "token", {"auth_id": None})


def info(**fields: Any) -> dict[str, Any]:
    return {
        "allowed": "ALLOWED",
        "token": token(type="EMAID"),
        "location": {"location_id": "LOC1", "evse_uids": ["1", "2"]},
        "authorization_reference": "REF1",
        "info": {"language": "en", "text": "Welcome"},
        **fields,
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_authorization_info_in_each_version(version: str) -> None:
    """K-025: without the token at 2.1.1, which the one who asked knows."""
    said, lost, back = there_and_back(
        version, "authorization_info", info(), beside=Beside(token=token(type="EMAID"))
    )
    assert ("token" in said) is (version != "2.1.1")
    assert lost == {"2.1.1": {"authorization_reference"}, "2.2.1": {"token.type"}}.get(
        version, set()
    )
    if version == "2.1.1":
        assert back == without(info(), "authorization_reference")
        with pytest.raises(Refused, match="it is about"):
            convert.to_canonical(version, "authorization_info", said)


def test_connectors_of_2_1_1_cannot_be_named_later() -> None:
    """K-025."""
    sent = {"location_id": "LOC1", "evse_uids": ["1"], "connector_ids": ["A"]}
    validate_document("2.1.1", "location_references", sent)
    back, losses = convert.to_canonical("2.1.1", "location_references", sent)
    assert back == {"location_id": "LOC1", "evse_uids": ["1"]}
    assert [(loss.code, loss.path) for loss in losses] == [
        ("field_of_version_only", "connector_ids")
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", ""),
        ("valid", "true"),
        ("whitelist", "SOMETIMES"),
        ("language", "nld"),
        ("uid", ""),
        ("issuer", "x" * 65),
    ],
)
def test_what_is_wrong_with_a_token_is_named(version: str, field: str, value: Any) -> None:
    said = convert.from_canonical(version, "token", token()).document
    with pytest.raises(InvalidParameters) as caught:
        validate_document(version, "token", {**said, field: value})
    assert [problem.path for problem in caught.value.problems] == [field]


# --- Lenient -----------------------------------------------------------------------------------------


def read(version: str = "2.3.0", **fields: Any) -> Accepted:
    return accept("token", orjson.dumps(token(**fields)), owner=MSP, version=version)


def codes(accepted: Accepted) -> set[str]:
    """The codes of what was told, but for the contract of the specification's example."""
    assert accepted.fatal == []
    return {warning.code for warning in accepted.warnings}


def test_what_is_not_said_of_a_token_lets_nobody_charge_unasked() -> None:
    accepted = read(valid="perhaps", whitelist=None, type="")
    assert codes(accepted) == {
        "token_valid_assumed",
        "token_whitelist_assumed",
        "token_type_assumed",
    }
    kept = accepted.document
    assert (kept["valid"], kept["whitelist"], kept["type"]) == (False, "NEVER", "RFID")


def test_a_token_of_2_1_1_in_a_list() -> None:
    said = convert.from_canonical("2.1.1", "token", token()).document
    accepted = accept("token", orjson.dumps(said), owner=MSP, version="2.1.1")
    assert (codes(accepted), accepted.document["contract_id"]) == (set(), "NL8ACC12E46L89")
    sent = orjson.dumps({**said, "last_updated": "2018-12-10T17:25:10"})
    later = accept("token", sent, owner=MSP, version="2.2.1")
    assert codes(later) == {"field_other_name"}
    assert later.document["contract_id"] == "NL8ACC12E46L89"


def test_usual_repairs_of_a_token() -> None:
    accepted = read(
        uid=12345,
        type="rfid",
        whitelist="allowed",
        valid="true",
        language="nl-NL",
        energy_contract={"contract_id": "1"},
        group_id="",
    )
    kept = accepted.document
    assert (kept["uid"], kept["type"], kept["whitelist"], kept["valid"]) == (
        "12345",
        "RFID",
        "ALLOWED",
        True,
    )
    assert (kept["language"], "energy_contract" in kept, "group_id" in kept) == (
        "nl",
        False,
        False,
    )
    assert codes(accepted) == {
        "text_spelling",
        "choice_spelling",
        "boolean_spelling",
        "value_unusable",
        "text_empty",
    }


def test_a_token_without_uid_or_owner_cannot_be_kept() -> None:
    assert [fault.code for fault in read(uid=None).fatal] == ["id_missing"]
    nobody = accept("token", orjson.dumps(without(token(), "party_id")))
    assert [fault.code for fault in nobody.fatal] == ["owner_missing"]
