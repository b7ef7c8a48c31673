"""Charging profiles: asked for by partners and by our back office, passed on, and what is told of the active one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from charging.commands.choices import CommandState, CommandType
from charging.models import ActiveProfile, Command, ProfileFollower, Session
from charging.profiles import services
from charging.sessions import services as sessions
from exchange.deliveries import drain
from exchange.models import Delivery
from parties.choices import CommandRule, ConnectionKind
from parties.models import Party
from parties.services import agreements
from parties.services.agreements import Terms
from tests import builders
from tests.builders import EARLIER, Answered, Partner
from tests.charging.commanding import later, session
from tests.exchange.conftest import Reply, Seen, System

pytestmark = pytest.mark.django_db
VERSIONS = ("2.2.1", "2.3.0")
PROFILE: dict[str, Any] = {
    "charging_rate_unit": "A",
    "charging_profile_period": [{"start_period": 0, "limit": 8.1}],
}
ACTIVE = {"start_date_time": EARLIER, "charging_profile": {**PROFILE, "duration": 900}}
RECEIVER = "receiver/chargingprofiles/S1"


@pytest.fixture
def ours(db: None) -> Party:
    return builders.party("NL*ABC", "CPO", ours=True)


def emsp(system: System, name: str = "DE*XYZ", version: str = "2.2.1") -> Partner:
    """A partner's eMSP (or, where it is called so, SCSP)."""
    role = "SCSP" if name.endswith("SCS") else "EMSP"
    return builders.partner(
        f"Emsp {name}",
        speaks_for=(builders.party(name, role),),
        pushes=("chargingprofiles",),
        url=system.url,
        version=version,
    )


def back_office(system: System, *parties: Party, version: str = "2.2.1") -> Partner:
    return builders.partner(
        "Back office",
        kind=ConnectionKind.BACK_OFFICE,
        speaks_for=parties,
        pushes=("chargingprofiles",),
        url=system.url,
        version=version,
    )


def accepting(result: str = "ACCEPTED") -> Reply:
    return Reply({"result": result, "timeout": 30})


def url_at(system: System) -> str:
    return f"{system.url}/results?id=7&x=%20y"


def put(partner: Partner, url: str, **profile: Any) -> Answered:
    body = {"charging_profile": {**PROFILE, **profile}, "response_url": url}
    return partner.put(RECEIVER, body)


def get(partner: Partner, url: str, duration: str = "900") -> Answered:
    return partner.get(f"{RECEIVER}?duration={duration}&response_url={quote(url, safe='')}")


def delete(partner: Partner, url: str) -> Answered:
    return partner.delete(f"{RECEIVER}?response_url={quote(url, safe='')}")


def tell(runner: Partner, seen: Seen, result: str, **more: Any) -> Answered:
    """The result goes to the address that the request gave, in its body or its query."""
    url = seen.document["response_url"] if seen.body else seen.query["response_url"]
    path = url.partition("/ocpi/")[2].partition("/")[2]
    return runner.call("POST", path, {"result": result, **more})


# --- The whole way ------------------------------------------------------------------------------------


@pytest.mark.parametrize("asks", VERSIONS)
@pytest.mark.parametrize("runs", VERSIONS)
@pytest.mark.parametrize(
    ("ask", "method", "told"),
    [
        (put, "PUT", {"result": "ACCEPTED"}),
        (get, "GET", {"result": "ACCEPTED", "profile": ACTIVE}),
        (delete, "DELETE", {"result": "UNKNOWN"}),
    ],
)
def test_a_request_goes_to_the_back_office_and_its_result_comes_back(
    system: System,
    ours: Party,
    asks: str,
    runs: str,
    ask: Callable[[Partner, str], Answered],
    method: str,
    told: dict[str, Any],
) -> None:
    """P-001 P-003 P-004 P-013."""
    system.replies(accepting())
    runner, partner = back_office(system, ours, version=runs), emsp(system, version=asks)
    session()
    answer = ask(partner, url_at(system))
    assert answer.code == 1000
    assert set(answer.data) == {"result", "timeout"}
    assert answer.data["result"] == "ACCEPTED"
    (asked,) = system.requests
    assert (asked.method, asked.path) == (method, "/receiver/chargingprofiles/S1")
    if method == "PUT":
        assert asked.document["charging_profile"] == PROFILE
    if method == "GET":
        assert asked.query["duration"] == "900"
    row = Command.objects.get()
    assert asked.headers["x-correlation-id"] == row.correlation_id
    assert (row.state, row.session_key) == (CommandState.ACCEPTED, "S1")

    answered = tell(runner, asked, **told)
    assert (answered.code, "data" in answered.envelope) == (1000, False)
    drain(partner.connection)
    result = system.requests[-1]
    assert (result.method, result.path) == ("POST", "/results")
    assert result.query == {"id": "7", "x": " y"}
    assert result.document == told
    assert result.headers["x-correlation-id"] == row.correlation_id
    assert not Delivery.objects.pending().exists()
    assert ActiveProfile.objects.count() == ("profile" in told)


