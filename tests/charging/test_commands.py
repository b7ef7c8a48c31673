"""Commands of partners to CPOs of ours: checked, passed on, answered, and the result told to whoever asked."""

from __future__ import annotations

from typing import Any

import pytest

from charging.commands import services
from charging.commands.admin import shown
from charging.commands.choices import CommandState
from charging.models import Command, Reservation, Session
from exchange.deliveries import drain
from exchange.models import Delivery
from locations import services as locations
from parties.choices import CommandRule
from parties.models import Party
from tests import builders
from tests.builders import Partner
from tests.charging.commanding import (
    URL,
    VERSIONS,
    accepting,
    back_office,
    command,
    due,
    emsp,
    later,
    our_cpo,
    said,
    session,
    tell,
)
from tests.exchange.conftest import Reply, System

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(db: None) -> Party:
    return our_cpo()


@pytest.fixture
def office(system: System, ours: Party) -> Partner:
    system.replies(accepting())
    return back_office(system, ours)


def only() -> Command:
    return Command.objects.get()


# --- The whole way --------------------------------------------------------------------------------


@pytest.mark.parametrize("runs", VERSIONS)
@pytest.mark.parametrize("asks", VERSIONS)
def test_a_command_goes_to_the_back_office_and_its_result_comes_back(
    system: System, ours: Party, asks: str, runs: str
) -> None:
    """X-003, X-004, X-006, X-007, X-008, X-009: at every version on either side."""
    system.replies(accepting(30))
    runner, partner = back_office(system, ours, version=runs), emsp(version=asks, url=system.url)
    url = f"{system.url}/results/START_SESSION/1?id=7&x=%20y"
    answer = command(partner, response_url=url)
    assert (answer.http_status, answer.code) == (200, 1000)
    assert answer.data["result"] == "ACCEPTED"
    assert ("timeout" in answer.data) == (asks != "2.1.1")
    (asked,) = system.requests
    assert (asked.method, asked.path) == ("POST", "/receiver/commands/START_SESSION")
    assert asked.document["response_url"].endswith(only().public_id)
    assert asked.document["response_url"] != url
    assert asked.document["evse_uid"] == "3256"
    row = only()
    assert (row.state, row.location_key, row.evse_key) == ("accepted", "LOC1", "3256")
    assert asked.headers.get("x-correlation-id") == row.correlation_id

    assert due(partner.connection) == []
    assert tell(runner, asked).code == 1000
    assert only().state == CommandState.SUCCEEDED
    assert due(partner.connection) == [row.reference]
    drain(partner.connection)
    told = system.requests[-1]
    assert (told.method, told.path) == ("POST", "/results/START_SESSION/1")
    assert told.query == {"id": "7", "x": " y"}
    assert told.document == {"result": "ACCEPTED"}
    assert due(partner.connection) == []


def test_a_refusal_is_passed_on_and_nothing_follows(office: Partner, system: System) -> None:
    """X-005: not even when a result comes nevertheless."""
    text = [{"language": "en", "text": "Not today"}]
    system.replies(Reply({"result": "REJECTED", "timeout": 0, "message": text}))
    partner = emsp()
    answer = command(partner)
    assert answer.data == {"result": "REJECTED", "timeout": 0, "message": text}
    assert only().state == CommandState.REFUSED
    assert tell(office, system.requests[0]).code == 1000
    row = only()
    assert (row.state, row.contradicted) == (CommandState.REFUSED, True)
    assert due(partner.connection) == []
    with later(hours=1):
        assert due(partner.connection) == []


def test_what_the_charge_point_says_is_kept_word_for_word(office: Partner, system: System) -> None:
    partner = emsp()
    command(partner)
    text = [{"language": "de", "text": "Besetzt"}]
    tell(office, system.requests[0], "EVSE_OCCUPIED", message=text)
    row = only()
    assert (row.state, row.result_document) == (
        CommandState.FAILED,
        {"result": "EVSE_OCCUPIED", "message": text},
    )


