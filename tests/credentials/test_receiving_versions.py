"""A partner registers, updates and unregisters with us, at each version of OCPI."""

from __future__ import annotations

import json
from typing import Any

import pytest

from credentials import services
from credentials.models import Handshake
from exchange.models import Delivery
from locations import services as locations
from locations.models import Location
from parties import services as parties
from parties.models import Connection, ConnectionParty, Event, InboundToken, Party
from tests import builders
from tests.credentials.support import (
    THEIR_TOKEN,
    VERSIONS,
    Partner,
    Portal,
    authorization,
    bad,
    good,
    role,
)

pytestmark = pytest.mark.usefixtures("ours")


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest, partner: Partner) -> str:
    """The version of a handshake; the partner offers all of them, as an eMSP."""
    partner.versions = VERSIONS
    partner.roles = [role(name="EMSP")]
    partner.wants = "raw" if request.param == "2.1.1" else "base64"
    return str(request.param)


@pytest.fixture
def token_a(ours: list[Party]) -> str:
    return services.invite("Partner", presents=[p for p in ours if p.role == "CPO"]).token


@pytest.fixture
def token_c(portal: Portal, partner: Partner, version: str, token_a: str) -> str:
    return register(portal, partner, version, token_a)


def register(portal: Portal, partner: Partner, version: str, token: str) -> str:
    body = partner.credentials(version)
    return str(portal.data("POST", f"{version}/credentials", token, body)["token"])


def connection() -> Connection:
    return Connection.objects.get(name="Partner")


def test_post_registers_after_calling_back(
    portal: Portal, partner: Partner, version: str, token_a: str
) -> None:
    """C-001, C-002, T-005."""
    portal_answer = portal.data(
        "POST", f"{version}/credentials", token_a, partner.credentials(version)
    )
    assert partner.calls() == ["GET /versions", f"GET /{version}"]
    assert {asked.token for asked in partner.asked} == {THEIR_TOKEN}
    assert portal_answer["token"] not in {token_a, THEIR_TOKEN}
    made = connection()
    assert (made.state, made.version, made.partner_versions) == (
        "connected",
        version,
        list(VERSIONS),
    )
    assert made.push_modules == ["locations"]
    assert [str(p) for p in parties.spoken_parties(made)] == ["DE*PAR EMSP"]
    assert not made.dialect_settings


def test_get_answers_from_the_presented_token(
    portal: Portal, version: str, token_a: str, token_c: str
) -> None:
    """C-013, C-005: the one-time token is worthless afterwards."""
    credentials = portal.data("GET", f"{version}/credentials", token_c)
    assert credentials["token"] == token_c
    assert credentials["url"] == "http://portal.example/ocpi/versions"
    named = credentials if version == "2.1.1" else credentials["roles"][0]
    assert (named["country_code"], named["party_id"]) == ("NL", "ABC")
    assert named["business_details"] == {"name": "Our Company"}
    assert ("role" in named) == (version != "2.1.1")
    assert portal.ask("GET", "versions", token_a) == (401, 2001)


def test_the_flat_form_belongs_to_2_1_1_alone(
    portal: Portal, partner: Partner, version: str, token_a: str
) -> None:
    """C-022."""
    other = "2.2.1" if version == "2.1.1" else "2.1.1"
    answer = portal.ask("POST", f"{version}/credentials", token_a, partner.credentials(other))
    assert answer == (200, 2001)
    assert partner.asked == []


def test_methods_are_allowed_in_their_time(portal: Portal, version: str, token_a: str) -> None:
    """C-007, C-008, C-014, T-008."""
    path = f"{version}/credentials"
    for method in ("PUT", "DELETE", "PATCH"):
        assert portal.ask(method, path, token_a, {}) == (405, 2000)
    assert portal.ask("GET", path, token_a) == (200, 1000)
    assert portal.ask("GET", version, token_a) == (200, 1000)
    assert portal.ask("GET", f"{version}/sender/locations", token_a) == (401, 2001)


def test_who_is_registered_cannot_register_again(
    portal: Portal, partner: Partner, version: str, token_c: str
) -> None:
    """C-006."""
    body = partner.credentials(version)
    assert portal.ask("POST", f"{version}/credentials", token_c, body) == (405, 2000)


def test_an_unknown_token_is_401_and_never_405(portal: Portal, version: str) -> None:
    """C-031."""
    for method in ("POST", "PUT", "DELETE"):
        for token in (None, "unknown"):
            assert portal.ask(method, f"{version}/credentials", token, {}) == (401, 2001)


