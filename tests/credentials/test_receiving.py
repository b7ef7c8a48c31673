"""A partner registers with us, updates and unregisters (OCPI 2.2.1, credentials)."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from credentials import services
from credentials.choices import HandshakeDirection
from credentials.models import Handshake
from ocpi.ids import PartyId
from parties import services as parties
from parties.models import Connection, ConnectionParty, InboundToken, Party
from tests.credentials.support import THEIR_TOKEN, Partner, Portal, bad, good, role

pytestmark = pytest.mark.usefixtures("ours")
CREDENTIALS = "2.2.1/credentials"


@pytest.fixture
def token_a(ours: list[Party]) -> str:
    return services.invite("Partner").token


@pytest.fixture
def token_c(portal: Portal, partner: Partner, token_a: str) -> str:
    return str(portal.data("POST", CREDENTIALS, token_a, partner.credentials())["token"])


def connection() -> Connection:
    return Connection.objects.get(name="Partner")


def nothing_happened() -> bool:
    """No half registration: as if the partner had never asked."""
    return (
        connection().state == "invited"
        and not connection().outbound_token_encrypted
        and not connection().endpoints
        and not ConnectionParty.objects.exists()
        and not InboundToken.objects.filter(kind="access").exists()
    )


@pytest.mark.parametrize("path", ["versions", "2.2.1", CREDENTIALS])
@pytest.mark.parametrize("token", [None, "unknown"])
def test_without_a_token_that_is_known_every_address_answers_401(
    portal: Portal, path: str, token: str | None
) -> None:
    assert portal.ask("GET", path, token) == (401, 2001)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_an_unknown_token_is_401_and_never_405(portal: Portal, method: str) -> None:
    assert portal.ask(method, CREDENTIALS, "unknown", {}) == (401, 2001)


def test_addresses_come_from_base_url_and_not_from_the_host_header(
    portal: Portal, token_a: str
) -> None:
    portal.client.defaults["HTTP_HOST"] = "localhost:1234"
    assert "localhost" not in str(portal.data("GET", "2.2.1", token_a))


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_before_the_registration_only_post_is_allowed(
    portal: Portal, token_a: str, method: str
) -> None:
    assert portal.ask(method, CREDENTIALS, token_a, {}) == (405, 2000)
    assert portal.ask(method, CREDENTIALS, token_a) == (405, 2000)


def test_a_body_that_is_no_json_is_400(portal: Portal, token_a: str) -> None:
    assert portal.ask("POST", CREDENTIALS, token_a) == (400, 2000)


def test_the_one_time_token_opens_no_module(portal: Portal, token_a: str) -> None:
    assert portal.ask("GET", "2.2.1/sender/locations", token_a) == (401, 2001)


def test_an_expired_token_is_worthless(portal: Portal, partner: Partner, token_a: str) -> None:
    InboundToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert portal.ask("POST", CREDENTIALS, token_a, partner.credentials()) == (401, 2001)


def test_registration_calls_back_with_their_token_and_gives_a_new_one(
    portal: Portal, partner: Partner, token_a: str
) -> None:
    answer = portal.data("POST", CREDENTIALS, token_a, partner.credentials())

    assert partner.calls() == ["GET /versions", "GET /2.2.1"]
    assert {asked.token for asked in partner.asked} == {THEIR_TOKEN}
    assert answer["url"] == "http://portal.example/ocpi/versions"
    assert [(r["country_code"], r["party_id"], r["role"]) for r in answer["roles"]] == [
        ("NL", "ABC", "CPO"),
        ("NL", "ABC", "EMSP"),
    ]
    assert answer["token"] not in {token_a, THEIR_TOKEN}
    registered = connection()
    assert (registered.state, registered.version) == ("connected", "2.2.1")
    assert registered.pinned_hosts == [partner.url.removeprefix("http://")]
    assert registered.push_modules == ["locations"]
    assert parties.outbound_token(registered) == THEIR_TOKEN
    assert [str(p) for p in parties.spoken_parties(registered)] == ["DE*PAR CPO"]


def test_after_the_registration_only_the_new_token_is_good(
    portal: Portal, token_a: str, token_c: str
) -> None:
    assert portal.ask("GET", "versions", token_a) == (401, 2001)
    assert portal.ask("GET", "2.2.1/sender/locations", token_c) == (200, 1000)
    assert portal.data("GET", CREDENTIALS, token_c)["token"] == token_c
    assert portal.ask("POST", CREDENTIALS, token_c, {}) == (405, 2000)


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_exactly_one_registers(partner: Partner, token_a: str) -> None:
    gate, answers = threading.Barrier(20), []

    def post() -> None:
        portal = Portal()
        gate.wait()
        answers.append(portal.ask("POST", CREDENTIALS, token_a, partner.credentials()))
        connections.close_all()

    threads = [threading.Thread(target=post) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 20
    assert answers.count((200, 1000)) == 1
    assert {status for status, _ in answers} <= {200, 401, 405}
    assert {code for status, code in answers if status == 200} == {1000}
    assert InboundToken.objects.valid().count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "x" * 65},
        {"token": "two words"},
        {"token": ""},
        {"url": "ftp://partner.example/versions"},
        {"url": "https://user:secret@partner.example/versions"},
        {"roles": []},
        {"roles": [role(), role("de-par")]},
        {"roles": [role(business_details={})]},
        {"roles": [role(name="BOSS")]},
        {"roles": None},
    ],
)
def test_invalid_credentials_are_2001_and_nobody_is_called(
    portal: Portal, partner: Partner, token_a: str, changes: dict[str, Any]
) -> None:
    body = partner.credentials(**changes)
    assert portal.ask("POST", CREDENTIALS, token_a, body) == (200, 2001)
    assert partner.asked == []
    assert nothing_happened()


@pytest.mark.parametrize(
    ("call", "answer", "status_code"),
    [
        ("GET /versions", bad(3000, 500), 3001),
        ("GET /versions", bad(2001, 401), 3001),
        ("GET /versions", (200, b"<html>It works!</html>"), 3001),
        ("GET /versions", (0, None), 3001),
        ("GET /versions", good([{"version": "2.1.1", "url": "https://x.example/2.1.1"}]), 3002),
        ("GET /2.2.1", bad(3000, 500), 3001),
        ("GET /2.2.1", good({"version": "2.2.1", "endpoints": []}), 3001),
    ],
)
def test_a_call_back_that_fails_leaves_nothing_and_the_token_stays_good(
    portal: Portal, partner: Partner, token_a: str, call: str, answer: Any, status_code: int
) -> None:
    partner.scripts[call] = lambda asked: answer
    assert portal.ask("POST", CREDENTIALS, token_a, partner.credentials()) == (200, status_code)
    assert nothing_happened()
    assert Handshake.objects.get().state == "failed"

    partner.scripts.clear()
    assert portal.ask("POST", CREDENTIALS, token_a, partner.credentials()) == (200, 1000)


def test_a_partner_without_any_module_we_know_is_3003(
    portal: Portal, partner: Partner, token_a: str
) -> None:
    partner.modules = ("credentials", "de-par-parking")
    assert portal.ask("POST", CREDENTIALS, token_a, partner.credentials()) == (200, 3003)
    assert nothing_happened()


def test_a_token_bound_to_a_host_registers_no_other(portal: Portal, partner: Partner) -> None:
    bound = services.invite("Partner", host="partner.example").token
    assert portal.ask("POST", CREDENTIALS, bound, partner.credentials()) == (200, 2001)
    assert partner.asked == []


def test_a_token_bound_to_a_host_follows_no_details_elsewhere(
    portal: Portal, partner: Partner
) -> None:
    bound = services.invite("Partner", host=partner.url).token
    elsewhere = {"version": "2.2.1", "url": "http://127.0.0.2:9/2.2.1"}
    partner.scripts["GET /versions"] = lambda asked: good([elsewhere])
    assert portal.ask("POST", CREDENTIALS, bound, partner.credentials()) == (200, 3001)
    assert nothing_happened()


def test_only_expected_parties_may_be_declared(portal: Portal, partner: Partner) -> None:
    token = services.invite("Partner", parties=[(PartyId("DE", "PAR"), "CPO")]).token
    partner.roles = [role(), role(name="EMSP")]
    assert portal.ask("POST", CREDENTIALS, token, partner.credentials()) == (200, 2001)
    assert nothing_happened()
    partner.roles = [role("de-par")]
    assert portal.ask("POST", CREDENTIALS, token, partner.credentials()) == (200, 1000)


def test_a_partner_cannot_claim_a_party_of_ours(
    portal: Portal, partner: Partner, token_a: str
) -> None:
    partner.roles = [role("NL*ABC")]
    assert portal.ask("POST", CREDENTIALS, token_a, partner.credentials()) == (200, 2001)
    assert nothing_happened()
    assert portal.ask("GET", "versions", token_a) == (200, 1000)


def test_a_partner_cannot_claim_another_partners_party(
    portal: Portal, partner: Partner, token_c: str
) -> None:
    other = services.invite("Other").token
    assert portal.ask("POST", CREDENTIALS, other, partner.credentials()) == (200, 2001)


def test_our_back_office_speaks_for_our_parties(portal: Portal, partner: Partner) -> None:
    token = services.invite("Back office", kind="back_office").token
    partner.roles = [role("NL*ABC")]
    assert portal.ask("POST", CREDENTIALS, token, partner.credentials()) == (200, 1000)


def test_put_gives_a_new_token_and_the_old_one_fades_out(
    portal: Portal, partner: Partner, token_c: str
) -> None:
    partner.asked.clear()
    partner.token = "their-second-token"
    new = portal.data("PUT", CREDENTIALS, token_c, partner.credentials())["token"]

    assert new != token_c
    assert partner.calls() == ["GET /versions", "GET /2.2.1"]
    assert parties.outbound_token(connection()) == "their-second-token"
    assert portal.ask("GET", "versions", new) == (200, 1000)
    assert portal.ask("GET", "versions", token_c) == (200, 1000)
    InboundToken.objects.exclude(expires_at=None).update(expires_at=timezone.now())
    assert portal.ask("GET", "versions", new) == (200, 1000)
    assert portal.ask("GET", "versions", token_c) == (401, 2001)


def test_a_put_whose_answer_was_lost_can_be_repeated_with_the_old_token(
    portal: Portal, partner: Partner, token_c: str
) -> None:
    lost = portal.data("PUT", CREDENTIALS, token_c, partner.credentials())["token"]
    new = portal.data("PUT", CREDENTIALS, token_c, partner.credentials())["token"]
    assert new != lost
    assert portal.ask("GET", "versions", new) == (200, 1000)


def test_a_put_that_fails_keeps_the_old_state(
    portal: Portal, partner: Partner, token_c: str
) -> None:
    partner.scripts["GET /versions"] = lambda asked: bad(3000, 500)
    body = partner.credentials(token="never-works")
    assert portal.ask("PUT", CREDENTIALS, token_c, body) == (200, 3001)
    assert parties.outbound_token(connection()) == THEIR_TOKEN
    assert connection().state == "connected"
    assert InboundToken.objects.valid().count() == 1


def test_parties_added_later_wait_for_approval(
    portal: Portal, partner: Partner, token_c: str
) -> None:
    partner.roles = [role(), role("DE*NEW")]
    portal.data("PUT", CREDENTIALS, token_c, partner.credentials())
    assert [str(p) for p in parties.spoken_parties(connection())] == ["DE*PAR CPO"]


def test_delete_ends_everything_at_once(portal: Portal, partner: Partner, token_c: str) -> None:
    new = portal.data("PUT", CREDENTIALS, token_c, partner.credentials())["token"]
    assert portal.ask("DELETE", CREDENTIALS, new) == (200, 1000)
    for token in (new, token_c):
        assert portal.ask("GET", "versions", token) == (401, 2001)
    assert connection().state == "unregistered"
    assert parties.outbound_token(connection()) == ""


def test_a_suspended_partner_cannot_come_back_by_itself(
    portal: Portal, partner: Partner, token_c: str
) -> None:
    _, plain = parties.issue_token(connection(), "registration")
    parties.suspend(connection(), "Being looked into.")
    assert portal.ask("GET", "versions", token_c) == (401, 2001)
    assert portal.ask("POST", CREDENTIALS, plain, partner.credentials()) == (405, 2000)


def test_staff_see_what_the_partner_did(portal: Portal, partner: Partner, token_c: str) -> None:
    handshake = Handshake.objects.get(direction=HandshakeDirection.IN)
    assert (handshake.kind, handshake.state) == ("registration", "done")
    assert [step.title for step in handshake.steps.all()] == [
        "Read the partner's credentials",
        "Fetch the versions",
        "Choose a version",
        "Fetch the version details",
        "Check what is offered",
        "Register the partner",
    ]
    assert all(step.state == "done" for step in handshake.steps.all())
    sent = {asked.headers["X-Correlation-ID"] for asked in partner.asked}
    assert sent == {handshake.correlation_id}