def test_our_back_office_asks_a_cpo_of_a_partner(system: System) -> None:
    """P-003: and a session that is not known here yet is for the CPO to judge."""
    ours = builders.party("DE*XYZ", "EMSP", ours=True)
    office = back_office(system, ours)
    cpo = builders.partner(
        "Cpo",
        speaks_for=(builders.party("NL*ABC"),),
        pushes=("chargingprofiles",),
        url=system.url,
        version="2.3.0",
    )
    system.replies(accepting("TOO_OFTEN"))
    headers = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "ABC"}
    body = {"charging_profile": PROFILE, "response_url": url_at(system)}
    answer = office.call("PUT", RECEIVER, body, headers)
    assert answer.data == {"result": "TOO_OFTEN", "timeout": 30}
    assert system.requests[0].headers["ocpi-from-party-id"] == "XYZ"
    assert Command.objects.get().executed_by == cpo.connection


# --- What is refused ----------------------------------------------------------------------------------


def test_what_is_missing_is_named(system: System, ours: Party) -> None:
    """P-002 P-011."""
    partner = emsp(system)
    session()
    answer = partner.get(RECEIVER)
    assert answer.code == 2001
    assert {problem["path"] for problem in answer.data} == {"duration", "response_url"}
    assert "duration" in get(partner, url_at(system), "soon").message
    assert [p["path"] for p in partner.delete(RECEIVER).data] == ["response_url"]
    assert "response_url" in partner.put(RECEIVER, {"charging_profile": PROFILE}).message
    period = [{"start_period": 0, "limit": 8.15}]
    assert "limit" in put(partner, url_at(system), charging_profile_period=period).message
    assert "response_url" in delete(partner, "https://elsewhere.example/x").message
    assert not Command.objects.exists()


def test_unknown_foreign_and_unsupported(system: System, ours: Party) -> None:
    """P-010."""
    partner, stranger = emsp(system), emsp(system, "FR*EEE")
    assert put(partner, url_at(system)).data == {"result": "UNKNOWN_SESSION", "timeout": 0}
    session()
    assert put(stranger, url_at(system)).data["result"] == "REJECTED"
    for rule, result in (
        (CommandRule.NOT_SUPPORTED, "NOT_SUPPORTED"),
        (CommandRule.REJECTED, "REJECTED"),
        (CommandRule.STAFF, "NOT_SUPPORTED"),
    ):
        Party.objects.filter(pk=ours.pk).update(command_rule=rule)
        assert put(partner, url_at(system)).data == {"result": result, "timeout": 0}
    assert not system.requests


def test_a_cpo_that_speaks_2_1_1_has_no_profiles(system: System) -> None:
    """P-010."""
    ours = builders.party("DE*XYZ", "EMSP", ours=True)
    office = back_office(system, ours)
    cpo = builders.party("NL*ABC")
    builders.partner("Cpo", speaks_for=(cpo,), version="2.1.1", url=system.url)
    sessions.put_session(cpo, builders.session(), source=None)
    assert put(office, url_at(system)).data["result"] == "NOT_SUPPORTED"
    assert "2.1.1" in Command.objects.get().notes[0]


def test_an_scsp_needs_an_agreement(system: System, ours: Party) -> None:
    """P-010."""
    system.replies(accepting())
    back_office(system, ours)
    partner = emsp(system, "DE*SCS")
    session()
    assert put(partner, url_at(system)).data["result"] == "REJECTED"
    agreements.save(ours, Party.objects.get(role="SCSP"), Terms())
    assert put(partner, url_at(system)).data["result"] == "ACCEPTED"


