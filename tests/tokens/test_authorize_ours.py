"""A partner's CPO asks about cards of ours (OCPI 2.3.0, mod_tokens, Real-time authorization)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ocpi.versioned import validate_document
from parties.choices import AuthorizationRule, Sharing
from parties.models import Party
from parties.services import agreements
from tests import builders
from tests.builders import Partner
from tests.exchange.conftest import Reply, System
from tests.tokens.authorizing import UID, URL, answering, asks, document, location, provider, token
from tokens.authorization.models import Authorization

pytestmark = pytest.mark.django_db
VERSIONS = ("2.1.1", "2.2.1", "2.3.0")


@pytest.fixture(autouse=True)
def _private(settings: Any) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = True


@pytest.fixture
def msp(db: None) -> Party:
    return builders.party("NL*MSP", "EMSP", ours=True)


@pytest.fixture
def theirs(db: None) -> Party:
    return builders.party("DE*CPO", "CPO")


@pytest.fixture
def cpo(msp: Party, theirs: Party) -> Partner:
    return builders.partner("CPO", speaks_for=(theirs,))


@pytest.fixture
def office() -> Iterator[System]:
    running = System()
    yield running
    running.close()


def kept() -> Authorization:
    return Authorization.objects.get()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", [None, {"location_id": "PRIVATE", "evse_uids": ["E1"]}])
def test_a_card_of_ours_is_allowed_with_and_without_a_place(
    version: str, body: Any, msp: Party, theirs: Party
) -> None:
    """K-007, K-012, K-025."""
    token(msp)
    cpo = builders.partner(f"CPO {version}", speaks_for=(theirs,), version=version)

    answer = asks(cpo, body=body)

    assert (answer.http_status, answer.code) == (200, 1000)
    assert answer.data["allowed"] == "ALLOWED"
    assert answer.data.get("location") == body
    validate_document(version, "authorization_info", answer.data)
    said = {} if version == "2.1.1" else {"token": document(msp)}
    assert {k: v for k, v in answer.data.items() if k == "token"} == said
    row = kept()
    assert (row.allowed, row.how, row.owner, row.cpo) == ("ALLOWED", "ours", msp, theirs)
    assert row.asked == []
    if version != "2.1.1":
        assert answer.data["authorization_reference"] == row.authorization_reference
    assert len(row.authorization_reference) == 36


@pytest.mark.parametrize(
    ("fields", "allowed"),
    [
        ({"valid": False}, "BLOCKED"),
        ({"valid": False, "whitelist": "NEVER"}, "BLOCKED"),
        ({"whitelist": "NEVER"}, "ALLOWED"),
        ({"valid_until": "2025-12-31"}, "EXPIRED"),
        ({"expiry_date": "2025-12-31T00:00:00Z"}, "EXPIRED"),
        ({"valid_until": "2999-12-31"}, "ALLOWED"),
    ],
)
def test_what_is_not_allowed_is_said_with_http_200(
    fields: dict[str, Any], allowed: str, msp: Party, cpo: Partner
) -> None:
    """K-013."""
    token(msp, **fields)

    answer = asks(cpo)

    assert (answer.http_status, answer.code, answer.data["allowed"]) == (200, 1000, allowed)
    assert kept().allowed == allowed


@pytest.mark.parametrize(("version", "code"), [("2.1.1", 2000), ("2.2.1", 2004), ("2.3.0", 2004)])
def test_an_unknown_card_is_404_without_data(
    version: str, code: int, msp: Party, theirs: Party
) -> None:
    """K-008, K-009."""
    token(msp, type="APP_USER")
    cpo = builders.partner(f"CPO {version}", speaks_for=(theirs,), version=version)

    answer = asks(cpo)

    assert (answer.http_status, answer.code) == (404, code)
    assert "data" not in answer.envelope
    assert (kept().how, kept().allowed) == ("unknown", "")


def test_the_type_counts_and_2_1_1_spells_it_otherwise(msp: Party, theirs: Party) -> None:
    """K-003."""
    token(msp, valid=False)
    token(msp, type="APP_USER")
    new = builders.partner("New", speaks_for=(theirs,))
    old = builders.partner("Old", speaks_for=(theirs,), version="2.1.1")

    assert asks(new).data["allowed"] == "BLOCKED"
    assert asks(new, f"{URL}?type=APP_USER").data["allowed"] == "ALLOWED"
    assert asks(old, f"{URL}?token_type=OTHER").data["allowed"] == "ALLOWED"
    assert asks(old, f"{URL}?type=RFID").data["allowed"] == "BLOCKED"


def test_of_the_evses_named_those_that_are_there_come_back(
    msp: Party, theirs: Party, cpo: Partner
) -> None:
    """K-014, K-015."""
    token(msp)
    location(
        theirs,
        evses=[builders.evse("E1", status="OUTOFORDER"), builders.evse("E2")],
        opening_times={"twentyfourseven": False},
    )

    answer = asks(cpo, body={"location_id": "loc1", "evse_uids": ["e1", "E9"]})
    assert answer.data["allowed"] == "ALLOWED"
    assert answer.data["location"] == {"location_id": "loc1", "evse_uids": ["e1"]}

    assert asks(cpo, body={"location_id": "LOC1", "evse_uids": ["E9"]}).code == 2003
    # Another CPO's location with the same id is none of this one's.
    location(builders.party("FR*CPO"), "ELSEWHERE")
    elsewhere = {"location_id": "ELSEWHERE", "evse_uids": ["E9"]}
    assert asks(cpo, body=elsewhere).data["location"] == elsewhere


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_cards_that_are_limited_to_countries_need_a_place(
    version: str, msp: Party, theirs: Party
) -> None:
    """K-010, K-011."""
    token(msp)
    location(theirs, "INSIDE", country="NLD")
    location(theirs, "OUTSIDE", country="DEU")
    share = agreements.Share(Sharing.NOTHING, countries=("NLD",))
    agreements.save(msp, theirs, agreements.Terms(shares={"tokens": share}))
    cpo = builders.partner(f"CPO {version}", speaks_for=(theirs,), version=version)

    assert asks(cpo).code == 2002
    assert asks(cpo, body={"location_id": "NOWHERE"}).code == 2003
    assert asks(cpo, body={"location_id": "INSIDE"}).data["allowed"] == "ALLOWED"
    outside = asks(cpo, body={"location_id": "OUTSIDE"})
    assert outside.data["allowed"] == "NOT_ALLOWED"
    assert "location" not in outside.data


def test_a_partner_asks_about_the_parties_it_is_shown_and_no_others(
    msp: Party, theirs: Party
) -> None:
    hidden = builders.party("NL*HID", "EMSP", ours=True)
    partners = builders.party("FR*EMP", "EMSP")
    for owner in (hidden, partners):
        token(owner)
    cpo = builders.partner("CPO", speaks_for=(theirs,), presents=(msp,))

    assert asks(cpo).http_status == 404
    for owner in (hidden, partners):
        named = {
            "OCPI-to-country-code": owner.country_code,
            "OCPI-to-party-id": owner.party_id,
        }
        assert asks(cpo, headers=named).code == 4001


def test_of_two_of_ours_the_one_that_is_named_answers(msp: Party, cpo: Partner) -> None:
    other = builders.party("NL*TWO", "EMSP", ours=True)
    token(msp)
    token(other, valid=False)

    to = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "TWO"}
    assert asks(cpo, headers=to).data["allowed"] == "BLOCKED"
    # Without a name the first that is allowed wins.
    assert asks(cpo).data["token"]["party_id"] == "MSP"


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", 2000), (b"[]", 2001), (b'{"evse_uids": []}', 2001), (b"null", 1000)],
)
def test_the_body_is_read_strictly(body: bytes, code: int, msp: Party, cpo: Partner) -> None:
    token(msp)
    assert asks(cpo, body=body).code == code


# --- Its back office ----------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("office_version", VERSIONS)
def test_a_question_is_passed_on_to_the_back_office_across_versions(
    version: str, office_version: str, msp: Party, theirs: Party, office: System
) -> None:
    """K-014, K-026."""
    token(msp, whitelist="NEVER")
    place = {"location_id": "PRIVATE", "evse_uids": ["E1", "E2"]}
    allowed = {"location_id": "PRIVATE", "evse_uids": ["E2"]}
    info: dict[str, Any] = {
        "allowed": "NO_CREDIT",
        "location": allowed,
        "info": {"language": "nl", "text": "Geen tegoed"},
    }
    if office_version != "2.1.1":
        info |= {"token": document(msp, whitelist="NEVER"), "authorization_reference": "Ref-1"}
    office.replies(Reply(info))
    provider("Office", office, msp, version=office_version, kind="back_office")
    cpo = builders.partner("CPO", speaks_for=(theirs,), version=version)

    answer = asks(cpo, body=place, headers={"X-Correlation-ID": "conversation"})

    assert answer.data["allowed"] == "NO_CREDIT"
    assert answer.data["location"] == allowed
    assert answer.data["info"]["text"] == "Geen tegoed"
    validate_document(version, "authorization_info", answer.data)
    [seen] = office.requests
    assert (seen.method, seen.query) == ("POST", {"type": "RFID"})
    assert seen.path == f"/sender/tokens/{UID}/authorize"
    assert seen.document == place
    assert seen.headers["x-correlation-id"] == "conversation"
    if office_version != "2.1.1":
        assert (seen.headers["ocpi-to-party-id"], seen.headers["ocpi-from-party-id"]) == (
            "MSP",
            "CPO",
        )
    row = kept()
    assert (row.how, row.allowed, row.correlation_id) == ("asked", "NO_CREDIT", "conversation")
    if office_version != "2.1.1":
        assert row.authorization_reference == "Ref-1"
        assert version == "2.1.1" or answer.data["authorization_reference"] == "Ref-1"
    [asked] = row.asked
    assert asked["reply"] == "answered"
    assert asked["exchange"]


@pytest.mark.parametrize(
    ("rule", "whitelist", "asked"),
    [
        (AuthorizationRule.WHITELIST, "ALWAYS", 0),
        (AuthorizationRule.WHITELIST, "ALLOWED", 0),
        (AuthorizationRule.WHITELIST, "ALLOWED_OFFLINE", 1),
        (AuthorizationRule.WHITELIST, "NEVER", 1),
        (AuthorizationRule.BACK_OFFICE, "ALLOWED", 1),
        (AuthorizationRule.TOKENS, "NEVER", 0),
    ],
)
def test_the_rule_of_the_party_says_who_decides(
    rule: str, whitelist: str, asked: int, msp: Party, cpo: Partner, office: System
) -> None:
    Party.objects.filter(pk=msp.pk).update(authorization_rule=rule)
    token(msp, whitelist=whitelist)
    office.handler = answering(msp)
    provider("Office", office, msp, kind="back_office")

    assert asks(cpo).data["allowed"] == "ALLOWED"
    assert len(office.requests) == asked


@pytest.mark.parametrize(
    ("whitelist", "allowed"), [("ALLOWED_OFFLINE", "ALLOWED"), ("NEVER", "NOT_ALLOWED")]
)
def test_a_back_office_that_fails_leaves_it_to_the_whitelist(
    whitelist: str, allowed: str, msp: Party, cpo: Partner, office: System
) -> None:
    """K-018."""
    token(msp, whitelist=whitelist)
    office.replies(None)
    provider("Office", office, msp, kind="back_office")

    answer = asks(cpo)

    assert (answer.code, answer.data["allowed"]) == (1000, allowed)
    assert kept().how == "offline"


def test_a_card_that_is_not_here_may_be_known_to_the_back_office(
    msp: Party, cpo: Partner, office: System
) -> None:
    provider("Office", office, msp, kind="back_office")
    office.handler = answering(msp)
    assert asks(cpo).data["token"]["uid"] == UID

    office.replies(Reply(status=404, code=2004))
    assert asks(cpo).code == 2004

    office.replies(Reply(status=500, body=b"oops"))
    assert asks(cpo, "sender/tokens/OTHER/authorize").code == 3000


def test_an_answer_with_faults_still_says_what_is_allowed(
    msp: Party, cpo: Partner, office: System
) -> None:
    token(msp, whitelist="NEVER")
    provider("Office", office, msp, kind="back_office")
    faulty = {
        "allowed": "ALLOWED",
        "token": {"uid": UID},
        "authorization_reference": "x" * 40,
        "info": {"language": "en", "text": "Welcome"},
    }
    office.replies(Reply(faulty))

    answer = asks(cpo)

    assert (answer.data["allowed"], answer.data["info"]["text"]) == ("ALLOWED", "Welcome")
    assert "authorization_reference" not in answer.data
    validate_document("2.2.1", "authorization_info", answer.data)

    about_another = {"allowed": "ALLOWED", "token": document(msp, "ANOTHER")}
    office.replies(Reply(about_another))
    assert asks(cpo).data["allowed"] == "NOT_ALLOWED"