@pytest.mark.parametrize("token", ["x" * 65, "two words", "", "n\u00f6n-ascii", 7])
def test_a_token_that_cannot_be_presented_is_named(
    portal: Portal, partner: Partner, version: str, token_a: str, token: Any
) -> None:
    """C-019."""
    body = partner.credentials(version, token=token)
    answer = portal.call("POST", f"{version}/credentials", token_a, body).json()  # type: ignore[attr-defined]
    assert answer["status_code"] == 2001
    assert "token" in {problem["path"] for problem in answer["data"]}


@pytest.mark.parametrize(
    "roles",
    [
        [],
        None,
        [role(), role("de-par")],
        [role(business_details={})],
        [role(business_details=None)],
    ],
)
@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_roles_are_unique_and_named(
    portal: Portal, partner: Partner, version: str, token_a: str, roles: Any
) -> None:
    """C-020, C-021."""
    body = partner.credentials(version, roles=roles)
    assert portal.ask("POST", f"{version}/credentials", token_a, body) == (200, 2001)


@pytest.mark.parametrize("missing", ["party_id", "country_code", "business_details", "url"])
def test_all_faults_of_a_flat_object_are_named(
    portal: Portal, partner: Partner, token_a: str, missing: str
) -> None:
    """C-022."""
    body = partner.credentials("2.1.1", token="x" * 65)
    del body[missing]
    answer = portal.call("POST", "2.1.1/credentials", token_a, body).json()  # type: ignore[attr-defined]
    assert {problem["path"] for problem in answer["data"]} == {"token", missing}


@pytest.mark.parametrize("call", ["GET /versions", "details"])
def test_a_call_back_that_fails_is_3001_and_leaves_nothing(
    portal: Portal, partner: Partner, version: str, token_a: str, call: str
) -> None:
    """C-015, C-030."""
    partner.scripts[call.replace("details", f"GET /{version}")] = lambda asked: bad(3000, 500)
    body, path = partner.credentials(version), f"{version}/credentials"
    assert portal.ask("POST", path, token_a, body) == (200, 3001)
    assert connection().state == "invited"
    assert not ConnectionParty.objects.exists()
    assert not InboundToken.objects.filter(kind="access").exists()
    partner.scripts.clear()
    assert portal.ask("POST", path, token_a, body) == (200, 1000)


def test_a_partner_that_lacks_the_version_is_3002(
    portal: Portal, partner: Partner, version: str, token_a: str
) -> None:
    """C-018."""
    partner.versions = tuple(v for v in VERSIONS if v != version)
    body = partner.credentials(version)
    assert portal.ask("POST", f"{version}/credentials", token_a, body) == (200, 3002)


def test_a_partner_without_a_required_module_is_3003_with_its_name(
    portal: Portal, partner: Partner, version: str, ours: list[Party]
) -> None:
    """C-016."""
    cpo = [p for p in ours if p.role == "CPO"]
    token = services.invite("Partner", presents=cpo, required_modules=["locations", "cdrs"]).token
    body = partner.credentials(version)
    answer = portal.call("POST", f"{version}/credentials", token, body).json()  # type: ignore[attr-defined]
    assert answer["status_code"] == 3003
    assert "cdrs" in answer["status_message"]
    assert "locations" not in answer["status_message"]
    partner.modules = ("credentials", "locations", "cdrs")
    assert portal.ask("POST", f"{version}/credentials", token, body) == (200, 1000)


def test_put_fetches_the_endpoints_again_and_gives_a_new_token(
    portal: Portal, partner: Partner, version: str, token_c: str
) -> None:
    """C-009, C-010, C-032: requests under way with the old token still work."""
    partner.asked.clear()
    partner.modules = ("credentials", "locations", "sessions")
    body = partner.credentials(version, token="their-second-token")
    new = portal.data("PUT", f"{version}/credentials", token_c, body)["token"]
    assert new != token_c
    assert partner.calls() == ["GET /versions", f"GET /{version}"]
    assert parties.outbound_token(connection()) == "their-second-token"
    assert connection().endpoint_url("sessions", "RECEIVER")
    for token in (new, token_c):
        assert portal.ask("GET", f"{version}/sender/locations", token) == (200, 1000)


@pytest.mark.parametrize("to", VERSIONS)
def test_put_at_another_version_switches_to_it(
    portal: Portal, partner: Partner, version: str, token_c: str, to: str
) -> None:
    """C-011: the partner may spell its token as the version of before or of now."""
    Delivery.objects.all().delete()
    location = told_location(connection())
    partner.wants = ""
    partner.asked.clear()
    portal.spelled = version
    new = portal.data("PUT", f"{to}/credentials", token_c, partner.credentials(to))["token"]
    portal.spelled = ""
    assert partner.calls() == ["GET /versions", f"GET /{to}"]
    made = connection()
    assert made.version == to
    assert {e["url"].split("/")[3] for e in made.endpoints} == {to}
    assert portal.ask("GET", f"{to}/sender/locations", new) == (200, 1000)
    told = list(Delivery.objects.pending().values_list("object_id", flat=True))
    assert told == ([] if to == version else [location])
    events = Event.objects.filter(name="connection.version_changed")
    assert [event.detail for event in events] == (
        [] if to == version else [{"before": version, "after": to}]
    )
    kind = "rotation" if to == version else "version"
    assert Handshake.objects.first().kind == kind  # type: ignore[union-attr]


