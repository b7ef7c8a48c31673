"""We register with a partner, rotate, unregister and test, over real HTTP in both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.test.utils import override_settings
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from credentials import services
from credentials.choices import HandshakeState, StepState
from credentials.models import Handshake, HandshakeStep
from exchange.models import Exchange, Job
from ocpi.ids import PartyId
from parties import services as parties
from parties.models import Connection, InboundToken, Party
from simulator.application import Settings, Simulator
from tests.credentials.support import THEIR_TOKEN, Asked, Partner, authorization, bad, good, role

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("ours")]
TOKEN_A = "one-time-token-of-the-partner"
POST = "POST /2.2.1/credentials"
PUT = "PUT /2.2.1/credentials"
GET = "GET /2.2.1/credentials"


@pytest.fixture
def ours(transactional_db: None) -> list[Party]:
    """The party hosted here; committed, because others look at it over HTTP."""
    return parties.host_party(PartyId("NL", "ABC"), ["CPO", "EMSP"], name="Our Company")


@pytest.fixture
def reachable(live_server: LiveServer) -> Iterator[str]:
    """Our portal over HTTP, under its BASE_URL."""
    with override_settings(BASE_URL=live_server.url):
        yield live_server.url


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    running = Simulator(
        Settings(data_dir=tmp_path, party=PartyId("DE", "SIM"), locations=2, changes_per_minute=0)
    )
    running.start()
    yield running
    running.stop()


def prepare(partner: Partner) -> Handshake:
    return services.prepare_registration(
        "Partner", versions_url=partner.versions_url, token=TOKEN_A
    )


def connected(partner: Partner) -> Connection:
    handshake = services.run(prepare(partner))
    assert handshake.succeeded, handshake.diagnosis
    partner.asked.clear()
    return Connection.objects.get()


def states(handshake: Handshake) -> dict[str, str]:
    return dict(handshake.steps.values_list("title", "state"))


def test_registers_with_a_partner_that_calls_us_back(reachable: str, simulator: Simulator) -> None:
    invited = requests.post(
        f"{simulator.identity.base_url}/control/invite", json={}, timeout=10
    ).json()
    handshake = services.run(services.prepare_registration("Simulated", **invited))

    assert handshake.succeeded, handshake.diagnosis
    assert set(states(handshake).values()) <= {StepState.DONE, StepState.SKIPPED}
    seen = handshake.steps.get(title="The partner calls us back")
    assert seen.detail == "GET /ocpi/versions: HTTP 200; GET /ocpi/2.3.0: HTTP 200"
    connection = Connection.objects.get()
    assert (connection.state, connection.version) == ("connected", "2.3.0")
    assert [str(p) for p in parties.spoken_parties(connection)] == ["DE*SIM CPO", "DE*SIM EMSP"]
    held = simulator.registration.partner
    assert held is not None
    assert parties.outbound_token(connection) != invited["token"]

    assert services.run(services.prepare_rotation(connection)).succeeded
    renewed = simulator.registration.partner
    assert renewed is not None
    assert renewed.our_token != held.our_token
    assert renewed.token != held.token
    connection.refresh_from_db()
    assert services.run(services.prepare_test(connection)).succeeded

    assert services.run(services.prepare_unregistration(connection)).succeeded
    assert simulator.registration.partner is None
    assert not InboundToken.objects.valid().exists()


def test_our_token_is_good_and_the_steps_are_seen_while_the_partner_still_answers(
    reachable: str, partner: Partner
) -> None:
    """C-003."""
    seen: list[Any] = []

    def calls_back(asked: Asked) -> tuple[int, Any]:
        headers = {"Authorization": authorization(asked.body["token"])}
        answer = requests.get(asked.body["url"], headers=headers, timeout=10)
        running = HandshakeStep.objects.filter(state=StepState.RUNNING)
        seen.extend([answer.status_code, list(running.values_list("title", flat=True))])
        return good(partner.credentials())

    partner.scripts[POST] = calls_back
    assert services.run(prepare(partner)).succeeded
    assert seen == [200, ["Send our credentials (POST)"]]


def test_tokens_are_used_in_their_turn(partner: Partner) -> None:
    assert services.run(prepare(partner)).succeeded
    assert [(asked.method, asked.path, asked.token) for asked in partner.asked] == [
        ("GET", "/versions", TOKEN_A),
        ("GET", "/2.2.1", TOKEN_A),
        ("POST", "/2.2.1/credentials", TOKEN_A),
        ("GET", "/2.2.1/credentials", THEIR_TOKEN),
    ]
    handshake = Handshake.objects.get()
    assert {a.headers["X-Correlation-ID"] for a in partner.asked} == {handshake.correlation_id}
    logged = [step.exchange_id for step in handshake.steps.all() if step.exchange_id]
    assert [Exchange.objects.get(pk=pk).method for pk in logged] == ["GET", "GET", "POST", "GET"]


@pytest.mark.parametrize(
    ("call", "answer", "problem", "advice"),
    [
        ("GET /versions", bad(2001, 401), "unauthorized", "fresh one"),
        ("GET /versions", bad(2000, 404), "not_found", "versions URL is wrong"),
        ("GET /versions", (200, b"<html>It works!</html>"), "not_ocpi", "no OCPI system"),
        ("GET /versions", good([]), "not_ocpi", "lists no versions"),
        ("GET /versions", (0, None), "not_reachable", "Check the host name"),
        ("GET /versions", bad(3000, 503), "partner_error", "Nothing is wrong on our side"),
        (
            "GET /versions",
            good([{"version": "2.0", "url": "https://x.example"}, {"version": "3.0"}]),
            "no_common_version",
            "offered are 2.0, we speak 2.2.1, 2.3.0",
        ),
        (
            "GET /2.2.1",
            good({"version": "2.2.1", "endpoints": []}),
            "not_ocpi",
            "version details are wrong",
        ),
        (POST, bad(3001), "no_callback", "BASE_URL"),
        (POST, bad(2000, 405), "already_registered", "delete that registration"),
        (POST, bad(2001), "invalid_credentials", "Compare the names"),
        (POST, bad(3003), "missing_module", "modules you agreed on"),
        (POST, good({"token": "", "roles": []}), "invalid_credentials", "no usable token"),
        (POST, good({"token": "x", "roles": []}), "invalid_credentials", "no usable role"),
    ],
)
def test_a_failure_says_what_to_do_and_leaves_everything_ready_for_another_try(
    partner: Partner, call: str, answer: Any, problem: str, advice: str
) -> None:
    partner.scripts[call] = lambda asked: answer
    handshake = services.run(prepare(partner))

    assert (handshake.state, handshake.problem) == (HandshakeState.FAILED, problem)
    assert advice in handshake.diagnosis
    assert not InboundToken.objects.valid().exists()
    connection = Connection.objects.get()
    assert connection.state == "new"
    assert parties.outbound_token(connection) == TOKEN_A
    assert not connection.connection_parties.exists()

    partner.scripts.clear()
    assert services.run(services.prepare_retry(connection)).succeeded


def test_a_partner_that_wants_raw_tokens_gets_them(partner: Partner) -> None:
    handshake = services.prepare_registration(
        "P", versions_url=partner.versions_url, token=TOKEN_A, token_encoding="raw"
    )
    assert services.run(handshake).succeeded
    assert partner.asked[0].headers["Authorization"] == f"Token {TOKEN_A}"


def test_the_first_pull_is_queued(partner: Partner) -> None:
    assert services.run(prepare(partner)).succeeded
    job = Job.objects.get()
    assert (job.kind, job.connection) == ("pull", Connection.objects.get())


@pytest.mark.parametrize("modules", [("locations",), ("credentials", "de-par-parking")])
def test_without_the_endpoints_we_need_no_credentials_are_sent(
    partner: Partner, modules: tuple[str, ...]
) -> None:
    partner.modules = modules
    handshake = services.run(prepare(partner))
    assert handshake.problem == "missing_module"
    assert partner.calls() == ["GET /versions", "GET /2.2.1"]


def test_an_address_in_a_private_network_is_refused_unless_allowed(partner: Partner) -> None:
    with override_settings(ALLOW_PRIVATE_ADDRESSES=False):
        handshake = services.run(prepare(partner))
    assert handshake.problem == "address_refused"
    assert partner.asked == []


def test_nobody_listens(partner: Partner) -> None:
    handshake = services.run(
        services.prepare_registration("P", versions_url="http://127.0.0.1:9/v", token=TOKEN_A)
    )
    assert handshake.problem == "not_reachable"
    assert states(handshake)["Fetch the versions"] == StepState.FAILED


def test_without_a_party_of_ours_there_is_nobody_to_connect(partner: Partner) -> None:
    Party.objects.all().delete()
    handshake = services.run(prepare(partner))
    assert handshake.problem == "nothing_presented"
    assert partner.asked == []


def test_a_partner_that_claims_our_party_is_unregistered_again(partner: Partner) -> None:
    partner.roles = [role("NL*ABC")]
    handshake = services.run(prepare(partner))
    assert handshake.problem == "invalid_credentials"
    assert partner.calls()[-1] == "DELETE /2.2.1/credentials"
    assert partner.asked[-1].token == THEIR_TOKEN
    assert not InboundToken.objects.valid().exists()


def test_the_versions_url_that_works_is_kept(partner: Partner) -> None:
    inner = partner.credentials(url="http://ocpi.internal/versions")
    partner.scripts[POST] = lambda asked: good(inner)
    assert services.run(prepare(partner)).succeeded
    connection = Connection.objects.get()
    assert connection.versions_url == partner.versions_url
    assert connection.pinned_hosts == [partner.url.removeprefix("http://")]


def test_a_new_token_that_does_not_work_is_a_warning(partner: Partner) -> None:
    partner.scripts[GET] = lambda asked: bad(2001, 401)
    handshake = services.run(prepare(partner))
    assert handshake.succeeded
    assert states(handshake)["Check the new token"] == StepState.WARNING


def test_a_refused_rotation_changes_nothing(partner: Partner) -> None:
    connection = connected(partner)
    before = InboundToken.objects.valid().get()
    partner.scripts[PUT] = lambda asked: bad(2001)
    handshake = services.run(services.prepare_rotation(connection))
    assert handshake.state == HandshakeState.FAILED
    assert InboundToken.objects.valid().get() == before
    connection.refresh_from_db()
    assert parties.outbound_token(connection) == THEIR_TOKEN
    assert connection.is_connected


@pytest.mark.parametrize(
    ("probe", "advice"),
    [(lambda asked: good({}), "Renew again"), (lambda asked: bad(2001, 401), "send us its cred")],
)
def test_an_unclear_rotation_keeps_both_tokens_and_asks_which_is_expected(
    partner: Partner, probe: Callable[[Asked], Any], advice: str
) -> None:
    connection = connected(partner)
    partner.scripts[PUT] = lambda asked: (0, None)
    partner.scripts[GET] = probe
    handshake = services.run(services.prepare_rotation(connection))
    assert handshake.state == HandshakeState.FAILED
    assert advice in handshake.diagnosis
    assert InboundToken.objects.valid().count() == 2
    assert partner.asked[-1].token == THEIR_TOKEN
    connection.refresh_from_db()
    assert connection.is_connected


def test_a_rotated_token_that_the_partner_does_not_know_is_rolled_back(partner: Partner) -> None:
    connection = connected(partner)
    partner.token = "never-works"
    partner.scripts[GET] = lambda asked: good({}) if asked.token == THEIR_TOKEN else bad(2001, 401)
    assert services.run(services.prepare_rotation(connection)).succeeded
    connection.refresh_from_db()
    assert parties.outbound_token(connection) == THEIR_TOKEN


def test_unregistering_ends_the_connection_even_when_the_partner_is_gone(partner: Partner) -> None:
    connection = connected(partner)
    partner.scripts["DELETE /2.2.1/credentials"] = lambda asked: (0, None)
    handshake = services.run(services.prepare_unregistration(connection))
    assert handshake.succeeded
    assert "could not be told" in handshake.diagnosis
    connection.refresh_from_db()
    assert connection.state == "unregistered"
    assert not InboundToken.objects.valid().exists()
    assert parties.outbound_token(connection) == ""


def test_only_one_handshake_of_ours_at_a_time(partner: Partner) -> None:
    connection = connected(partner)
    first = services.prepare_test(connection)
    with pytest.raises(services.Refused, match="under way"):
        services.prepare_rotation(connection)
    services.run(first)
    services.prepare_rotation(connection)


def test_a_handshake_runs_once_however_often_the_broker_delivers_it(partner: Partner) -> None:
    handshake = prepare(partner)
    services.run(handshake)
    services.run(Handshake.objects.get())
    assert partner.calls().count(POST) == 1


def test_an_interrupted_handshake_is_shown_as_failed(partner: Partner) -> None:
    handshake = prepare(partner)
    parties.issue_token(handshake.connection, "access")
    Handshake.objects.update(
        state=HandshakeState.RUNNING, touched_at=timezone.now() - timedelta(minutes=10)
    )
    assert services.fail_interrupted() == 1
    handshake.refresh_from_db()
    assert (handshake.state, handshake.problem) == ("failed", "interrupted")
    assert not InboundToken.objects.valid().exists()
    assert services.run(services.prepare_retry(handshake.connection)).succeeded
