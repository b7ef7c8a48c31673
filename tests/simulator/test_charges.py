"""Charges of two simulators with each other, step by step and by themselves."""

import pytest

from tests.simulator.charges import Pair, card, connected, no_violations, one
from tests.simulator.support import Start

VERSIONS = ("2.1.1", "2.2.1", "2.3.0")


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pair(start: Start, version: str) -> Pair:
    return connected(start, version)


def test_a_charge_step_by_step(pair: Pair, version: str) -> None:
    token = card(pair, whitelist="NEVER", valid=True, type="RFID")
    decision = pair.cpo.post("charges/authorize", uid=token["uid"])
    assert (decision["http_status"], decision["allowed"]) == (200, "ALLOWED")
    reference = decision["authorization_reference"]
    assert bool(reference) is (version != "2.1.1")

    charge = pair.cpo.post(
        "charges/start", uid=token["uid"], status="PENDING", authorization_reference=reference
    )
    assert pair.session(charge)["status"] == "PENDING"
    pair.pass_time(10)
    pair.cpo.post("charges/update", id=charge["id"], status="ACTIVE")
    for _ in range(4):
        pair.pass_time(10)
        pair.cpo.post("charges/update", id=charge["id"], kwh=1.5)
    pair.pass_time(10)
    stopped = pair.cpo.post("charges/stop", id=charge["id"], kwh=0.5)

    held = pair.session(charge)
    assert (held["status"], held["kwh"]) == ("COMPLETED", 6.5)
    assert len(held["charging_periods"]) == 5
    assert held["cdr_token"]["uid"] == token["uid"]
    sent = stopped["session"]
    if version == "2.3.0":
        assert held == sent
    assert held["total_cost"]["before_taxes"] == sent["total_cost"]["before_taxes"]

    told = pair.cpo.post("charges/cdr", id=charge["id"])
    again = pair.cpo.post("charges/cdr", id=charge["id"])
    assert told["url"] == again["url"] is not None
    cdr = one(pair.emsp, "cdrs", told["cdr"]["id"])
    assert cdr["total_energy"] == 6.5
    assert cdr["cdr_location"]["evse_uid"] == charge["evse_uid"]
    no_violations(pair.cpo, pair.emsp)


def test_swiped_cards_charge_by_themselves(pair: Pair) -> None:
    token = card(pair, whitelist="ALWAYS", valid=True)
    charge = pair.cpo.post("charges/swipe", uid=token["uid"])["charge"]
    assert charge["auth_method"] == "WHITELIST"
    pair.pass_time(30)
    assert pair.session(charge)["status"] == "ACTIVE"
    pair.pass_time(120)
    assert pair.session(charge)["status"] == "COMPLETED"
    assert one(pair.emsp, "cdrs", f"CDR-{charge['id']}")["total_energy"] > 1
    phases = {c["phase"] for c in pair.cpo.control("GET", "charges").json()["charges"]}
    assert phases == {"done"}
    no_violations(pair.cpo, pair.emsp)


def test_blocked_and_unknown_cards_do_not_charge(pair: Pair) -> None:
    blocked = card(pair, valid=False)
    decision = pair.cpo.post("charges/swipe", uid=blocked["uid"], type=blocked["type"])["decision"]
    assert decision["allowed"] == "BLOCKED"
    decision = pair.cpo.post("charges/authorize", uid="NOBODYS")
    assert (decision["http_status"], decision["status_code"]) == (404, 2004)
    assert pair.emsp.lines("received", "sessions") == []