def told_location(connection: Connection) -> int:
    """A published location of ours that the partner has been told about."""
    owner = Party.objects.get(role="CPO", is_ours=True)
    locations.put_location(owner, builders.location(), source=None)
    Delivery.objects.update(sent_version=10**9, wanted_version=1, known="confirmed")
    return Location.objects.get().pk


def test_a_put_that_fails_keeps_the_version_and_the_tokens(
    portal: Portal, partner: Partner, version: str, token_c: str
) -> None:
    to = "2.3.0" if version != "2.3.0" else "2.2.1"
    partner.scripts[f"GET /{to}"] = lambda asked: bad(3000, 500)
    body = partner.credentials(to, token="never-works")
    assert portal.ask("PUT", f"{to}/credentials", token_c, body) == (200, 3001)
    assert (connection().version, parties.outbound_token(connection())) == (version, THEIR_TOKEN)
    assert portal.ask("GET", f"{version}/sender/locations", token_c) == (200, 1000)


def test_delete_ends_everything_at_once(
    portal: Portal, partner: Partner, version: str, token_c: str
) -> None:
    """C-012."""
    told_location(connection())
    Delivery.objects.update(sent_version=0, wanted_version=1)
    assert portal.ask("DELETE", f"{version}/credentials", token_c) == (200, 1000)
    assert portal.ask("GET", "versions", token_c) == (401, 2001)
    assert connection().state == "unregistered"
    assert parties.outbound_token(connection()) == ""
    assert not Delivery.objects.pending().exists()


def test_the_transcript_names_version_spelling_and_each_token(
    portal: Portal, version: str, token_c: str
) -> None:
    handshake = Handshake.objects.get()
    details = {step.title: step.detail for step in handshake.steps.all()}
    assert handshake.version == version
    spelled = "as it is" if version == "2.1.1" else "in Base64"
    assert f"Token {THEIR_TOKEN[:4]}… (token B" in details["Fetch the version details"]
    assert details["Fetch the version details"].endswith(f"was sent {spelled}.")
    assert f"We give it token {token_c[:4]}… (token C" in details["Register the partner"]


def test_endpoints_of_2_1_1_get_the_side_that_follows_from_ours(
    portal: Portal, partner: Partner, token_a: str
) -> None:
    """V-005: what an eMSP lists is where it receives locations, and sends tokens."""
    partner.versions = VERSIONS
    partner.modules = ("credentials", "locations", "tariffs", "sessions", "cdrs", "tokens")
    register(portal, partner, "2.1.1", token_a)
    sides = {e["identifier"]: e["role"] for e in connection().endpoints}
    assert sides.pop("credentials") == "SENDER"
    assert sides.pop("tokens") == "SENDER"
    assert set(sides.values()) == {"RECEIVER"}
    assert "locations" in connection().push_modules


def test_odd_endpoints_and_versions_do_not_break_reading(
    portal: Portal, partner: Partner, version: str, token_a: str
) -> None:
    """V-012, V-014."""
    partner.scripts["GET /versions"] = lambda asked: good(
        [
            {"version": "3.0", "url": "https://x.example"},
            {"url": 7},
            "2.2.1",
            {"version": version, "url": f"{partner.url}/odd/address?x=1"},
        ]
    )
    partner.scripts["GET /odd/address?x=1"] = lambda asked: good(
        {
            "version": version,
            "endpoints": [
                {"identifier": "nltnm-parking", "role": "BOTH", "url": f"{partner.url}/p"},
                {"identifier": "cdrs", "role": "SENDER"},
                *partner.endpoints(version),
            ],
        }
    )
    register(portal, partner, version, token_a)
    assert connection().partner_versions == ["3.0", version]
    assert (
        connection().endpoint_url("locations", "RECEIVER") == f"{partner.url}/{version}/locations"
    )


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/json"])
def test_a_charset_beside_the_content_type_does_no_harm(
    portal: Portal, partner: Partner, version: str, token_a: str, content_type: str
) -> None:
    """T-028."""
    answer = portal.client.post(
        f"/ocpi/{version}/credentials",
        json.dumps(partner.credentials(version)),
        content_type=content_type,
        headers={"Authorization": authorization(token_a, version)},
    )
    assert answer.json()["status_code"] == 1000