def test_without_a_result_it_is_told_once_that_it_timed_out(
    office: Partner, system: System
) -> None:
    """X-010, X-011, X-032: and a late one is taken, noted and changes nothing."""
    partner = emsp(url=system.url)
    answer = command(partner, response_url=f"{system.url}/r/1")
    asked = system.requests[0]
    assert answer.data["timeout"] > 30, "we give up before the requester does"
    with later(seconds=29):
        assert only().state == CommandState.ACCEPTED
    with later(seconds=31):
        assert only().state == CommandState.TIMED_OUT
    assert only().settle_at is None
    drain(partner.connection)
    assert system.requests[-1].document == {"result": "TIMEOUT"}
    told = len(system.requests)
    for _ in range(2):
        assert tell(office, asked).code == 1000
    row = only()
    assert (row.state, row.late, row.late_result) == (CommandState.TIMED_OUT, True, "ACCEPTED")
    assert due(partner.connection) == []
    assert len(system.requests) == told
    session(authorization_reference="R1")
    assert Session.objects.exists(), "what starts anyway is taken"


def test_twice_changes_nothing_and_something_else_is_noted(office: Partner, system: System) -> None:
    """X-032."""
    partner = emsp()
    command(partner)
    for result in ("ACCEPTED", "ACCEPTED", "FAILED"):
        assert tell(office, system.requests[0], result).code == 1000
    row = only()
    assert (row.state, row.result, row.repeated, row.contradicted) == (
        CommandState.SUCCEEDED,
        "ACCEPTED",
        True,
        True,
    )
    assert Delivery.objects.get().wanted_version == row.version


def test_a_result_is_for_whoever_carries_it_out(office: Partner, system: System) -> None:
    """X-032: others do not learn that there is such a command."""
    partner = emsp()
    command(partner)
    path = system.requests[0].document["response_url"].partition("/2.2.1/")[2]
    assert partner.call("POST", path, {"result": "ACCEPTED"}).http_status == 404
    assert office.call("POST", path[:-1] + "x", {"result": "ACCEPTED"}).http_status == 404
    other = path.replace("START_SESSION", "STOP_SESSION")
    assert office.call("POST", other, {"result": "ACCEPTED"}).http_status == 404
    assert office.call("POST", path, {"result": "PERHAPS"}).code == 2001
    assert office.call("GET", path).http_status == 405
    stranger = Partner(office.connection, "not-a-token", office.client)
    assert stranger.call("POST", path, {"result": "ACCEPTED"}).http_status == 401
    assert only().state == CommandState.ACCEPTED


@pytest.mark.django_db(transaction=True)
def test_a_result_may_come_before_the_direct_answer(system: System) -> None:
    """X-032: it waits until the requester has its answer."""
    office, partner = back_office(system, our_cpo()), emsp()
    seen_states: list[Any] = []

    def early(seen: Any) -> Reply:
        seen_states.append(tell(office, seen).code)
        seen_states.append(due(partner.connection))
        return accepting()

    system.handler = early
    assert command(partner).data["result"] == "ACCEPTED"
    assert seen_states == [1000, []]
    row = only()
    assert (row.state, row.early, row.response) == (CommandState.SUCCEEDED, True, "ACCEPTED")
    assert due(partner.connection) == [row.reference]


# --- What is checked ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "https://emsp.example.evil.example/x",
        "https://emsp.example:8443/x",
        "https://emsp.example@evil.example/x",
        "https://emsp.example./x",
        "http://emsp.example/x",
    ],
)
def test_a_result_goes_to_a_host_of_the_partner_only(
    office: Partner, system: System, url: str
) -> None:
    """X-031."""
    answer = command(emsp(), response_url=url)
    assert (answer.code, "response_url" in answer.message) == (2001, True)
    assert not system.requests
    assert not Command.objects.exists()


