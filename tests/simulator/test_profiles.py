"""Charging profiles and preferences between two simulators."""

import pytest

from tests.simulator.charges import Pair, card, connected, no_violations
from tests.simulator.support import Json, Start


@pytest.fixture(params=["2.2.1", "2.3.0"])
def pair(request: pytest.FixtureRequest, start: Start) -> Pair:
    return connected(start, str(request.param))


def begun(pair: Pair) -> Json:
    token = card(pair, whitelist="ALLOWED", valid=True)
    return pair.cpo.post("charges/start", uid=token["uid"], type=token["type"])


def results(pair: Pair) -> list[str]:
    latest = pair.emsp.control("GET", "commands").json()["sent"][0]
    return [result["result"] for result in latest["results"]]


def test_a_profile_limits_the_charge_and_is_told(pair: Pair) -> None:
    charge = begun(pair)
    answer = pair.emsp.post("profiles/set", session_id=charge["id"], watts=3600)
    assert (answer["http_status"], answer["response"]) == (200, "ACCEPTED")
    pair.pass_time(5)
    assert results(pair) == ["ACCEPTED"]
    provider = pair.emsp.simulator.charging.provider
    told = provider.profile(charge["id"])
    assert told is not None
    assert told["charging_profile"]["charging_profile_period"] == [
        {"start_period": 0, "limit": 3600}
    ]
    before = pair.cpo.post("charges/update", id=charge["id"])["session"]["kwh"]
    pair.pass_time(10)
    after = pair.cpo.post("charges/update", id=charge["id"])["session"]["kwh"]
    scale = pair.cpo.state()["charging"]["pace"]["time_scale"]
    assert after - before == pytest.approx(3.6 * 10 * scale / 3600)

    pair.emsp.post("profiles/get", session_id=charge["id"], duration=600)
    pair.pass_time(2)
    assert results(pair) == ["ACCEPTED"]
    for expected in ("ACCEPTED", "UNKNOWN"):
        pair.emsp.post("profiles/clear", session_id=charge["id"])
        pair.pass_time(2)
        assert results(pair) == [expected]
    no_violations(pair.cpo, pair.emsp)


def test_an_ended_session_has_no_profile(pair: Pair) -> None:
    charge = begun(pair)
    pair.cpo.post("charges/stop", id=charge["id"])
    answer = pair.emsp.post("profiles/set", session_id=charge["id"])
    assert answer["response"] == "UNKNOWN_SESSION"


def test_preferences_are_answered_at_once(pair: Pair) -> None:
    charge = begun(pair)

    def prefer(**preferences: str) -> object:
        return pair.emsp.post("preferences", session_id=charge["id"], **preferences)["response"]

    assert prefer(profile_type="REGULAR") == "ACCEPTED"
    assert prefer(profile_type="GREEN") == "DEPARTURE_REQUIRED"
    assert prefer(profile_type="GREEN", departure_time="2026-06-01T18:00:00Z") == "ACCEPTED"
    pair.cpo.post("charges/stop", id=charge["id"])
    assert prefer(profile_type="REGULAR") == "NOT_POSSIBLE"
    no_violations(pair.cpo, pair.emsp)
