"""What is spoken wrong on purpose, as a portal would meet it."""

import pytest
import requests

from simulator.accents import ALL
from tests.simulator.support import Json, Peer, Running, Start, wait_until


def received_body(operator: Running, provider: Running) -> Json:
    """The bytes of a push that the provider refused are told in its count of violations."""
    location, evse = operator.evse()
    operator.post("status", location_id=location["id"], evse_uid=evse["uid"], status="BLOCKED")
    wait_until(lambda: operator.state()["own"]["failed"] == 1, "the refusal")
    return dict(provider.state()["violations"]["kinds"][0])


def test_numbers_as_text_are_refused_by_a_strict_partner(
    operator: Running, provider: Running
) -> None:
    operator.post("accent", numbers_as_text=True)
    kind = received_body(operator, provider)
    assert kind["code"] == "invalid_object"
    assert "max_voltage" in kind["example"]


def test_pushes_without_identifiers_are_refused_by_a_strict_partner(
    operator: Running, provider: Running
) -> None:
    operator.post("accent", nameless=True)
    assert "uid: Field required" in received_body(operator, provider)["example"]


def test_lists_have_local_times_and_numbers_as_text(operator: Running, peer: Peer) -> None:
    before = peer.send("GET", "2.2.1/sender/locations").json()["data"][0]
    operator.post("accent", local_times=True, numbers_as_text=True)
    after = peer.send("GET", "2.2.1/sender/locations").json()["data"][0]
    assert after["last_updated"] != before["last_updated"]
    assert not after["last_updated"].endswith("Z")
    connector = after["evses"][0]["connectors"][0]
    assert connector["max_voltage"] == str(before["evses"][0]["connectors"][0]["max_voltage"])
    tariff = peer.send("GET", "2.2.1/sender/tariffs").json()["data"][0]
    assert tariff["elements"][0]["price_components"][0]["price"] == "0.42"


def test_addresses_without_a_slash_are_redirected_and_patch_is_405(
    operator: Running, peer: Peer
) -> None:
    operator.post("accent", slashes=True, no_patch=True)
    answer = peer.send("GET", "versions", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (308, "/ocpi/versions/")
    assert peer.send("GET", "versions/").status_code == 200
    assert peer.push("PATCH", "BE/SIB/LOC00001/", {}).status_code == 405


def test_tokens_are_wanted_as_they_are(operator: Running, peer: Peer) -> None:
    operator.post("accent", raw_tokens=True)
    assert peer.send("GET", "versions").status_code == 401
    url, headers = f"{peer.base_url}/ocpi/versions", {"Authorization": f"Token {peer.token}"}
    assert requests.get(url, headers=headers, timeout=30).status_code == 200


def test_an_accent_is_kept_over_a_restart(start: Start) -> None:
    first = start("NL*SIM", accent=ALL)
    first.simulator.stop()
    assert all(start("NL*SIM").state()["accent"].values())


@pytest.mark.parametrize("body", [{"lisp": True}, {"slashes": "yes"}])
def test_an_accent_that_does_not_exist_is_refused(operator: Running, body: Json) -> None:
    assert operator.control("POST", "accent", **body).status_code == 400