def test_the_body_is_that_of_the_command(office: Partner) -> None:
    """X-001, X-002, X-021, X-030."""
    partner = emsp()
    start = said(partner, "START_SESSION")
    assert partner.call("POST", "receiver/commands/STOP_SESSION", start).code == 2001
    assert partner.call("POST", "receiver/commands/START_SESSION", []).code == 2001
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        answer = partner.call(method, "receiver/commands/START_SESSION", start)
        assert answer.http_status == 405
    lacking = {**start, "connector_id": "1"}
    del lacking["evse_uid"]
    assert partner.call("POST", "receiver/commands/START_SESSION", lacking).code == 2001
    answer = partner.call("POST", "receiver/commands/DANCE", start)
    assert (answer.code, answer.data["result"]) == (1000, "NOT_SUPPORTED")
    assert not Command.objects.exists()


def test_2_1_1_cannot_cancel_a_reservation(office: Partner) -> None:
    partner = emsp(version="2.1.1")
    body = {"response_url": URL, "reservation_id": 7}
    answer = partner.call("POST", "receiver/commands/CANCEL_RESERVATION", body)
    assert answer.data == {"result": "NOT_SUPPORTED"}


@pytest.mark.parametrize("kind", ["START_SESSION", "RESERVE_NOW", "UNLOCK_CONNECTOR"])
def test_a_place_that_is_not_there(office: Partner, system: System, kind: str) -> None:
    """X-012."""
    partner = emsp()
    for fields in ({"location_id": "LOC9"}, {"evse_uid": "9"}):
        answer = command(partner, kind, **fields)
        assert (answer.code, answer.data["result"]) == (2003, "REJECTED")
    if kind != "RESERVE_NOW":
        assert command(partner, kind, connector_id="9").code == 2003
    assert not system.requests
    assert {row.state for row in Command.objects.all()} == {CommandState.REFUSED}


def test_sessions_that_are_unknown_or_somebody_elses(office: Partner, system: System) -> None:
    """X-013, X-014."""
    partner = emsp()
    assert command(partner, "STOP_SESSION").data["result"] == "UNKNOWN_SESSION"
    session("S2", cdr_token=builders.cdr_token("FR*OTH"))
    assert command(partner, "STOP_SESSION", session_id="S2").data["result"] == "REJECTED"
    session("S1")
    assert not system.requests
    assert command(partner, "STOP_SESSION").data["result"] == "ACCEPTED"
    assert system.requests[0].document["session_id"] == "S1"
    assert Command.objects.first().session_key == "S1"  # type: ignore[union-attr]


def test_what_an_evse_does_not_list_is_not_supported(
    ours: Party, office: Partner, system: System
) -> None:
    """X-015, X-021."""
    needs = ["RESERVABLE", "REMOTE_START_STOP_CAPABLE", "START_SESSION_CONNECTOR_REQUIRED"]
    evses = [builders.evse(capabilities=needs)]
    later_on = builders.location(evses=evses, last_updated=builders.LATER)
    locations.put_location(ours, later_on, source=None)
    partner = emsp()
    assert command(partner, "UNLOCK_CONNECTOR").data["result"] == "NOT_SUPPORTED"
    assert not system.requests
    assert command(partner, "RESERVE_NOW").data["result"] == "ACCEPTED"
    answer = command(partner)
    assert (answer.code, "connector_id" in answer.message) == (2001, True)
    assert command(partner, connector_id="1").data["result"] == "ACCEPTED"
    old = emsp("FR*OLD", "2.1.1")
    token = builders.token(owner="FR*OLD")
    assert command(old, token=token).data == {"result": "ACCEPTED"}
    assert system.requests[-1].document["connector_id"] == "1", "the only one there is"


def test_the_token_is_not_judged_but_must_be_the_senders(office: Partner) -> None:
    """X-016, X-019, X-020: it was never sent before, is not valid, and goes on."""
    partner = emsp()
    unknown = builders.token("FFFF", "DE*XYZ", valid=False, whitelist="NEVER", type="APP_USER")
    assert command(partner, token=unknown).data["result"] == "ACCEPTED"
    answer = command(partner, token=builders.token(owner="FR*OTH"))
    assert (answer.code, "token" in answer.message) == (2001, True)


# --- Reservations ---------------------------------------------------------------------------------