def test_who_asks_too_often_is_told_so(system: System, ours: Party, settings: Any) -> None:
    """P-009."""
    settings.PROFILE_REQUESTS_PER_MINUTE = 2
    system.replies(accepting())
    back_office(system, ours)
    partner = emsp(system)
    session()
    results = [get(partner, url_at(system)).data["result"] for _ in range(3)]
    assert results == ["ACCEPTED", "ACCEPTED", "TOO_OFTEN"]
    assert len(system.requests) == 2


def test_without_a_result_nothing_is_told(system: System, ours: Party) -> None:
    system.replies(accepting())
    back_office(system, ours)
    partner = emsp(system)
    session()
    put(partner, url_at(system))
    with later(hours=1):
        assert Command.objects.get().state == CommandState.TIMED_OUT
    drain(partner.connection)
    assert len(system.requests) == 1


# --- The active profile -------------------------------------------------------------------------------


def test_changes_are_told_to_whoever_set_a_profile_and_to_nobody_else(
    system: System, ours: Party
) -> None:
    """P-004 P-005 P-006."""
    system.replies(accepting())
    runner = back_office(system, ours)
    partner, other = emsp(system, version="2.3.0"), emsp(system, "FR*EEE")
    session()
    path = "sender/chargingprofiles/S1"
    answered = runner.put(path, ACTIVE)
    assert (answered.code, "data" in answered.envelope) == (1000, False)
    get(partner, url_at(system))
    changed = {**ACTIVE, "charging_profile": {**PROFILE, "duration": 300}}
    runner.put(path, changed)
    assert not ProfileFollower.objects.exists(), "to ask is not to set"

    put(partner, url_at(system))
    runner.put(path, ACTIVE)
    runner.put(path, ACTIVE)
    assert ActiveProfile.objects.count() == 3
    system.requests.clear()
    drain(partner.connection)
    drain(other.connection)
    (seen,) = system.requests
    assert (seen.method, seen.path) == ("PUT", "/sender/chargingprofiles/S1")
    assert seen.document == ACTIVE
    assert not Delivery.objects.pending().exists()
    runner.put(path, changed)
    drain(partner.connection)
    assert system.requests[-1].document == changed


def test_only_the_cpo_of_a_session_tells_its_profile(system: System, ours: Party) -> None:
    runner = back_office(system, ours)
    session()
    assert runner.put("sender/chargingprofiles/NONE", ACTIVE).http_status == 404
    stranger = builders.partner("Cpo", speaks_for=(builders.party("FR*CPO"),))
    assert stranger.put("sender/chargingprofiles/S1", ACTIVE).http_status == 404
    assert runner.put("sender/chargingprofiles/S1", {"start_date_time": EARLIER}).code == 2001
    assert not ActiveProfile.objects.exists()


def test_a_result_with_a_profile_that_was_refused_is_a_fault(system: System, ours: Party) -> None:
    """P-012."""
    system.replies(accepting())
    runner, partner = back_office(system, ours), emsp(system)
    session()
    get(partner, url_at(system))
    answer = tell(runner, system.requests[0], "REJECTED", profile=ACTIVE)
    assert "profile" in answer.message
    assert Command.objects.get().state == CommandState.ACCEPTED


def test_staff_ask_for_a_driver_of_ours(system: System) -> None:
    builders.party("DE*XYZ", "EMSP", ours=True)
    cpo = builders.party("NL*ABC")
    runner = builders.partner(
        "Cpo", speaks_for=(cpo,), pushes=("chargingprofiles",), url=system.url
    )
    sessions.put_session(cpo, builders.session(), source=None)
    system.replies(accepting())
    row, reply = services.ask(
        Session.objects.get(), CommandType.GET_PROFILE, {"duration": 600}, actor="ada"
    )
    assert (row.state, reply.result, row.actor) == (CommandState.ACCEPTED, "ACCEPTED", "ada")
    assert tell(runner, system.requests[0], "ACCEPTED", profile=ACTIVE).code == 1000
    assert ActiveProfile.objects.get().document == ACTIVE
    assert not Delivery.objects.pending().exists()
