"""What goes wrong with charges: on purpose, by itself, and by a restart."""

from pathlib import Path

import pytest

from simulator.charges.pace import LIVELY
from tests.simulator.charges import Clock, Pair, card, connected, no_violations, one
from tests.simulator.support import Json, Start


@pytest.fixture
def pair(start: Start) -> Pair:
    return connected(start, "2.2.1")


def begun(pair: Pair) -> Json:
    token = card(pair, whitelist="ALLOWED", valid=True)
    return pair.cpo.post("charges/start", uid=token["uid"], type=token["type"])


def ended(pair: Pair) -> Json:
    charge = begun(pair)
    pair.pass_time(10)
    pair.cpo.post("charges/update", id=charge["id"], kwh=3)
    pair.pass_time(10)
    return pair.cpo.post("charges/stop", id=charge["id"], kwh=1)


def test_a_cdr_that_comes_twice_is_the_same(pair: Pair) -> None:
    charge = ended(pair)
    pair.cpo.post("charging", faults=["cdr-twice"])
    pair.cpo.post("charges/cdr", id=charge["id"])
    assert pair.emsp.state()["requests"]["cdrs.receiver"]["POST"] == 2
    assert len(pair.emsp.lines("received", "cdrs")) == 1
    no_violations(pair.emsp)


def test_a_cdr_that_changed_is_refused_and_counted(pair: Pair) -> None:
    charge = ended(pair)
    pair.cpo.post("charging", faults=["cdr-changed"])
    told = pair.cpo.post("charges/cdr", id=charge["id"])
    assert one(pair.emsp, "cdrs", told["cdr"]["id"])["total_energy"] == 4
    assert pair.emsp.violations() == {"cdr_changed": 1}


def test_a_cdr_is_taken_back_and_replaced(pair: Pair) -> None:
    charge = ended(pair)
    first = pair.cpo.post("charges/cdr", id=charge["id"])["cdr"]
    credit, other = pair.cpo.post("charges/cdr", id=charge["id"], credit=True)["cdrs"]
    held = {cdr["id"]: cdr for cdr in pair.emsp.lines("received", "cdrs")}
    assert set(held) == {first["id"], credit["id"], other["id"]}
    assert held[credit["id"]]["credit_reference_id"] == first["id"]
    assert credit["total_cost"]["before_taxes"] == -first["total_cost"]["before_taxes"]
    no_violations(pair.emsp)


def test_a_silent_session_tells_nothing_until_it_speaks_again(pair: Pair) -> None:
    charge = begun(pair)
    pair.cpo.post("charging", faults=["silent"])
    pair.cpo.post("charges/update", id=charge["id"], kwh=1)
    assert pair.session(charge)["kwh"] == 0
    pair.cpo.post("charging", faults=[])
    pair.pass_time(5)
    pair.cpo.post("charges/update", id=charge["id"], kwh=1)
    held = pair.session(charge)
    assert (held["kwh"], len(held["charging_periods"])) == (2, 2)


def test_an_update_that_comes_late_changes_nothing(pair: Pair) -> None:
    charge = begun(pair)
    pair.cpo.post("charging", faults=["old-patch"])
    for _ in range(3):
        pair.pass_time(5)
        pair.cpo.post("charges/update", id=charge["id"], kwh=1)
    assert pair.emsp.state()["requests"]["sessions.receiver"]["PATCH"] == 5
    held = pair.session(charge)
    assert (held["kwh"], len(held["charging_periods"])) == (3, 3)


def test_within_two_minutes_everything_happens(start: Start) -> None:
    pair = connected(start, "2.3.0")
    lively = {
        "charges_per_minute": LIVELY.charges_per_minute,
        "commands_per_minute": LIVELY.commands_per_minute,
        "charge_seconds": LIVELY.charge_seconds,
        "mishaps": LIVELY.mishaps,
    }
    for side in (pair.cpo, pair.emsp):
        side.post("charging", **lively)
    statuses: set[str] = set()
    for _ in range(12):
        pair.pass_time(10)
        statuses |= {session["status"] for session in pair.emsp.lines("received", "sessions")}
    assert statuses == {"PENDING", "ACTIVE", "COMPLETED", "INVALID", "RESERVATION"}
    assert any(cdr.get("credit") for cdr in pair.emsp.lines("received", "cdrs"))
    commands = pair.emsp.control("GET", "commands").json()["sent"]
    results = [[result["result"] for result in command["results"]] for command in commands]
    assert {"ACCEPTED", "FAILED"} <= {name for named in results for name in named}
    # Of one command nothing comes any more.
    assert [] in results[3:]
    no_violations(pair.cpo, pair.emsp)


def test_a_restart_ends_what_was_going_on(start: Start, tmp_path: Path) -> None:
    clock = Clock()
    emsp = start("BE*SIB", clock=clock, seed=2, locations=5)
    cpo = start("NL*SIM", clock=clock, data_dir=tmp_path / "cpo", pace={"charges_per_minute": 0})
    emsp.connect_to(cpo, "2.2.1")
    charge = begun(Pair(cpo, emsp, clock))
    port = int(cpo.base_url.rpartition(":")[2])
    cpo.simulator.stop()

    again = start("NL*SIM", clock=clock, data_dir=tmp_path / "cpo", port=port)

    pair = Pair(again, emsp, clock)
    pair.pass_time(30)
    assert pair.session(charge)["status"] == "COMPLETED"
    assert one(emsp, "cdrs", f"CDR-{charge['id']}")
    status = next(
        evse["status"]
        for location in again.lines("own")
        for evse in location["evses"]
        if evse["uid"] == charge["evse_uid"]
    )
    assert status == "AVAILABLE"