def test_reservations_of_two_emsps_never_meet(office: Partner, system: System) -> None:
    """X-022, X-023, X-025, X-029."""
    partner, other = emsp(), emsp("FR*OTH", "2.1.1")
    command(partner, "RESERVE_NOW")
    command(other, "RESERVE_NOW", token=builders.token(owner="FR*OTH"))
    command(partner, "RESERVE_NOW", response_url=f"{URL}&again")
    numbers = [seen.document["reservation_id"] for seen in system.requests]
    assert numbers[0] != numbers[1]
    assert numbers[2] == numbers[0], "it replaces its own"
    assert Reservation.objects.count() == 2
    assert command(partner, "CANCEL_RESERVATION").data["result"] == "ACCEPTED"
    assert system.requests[-1].document["reservation_id"] == numbers[0]
    tell(office, system.requests[-1])
    assert Reservation.objects.exclude(canceled_at=None).count() == 1


def test_a_reservation_that_nobody_made(office: Partner, system: System) -> None:
    """X-025."""
    partner = emsp(url=system.url)
    url = f"{system.url}/r/1"
    answer = command(partner, "CANCEL_RESERVATION", reservation_id="none", response_url=url)
    assert answer.data["result"] == "ACCEPTED"
    drain(partner.connection)
    (told,) = system.requests
    assert told.document == {"result": "UNKNOWN_RESERVATION"}


@pytest.mark.parametrize("version", ["2.2.1", "2.1.1"])
def test_its_cpo_takes_a_reservation_back(office: Partner, system: System, version: str) -> None:
    """X-024, X-026: to the address of the RESERVE_NOW; 2.1.1 has no word for it."""
    partner = emsp(version=version, url=system.url)
    command(partner, "RESERVE_NOW", response_url=f"{system.url}/r/1")
    asked = system.requests[0]
    tell(office, asked)
    drain(partner.connection)
    assert tell(office, asked, "CANCELED_RESERVATION").code == 1000
    row = only()
    assert (row.state, row.canceled) == (CommandState.SUCCEEDED, True)
    assert Reservation.objects.exclude(canceled_at=None).exists()
    told = len(system.requests)
    drain(partner.connection)
    if version == "2.1.1":
        assert len(system.requests) == told
        assert "reservation" in Delivery.objects.get().last_error
    else:
        assert system.requests[-1].path == "/r/1"
        assert system.requests[-1].document == {"result": "CANCELED_RESERVATION"}


def test_a_reservation_that_succeeded_is_a_session(office: Partner, system: System) -> None:
    """X-024: which its CPO makes, and which the command is known by."""
    partner = emsp()
    command(partner, "RESERVE_NOW", authorization_reference="R1")
    tell(office, system.requests[0])
    made = builders.session(
        status="RESERVATION",
        evse_uid="#NA",
        connector_id="#NA",
        authorization_reference="R1",
    )
    assert office.put("receiver/sessions/NL/ABC/S1", made).http_status == 201
    assert [one.session_id for one in shown.sessions(only())] == ["S1"]
    assert due(partner.connection) == ["NL*ABC/S1", only().reference]


# --- Whom nobody runs, and who does not answer ----------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "result"),
    [
        (CommandRule.NOT_SUPPORTED, "NOT_SUPPORTED"),
        (CommandRule.REJECTED, "REJECTED"),
        (CommandRule.STAFF, "ACCEPTED"),
    ],
)
def test_a_cpo_without_a_back_office_answers_by_its_rule(
    ours: Party, rule: str, result: str
) -> None:
    Party.objects.filter(pk=ours.pk).update(command_rule=rule)
    partner = emsp()
    assert command(partner).data["result"] == result
    row = only()
    assert row.answered_by == rule
    waiting = rule == CommandRule.STAFF
    assert services.waiting_for_staff().count() == int(waiting)
    assert row.is_open == waiting


