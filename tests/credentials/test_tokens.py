"""Tokens in both directions: how they are spelled, how they are renewed, and what happens to old ones."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from credentials import attention, services
from credentials.models import Handshake
from exchange import deliveries, egress
from exchange.models import Delivery, WarningCount
from locations import services as locations
from ocpi.dialect import Dialect
from ocpi.headers import TokenEncoding, encode_authorization
from parties import services as parties
from parties.models import Connection, Event, InboundToken, Party
from tests import builders
from tests.credentials.support import THEIR_TOKEN, Asked, Partner, Portal, bad, good

pytestmark = pytest.mark.usefixtures("ours")
TOKEN_A = "one-time-token-of-the-partner"
MODULE = "2.2.1/sender/locations"


@pytest.fixture
def token_a(ours: list[Party]) -> str:
    return services.invite("Partner").token


@pytest.fixture
def token_c(portal: Portal, partner: Partner, token_a: str) -> str:
    body = partner.credentials()
    return str(portal.data("POST", "2.2.1/credentials", token_a, body)["token"])


def connection() -> Connection:
    return Connection.objects.get(name="Partner")


def use(portal: Portal, header: str, path: str = MODULE) -> int:
    return int(portal.client.get(f"/ocpi/{path}", headers={"Authorization": header}).status_code)


def raw(token: str) -> str:
    return f"Token {token}"


def in_base64(token: str) -> str:
    return "Token " + base64.b64encode(token.encode()).decode()


def warnings() -> dict[str, int]:
    return dict(WarningCount.objects.values_list("code", "count"))


# --- Spelling ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token_in", "good_raw", "good_base64"),
    [
        ("version", False, True),
        ("base64", False, True),
        ("raw", True, False),
        ("either", True, True),
    ],
)
def test_the_dialect_says_which_spelling_opens_the_door(
    portal: Portal, token_c: str, token_in: Any, good_raw: bool, good_base64: bool
) -> None:
    """T-003, T-006."""
    connection().save()
    Connection.objects.update(dialect_settings=Dialect(token_in=token_in).store())
    assert use(portal, in_base64(token_c)) == (200 if good_base64 else 401)
    assert use(portal, raw(token_c)) == (200 if good_raw else 401)


@pytest.mark.parametrize("spell", [raw, in_base64])
def test_at_the_version_list_both_spellings_are_good(
    portal: Portal, token_a: str, spell: Any
) -> None:
    """T-008: nobody knows yet which version it will be."""
    assert use(portal, spell(token_a), "versions") == 200
    assert use(portal, spell(token_a), "2.2.1") == (200 if spell is in_base64 else 401)


def test_the_right_token_in_the_wrong_spelling_is_401_and_remembered(
    portal: Portal, token_c: str
) -> None:
    """T-006, T-013."""
    assert use(portal, raw(token_c)) == 401
    assert use(portal, raw(token_c)) == 401
    assert use(portal, in_base64(f"{token_c}\n")) == 401
    assert use(portal, "Token %%%") == 401
    assert warnings() == {"token_spelling": 2, "token_blanks": 1}
    row = WarningCount.objects.get(code="token_spelling")
    assert (row.connection, row.module) == (connection(), "transport")
    assert token_c not in f"{row.example_value}{row.example_path}"
    assert [c.key for c in attention.of(connection())] == ["token_blanks", "token_spelling"]


def test_also_a_refused_push_is_remembered(portal: Portal, token_c: str) -> None:
    """What a failed request wrote is undone; the warning is not."""
    answer = portal.client.put(
        "/ocpi/2.2.1/receiver/locations/DE/PAR/L1",
        "{}",
        content_type="application/json",
        headers={"Authorization": raw(token_c)},
    )
    assert answer.status_code == 401
    assert warnings() == {"token_spelling": 1}


def test_strangers_leave_no_trace(portal: Portal, token_c: str) -> None:
    assert use(portal, raw("unknown")) == 401
    assert use(portal, in_base64("unknown\n")) == 401
    assert warnings() == {}


def test_the_header_holds_the_token_and_nothing_else() -> None:
    """T-004, T-005."""
    assert (
        encode_authorization("example-token", TokenEncoding.BASE64) == "Token ZXhhbXBsZS10b2tlbg=="
    )
    assert encode_authorization("example-token", TokenEncoding.RAW) == "Token example-token"


def test_a_token_tells_the_partners_apart(portal: Portal, partner: Partner, token_c: str) -> None:
    """T-009."""
    other = builders.partner("Other", speaks_for=(builders.party("FR*ONE", "EMSP"),))
    owner = Party.objects.get(party_id="PAR")
    locations.put_location(owner, builders.location(owner="DE*PAR"), source=connection())
    mine = "2.2.1/receiver/locations/DE/PAR/LOC1"
    assert use(portal, in_base64(token_c), mine) == 200
    assert use(portal, in_base64(other.token), mine) == 404


# --- The old token after a renewal -------------------------------------------------------------------


def renew(portal: Portal, partner: Partner, token: str) -> str:
    return str(portal.data("PUT", "2.2.1/credentials", token, partner.credentials())["token"])


def later(**span: int) -> None:
    """As if so much time had gone by since everything that tokens remember."""
    for row in InboundToken.objects.all():
        for name in ("created_at", "expires_at", "used_at"):
            at = getattr(row, name)
            InboundToken.objects.filter(pk=row.pk).update(**{name: at and at - timedelta(**span)})


def test_the_old_token_is_good_until_the_new_one_was_used_and_a_while_longer(
    portal: Portal, partner: Partner, token_c: str
) -> None:
    """C-032: whichever is later, so that neither a lost answer nor a request under way locks out."""
    new = renew(portal, partner, token_c)
    later(hours=1)
    assert (
        use(portal, in_base64(token_c)) == 200
    )  # The answer with the new token was lost, perhaps.
    assert use(portal, in_base64(new)) == 200
    assert use(portal, in_base64(token_c)) == 401
    assert use(portal, in_base64(new)) == 200


def test_the_overlap_is_kept_when_the_new_token_is_used_at_once(
    portal: Portal, partner: Partner, token_c: str
) -> None:
    """C-032."""
    new = renew(portal, partner, token_c)
    assert use(portal, in_base64(new)) == 200
    later(minutes=14)
    assert use(portal, in_base64(token_c)) == 200
    later(minutes=2)
    assert use(portal, in_base64(token_c)) == 401


def test_an_old_token_does_not_live_for_ever(
    portal: Portal, partner: Partner, token_c: str
) -> None:
    new = renew(portal, partner, token_c)
    later(days=8)
    assert use(portal, in_base64(token_c)) == 401
    assert use(portal, in_base64(new)) == 200


def test_who_still_presents_a_dead_token_is_shown(
    portal: Portal, partner: Partner, token_a: str, token_c: str
) -> None:
    new = renew(portal, partner, token_c)
    assert use(portal, in_base64(new)) == 200
    later(minutes=20)
    assert use(portal, in_base64(token_c)) == 401
    assert use(portal, in_base64(token_a), "versions") == 401
    assert warnings() == {"token_retired": 1, "token_one_time": 1}
    texts = [concern.text for concern in attention.everything()]
    assert any("still uses the token of before" in text for text in texts)
    renew(portal, partner, new)
    assert attention.everything() == []


# --- Our renewal -------------------------------------------------------------------------------------


@pytest.fixture
def registered(partner: Partner) -> Connection:
    handshake = services.run(
        services.prepare_registration("Ours", versions_url=partner.versions_url, token=TOKEN_A)
    )
    assert handshake.succeeded, handshake.diagnosis
    partner.asked.clear()
    return handshake.connection


def given_to_partner(partner: Partner) -> str:
    bodies = [asked.body for asked in partner.asked if asked.body]
    return str(bodies[-1]["token"])


def test_a_suspected_compromise_leaves_no_old_token(
    portal: Portal, partner: Partner, registered: Connection
) -> None:
    """C-027."""
    services.run(services.prepare_rotation(registered))
    before = given_to_partner(partner)
    handshake = services.run(services.prepare_compromise(registered))
    assert handshake.succeeded, handshake.diagnosis
    after = given_to_partner(partner)
    assert use(portal, in_base64(before)) == 401
    assert use(portal, in_base64(after)) == 200
    registered.refresh_from_db()
    assert parties.previous_outbound_token(registered) == ""


def test_a_compromise_the_partner_does_not_answer_says_how_to_shut_the_door(
    partner: Partner, registered: Connection
) -> None:
    partner.scripts["PUT /2.2.1/credentials"] = lambda asked: bad(3000)
    handshake = services.run(services.prepare_compromise(registered))
    assert "suspend the connection" in handshake.diagnosis


@pytest.mark.django_db(transaction=True)
def test_a_renewal_that_fails_cleanly_does_not_age_the_token_in_use(
    portal: Portal, partner: Partner, registered: Connection
) -> None:
    """Although the partner has called us back with the new one already."""
    services.run(services.prepare_rotation(registered))
    in_use = given_to_partner(partner)

    def looks_and_refuses(asked: Asked) -> tuple[int, Any]:
        seen.append(use(portal, in_base64(asked.body["token"]), "versions"))
        connections.close_all()
        return bad(2001)

    seen: list[int] = []
    partner.scripts["PUT /2.2.1/credentials"] = looks_and_refuses
    assert not services.run(services.prepare_rotation(registered)).succeeded
    assert seen == [200]
    later(days=30)
    assert use(portal, in_base64(in_use)) == 200


def test_after_an_interrupted_renewal_both_tokens_are_good(
    portal: Portal, partner: Partner, registered: Connection
) -> None:
    services.run(services.prepare_rotation(registered))
    in_use = given_to_partner(partner)
    handshake = services.prepare_rotation(registered)
    Handshake.objects.filter(pk=handshake.pk).update(
        state="running",
        started_at=timezone.now() - timedelta(seconds=1),
        touched_at=timezone.now() - timedelta(minutes=10),
    )
    _, pending = parties.issue_token(registered, "access", life=parties.PENDING_LIFE)
    assert services.fail_interrupted() == 1
    later(days=30)
    assert use(portal, in_base64(in_use)) == 200
    assert use(portal, in_base64(pending)) == 200


# --- A partner that went back to the token before ----------------------------------------------------


def test_after_a_401_the_token_before_is_tried_once_and_used_again(
    partner: Partner, registered: Connection
) -> None:
    partner.token = "their-second-token"
    services.run(services.prepare_rotation(registered))
    partner.asked.clear()
    partner.scripts["PUT /2.2.1/locations/NL/ABC/LOC1"] = lambda asked: (
        good(None) if asked.token == THEIR_TOKEN else bad(2001, 401)
    )
    owner = Party.objects.get(role="CPO", is_ours=True)
    locations.put_location(owner, builders.location(), source=None)
    registered.refresh_from_db()
    deliveries.drain(registered)
    assert [asked.token for asked in partner.asked] == ["their-second-token", THEIR_TOKEN]
    registered.refresh_from_db()
    assert registered.deliveries_stopped == ""
    assert parties.outbound_token(registered) == THEIR_TOKEN
    assert not Delivery.objects.pending().exists()
    assert Event.objects.filter(name="connection.token_rolled_back").count() == 1


def test_when_neither_is_taken_deliveries_stop(partner: Partner, registered: Connection) -> None:
    partner.token = "their-second-token"
    services.run(services.prepare_rotation(registered))
    partner.asked.clear()
    partner.scripts["PUT /2.2.1/locations/NL/ABC/LOC1"] = lambda asked: bad(2001, 401)
    owner = Party.objects.get(role="CPO", is_ours=True)
    locations.put_location(owner, builders.location(), source=None)
    registered.refresh_from_db()
    deliveries.drain(registered)
    assert [asked.token for asked in partner.asked] == ["their-second-token", THEIR_TOKEN]
    registered.refresh_from_db()
    assert "401" in registered.deliveries_stopped
    assert parties.outbound_token(registered) == "their-second-token"


def test_a_worker_from_before_a_renewal_goes_on_with_the_new_token(
    partner: Partner, registered: Connection
) -> None:
    with egress.client(registered) as client:
        fresh = Connection.objects.get(pk=registered.pk)
        parties.store_outbound_token(fresh, "their-second-token")
        partner.scripts["GET /2.2.1/locations"] = lambda asked: (
            good([]) if asked.token == "their-second-token" else bad(2001, 401)
        )
        url = f"{partner.url}/2.2.1/locations"
        assert client.request("GET", url, module="locations").ok
    fresh.refresh_from_db()
    assert parties.outbound_token(fresh) == "their-second-token"
    assert parties.previous_outbound_token(fresh) == THEIR_TOKEN


def test_the_one_time_token_is_never_tried_again(partner: Partner, registered: Connection) -> None:
    partner.scripts["GET /2.2.1/locations"] = lambda asked: bad(2001, 401)
    with egress.client(registered) as client:
        client.request("GET", f"{partner.url}/2.2.1/locations", module="locations")
    assert [asked.token for asked in partner.asked] == [THEIR_TOKEN]


def test_an_answer_that_proves_nothing_does_not_bring_the_old_token_back(
    partner: Partner, registered: Connection
) -> None:
    partner.token = "their-second-token"
    services.run(services.prepare_rotation(registered))
    registered.refresh_from_db()
    partner.scripts["GET /2.2.1/locations"] = lambda asked: (
        (502, b"<html>") if asked.token == THEIR_TOKEN else bad(2001, 401)
    )
    with egress.client(registered) as client:
        client.request("GET", f"{partner.url}/2.2.1/locations", module="locations")
    registered.refresh_from_db()
    assert parties.outbound_token(registered) == "their-second-token"
