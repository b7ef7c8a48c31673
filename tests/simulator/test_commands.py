"""Commands between two simulators: the answer, the result, and the charge that follows."""

from typing import Any

import pytest

from tests.simulator.charges import Pair, connected, no_violations
from tests.simulator.support import Json, Start


@pytest.fixture(params=["2.1.1", "2.2.1", "2.3.0"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pair(start: Start, version: str) -> Pair:
    return connected(start, version)


def send(pair: Pair, command: str, **wanted: Any) -> Json:
    return pair.emsp.post(f"commands/{command}", **wanted)


def results(pair: Pair, sent: Json) -> list[str]:
    commands = pair.emsp.control("GET", "commands").json()["sent"]
    entry = next(command for command in commands if command["id"] == sent["id"])
    return [result["result"] for result in entry["results"]]


def sessions(pair: Pair) -> list[tuple[str, str]]:
    held = pair.emsp.lines("received", "sessions")
    return [(session["status"], session["auth_method"]) for session in held]


def test_a_charge_is_started_and_stopped_remotely(pair: Pair, version: str) -> None:
    started = send(pair, "START_SESSION")
    assert (started["http_status"], started["response"]) == (200, "ACCEPTED")
    assert results(pair, started) == []
    pair.pass_time(2)
    assert results(pair, started) == ["ACCEPTED"]
    # 2.1.1 has no word for a charge that was begun by command.
    method = "AUTH_REQUEST" if version == "2.1.1" else "COMMAND"
    assert sessions(pair) == [("ACTIVE", method)]

    stopped = send(pair, "STOP_SESSION")
    pair.pass_time(2)
    assert results(pair, stopped) == ["ACCEPTED"]
    assert sessions(pair) == [("COMPLETED", method)]
    again = send(pair, "STOP_SESSION", session_id=stopped["document"]["session_id"])
    # 2.1.1 has this answer as well, but as what came of a command.
    assert again["response"] in {"UNKNOWN_SESSION", "REJECTED"}
    no_violations(pair.cpo, pair.emsp)


def test_what_is_occupied_cannot_be_started(pair: Pair, version: str) -> None:
    first = send(pair, "START_SESSION")
    where = {name: first["document"][name] for name in ("location_id", "evse_uid")}
    second = send(pair, "START_SESSION", **where)
    pair.pass_time(2)
    assert results(pair, first) == ["ACCEPTED"]
    assert results(pair, second) == ["REJECTED" if version == "2.1.1" else "EVSE_OCCUPIED"]


def test_a_reservation_is_made_and_canceled(pair: Pair, version: str) -> None:
    reserved = send(pair, "RESERVE_NOW")
    pair.pass_time(2)
    assert results(pair, reserved) == ["ACCEPTED"]
    assert [status for status, _ in sessions(pair)] == [
        "PENDING" if version == "2.1.1" else "RESERVATION"
    ]
    if version == "2.1.1":
        assert pair.emsp.control("POST", "commands/CANCEL_RESERVATION").status_code == 400
        return
    unknown = send(pair, "CANCEL_RESERVATION", reservation_id="4711")
    canceled = send(pair, "CANCEL_RESERVATION")
    pair.pass_time(2)
    assert results(pair, unknown) == ["UNKNOWN_RESERVATION"]
    assert results(pair, canceled) == ["ACCEPTED"]
    assert [status for status, _ in sessions(pair)] == ["INVALID"]
    no_violations(pair.cpo, pair.emsp)


def test_a_connector_is_unlocked_where_there_is_a_lock(pair: Pair) -> None:
    unlocked = send(pair, "UNLOCK_CONNECTOR")
    pair.pass_time(2)
    assert results(pair, unlocked)[0] in {"ACCEPTED", "NOT_SUPPORTED"}
    no_violations(pair.cpo, pair.emsp)


@pytest.mark.parametrize("version", ["2.2.1"])
@pytest.mark.parametrize(
    ("fault", "at_once", "soon", "later"),
    [
        ("no-result", [], [], []),
        ("late-result", [], [], ["ACCEPTED"]),
        ("result-twice", [], ["ACCEPTED"] * 2, ["ACCEPTED"] * 2),
        ("early-result", ["ACCEPTED"], ["ACCEPTED"], ["ACCEPTED"]),
        ("failed-result", [], ["FAILED"], ["FAILED"]),
    ],
)
def test_results_go_wrong_as_wished(
    pair: Pair, fault: str, at_once: list[str], soon: list[str], later: list[str]
) -> None:
    pair.cpo.post("charging", faults=[fault])
    sent = send(pair, "START_SESSION")
    assert (sent["response"], results(pair, sent)) == ("ACCEPTED", at_once)
    pair.pass_time(2)
    assert results(pair, sent) == soon
    pair.pass_time(60)
    assert results(pair, sent) == later


@pytest.mark.parametrize("version", ["2.2.1"])
@pytest.mark.parametrize(
    ("fault", "answer"), [("reject-commands", "REJECTED"), ("no-commands", "NOT_SUPPORTED")]
)
def test_commands_are_refused_as_wished(pair: Pair, fault: str, answer: str) -> None:
    pair.cpo.post("charging", faults=[fault])
    assert send(pair, "START_SESSION")["response"] == answer
    pair.pass_time(60)
    assert sessions(pair) == []