def test_a_back_office_that_cannot_be_reached_or_says_nothing(
    office: Partner, system: System
) -> None:
    partner = emsp()
    system.replies(Reply(status=502, body=b"<html>"))
    answer = command(partner)
    assert (answer.code, answer.data["result"]) == (1000, "REJECTED")
    row = only()
    assert (row.state, row.unanswered) == (CommandState.SENDING, True)
    assert len(system.requests) == 1, "never sent twice"
    with later(hours=1):
        assert only().state == CommandState.TIMED_OUT
    assert due(partner.connection) == [], "it was told REJECTED"
    system.close()
    answer = command(partner, response_url=f"{URL}&2")
    assert answer.data["result"] == "REJECTED"
    assert answer.data["message"][0]["text"]
    assert Command.objects.first().state == CommandState.UNREACHABLE  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("reply", "state", "result"),
    [
        (Reply({"result": "ACCEPTED"}), "accepted", "ACCEPTED"),
        (Reply({"result": "accepted", "timeout": "30"}), "accepted", "ACCEPTED"),
        (Reply({"result": "TIMEOUT", "timeout": 3}), "refused", "REJECTED"),
        (Reply({"result": "REJECTED", "timeout": 0}, code=2003), "refused", "REJECTED"),
        (Reply(code=2000), "refused", "REJECTED"),
        (Reply(code=3000), "refused", "REJECTED"),
        (Reply(status=404, code=2000), "refused", "NOT_SUPPORTED"),
        (Reply(), "sending", "REJECTED"),
        (Reply({"result": 7}), "sending", "REJECTED"),
    ],
)
def test_odd_answers_are_understood(
    office: Partner, system: System, reply: Reply, state: str, result: str
) -> None:
    system.replies(reply)
    answer = command(emsp())
    assert (only().state, answer.data["result"]) == (state, result)
    assert answer.code == (2003 if reply.code == 2003 else 1000)


def test_the_same_request_again_is_not_executed_twice(
    office: Partner, system: System, settings: Any
) -> None:
    partner = emsp()
    first, again = command(partner), command(partner)
    assert again.data["result"] == first.data["result"] == "ACCEPTED"
    assert len(system.requests) == 1
    assert Command.objects.count() == 1
    command(partner, response_url=f"{URL}&2")
    settings.COMMAND_REPEAT_SECONDS = 0
    command(partner)
    assert len(system.requests) == 3


# --- Our back office as the eMSP ------------------------------------------------------------------


def test_our_back_office_commands_a_partners_cpo(system: System) -> None:
    """X-019: to it the portal is a hub, with the errors of one."""
    mine = builders.party("NL*MSP", "EMSP", ours=True)
    theirs = builders.party("BE*CPO", "CPO")
    office = builders.partner(
        "Office", speaks_for=(mine,), kind="back_office", version="2.3.0", url="https://our.example"
    )
    body = {
        "response_url": "https://our.example/r/1",
        "token": builders.token(),
        "location_id": "L9",
    }

    def send(number: int) -> builders.Answered:
        url = f"https://our.example/r/{number}"
        to = {"OCPI-to-country-code": "BE", "OCPI-to-party-id": "CPO"}
        path = "receiver/commands/START_SESSION"
        return office.call("POST", path, {**body, "response_url": url}, to)

    assert send(1).code == 4003, "there is no connection to it"
    partner = builders.partner(
        "Cpo", speaks_for=(theirs,), pushes=("commands",), version="2.1.1", url=system.url
    )
    system.replies(Reply({"result": "ACCEPTED"}))
    answer = send(2)
    assert answer.data["result"] == "ACCEPTED"
    assert answer.data["timeout"] >= 60, "2.1.1 says none"
    (asked,) = system.requests
    assert asked.document["token"]["auth_id"] == "NL-MSP-C12345678-5"
    tell(partner, asked, "TIMEOUT")
    row = Command.objects.first()
    assert row is not None
    assert (row.state, row.owner, row.sender) == (CommandState.TIMED_OUT, theirs, mine)
    assert due(office.connection) == [row.reference]
    system.replies(None)
    assert send(3).code == 4002
    to_nobody = {"OCPI-to-country-code": "BE", "OCPI-to-party-id": "NIX"}
    assert office.call("POST", "receiver/commands/START_SESSION", body, to_nobody).code == 4001
