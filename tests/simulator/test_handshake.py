"""Registration, tokens and what they allow (OCPI 2.2.1, credentials)."""

from base64 import b64encode
from typing import Any

import pytest
import requests

from tests.simulator.support import Peer, Running, Start, wait_until


def ocpi(url: str, token: str | None = None, method: str = "GET", **options: Any) -> Any:
    headers = options.pop("headers", {})
    if token is not None:
        headers["Authorization"] = "Token " + b64encode(token.encode()).decode()
    return requests.request(method, url, headers=headers, timeout=30, **options)


def test_both_sides_know_each_other_and_have_pulled_everything(
    operator: Running, provider: Running
) -> None:
    for side, other, party in ((operator, provider, "SIB"), (provider, operator, "SIM")):
        state = side.state()
        assert state["registered"]
        assert {role["party_id"] for role in state["partner"]["roles"]} == {party}
        assert {role["role"] for role in state["partner"]["roles"]} == {"CPO", "EMSP"}
        assert side.lines("received") == other.lines("own")
        assert state["pull"]["last"]["outcome"] == "complete"
        assert state["pull"]["last"]["incorrect"] == 0


def test_versions_were_fetched_with_the_new_token_during_the_open_post(
    operator: Running, provider: Running
) -> None:
    # The receiver calls back before it answers the POST: provider saw two GETs of versions.
    assert provider.state()["requests"]["versions"] == {"GET": 2}
    assert operator.state()["requests"]["credentials"] == {"POST": 1}


def test_the_one_time_token_opens_versions_and_credentials_only(operator: Running) -> None:
    invitation = operator.post("invite")
    versions = ocpi(invitation["versions_url"], invitation["token"])
    offered = {entry["version"]: entry["url"] for entry in versions.json()["data"]}
    assert list(offered) == ["2.1.1", "2.2.1", "2.3.0"]
    details = ocpi(offered["2.2.1"], invitation["token"]).json()["data"]
    for endpoint in details["endpoints"]:
        if endpoint["identifier"] != "credentials":
            assert ocpi(endpoint["url"], invitation["token"]).status_code == 401


def test_the_one_time_token_ends_with_the_registration(start: Start, operator: Running) -> None:
    invitation = operator.post("invite")
    start("BE*SIB").post("connect", **invitation)
    assert ocpi(invitation["versions_url"], invitation["token"]).status_code == 401


@pytest.mark.parametrize("header", [None, "Token", "Token %%%", "Token bm9uZQ==", "Basic bm9uZQ=="])
def test_a_bad_token_is_answered_with_401_in_an_envelope(
    operator: Running, header: str | None
) -> None:
    headers = {"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"}
    if header:
        headers["Authorization"] = header
    answer = requests.get(f"{operator.base_url}/ocpi/versions", headers=headers, timeout=30)
    assert answer.status_code == 401
    assert answer.json()["status_code"] == 2001
    assert answer.headers["X-Request-ID"] == "r-1"
    assert answer.headers["X-Correlation-ID"] == "c-1"


def test_a_wrong_one_time_token_is_reported(start: Start, operator: Running) -> None:
    other = start("BE*SIB")
    answer = other.control(
        "POST", "connect", versions_url=f"{operator.base_url}/ocpi/versions", token="wrong"
    )
    assert answer.status_code == 502
    assert "401" in answer.json()["error"]
    assert not other.state()["registered"]


def test_connecting_twice_is_refused(operator: Running, provider: Running) -> None:
    answer = provider.control("POST", "connect", **operator.post("invite"))
    assert answer.status_code == 502
    assert "Already registered" in answer.json()["error"]


def test_post_when_registered_and_put_when_not_are_405(
    operator: Running, peer: Peer, start: Start
) -> None:
    credentials = peer.send("GET", "2.2.1/credentials").json()["data"]
    assert peer.send("POST", "2.2.1/credentials", json=credentials).status_code == 405
    stranger = start("GB*NEW")
    token = stranger.post("invite")["token"]
    url = f"{stranger.base_url}/ocpi/2.2.1/credentials"
    assert ocpi(url, token, "PUT", json=credentials).status_code == 405
    assert ocpi(url, token, "DELETE").status_code == 405


def test_credentials_that_cannot_be_called_back_are_3001_and_change_nothing(
    operator: Running,
) -> None:
    invitation = operator.post("invite")
    credentials = {
        "token": "b",
        "url": "http://127.0.0.1:9/versions",
        "roles": [
            {
                "role": "CPO",
                "party_id": "ABC",
                "country_code": "NL",
                "business_details": {"name": "Nobody"},
            }
        ],
    }
    url = f"{operator.base_url}/ocpi/2.2.1/credentials"
    answer = ocpi(url, invitation["token"], "POST", json=credentials)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 3001)
    assert not operator.state()["registered"]
    assert ocpi(invitation["versions_url"], invitation["token"]).status_code == 200


def test_incomplete_credentials_are_2001(operator: Running) -> None:
    token = operator.post("invite")["token"]
    url = f"{operator.base_url}/ocpi/2.2.1/credentials"
    answer = ocpi(url, token, "POST", json={"token": "b", "url": "http://example.com/"})
    assert answer.json()["status_code"] == 2001
    assert "roles" in answer.json()["status_message"]


def test_rotation_replaces_both_tokens(operator: Running, provider: Running, peer: Peer) -> None:
    provider.post("rotate")
    assert peer.send("GET", "versions").status_code == 401
    location, evse = operator.evse()
    operator.post("status", location_id=location["id"], evse_uid=evse["uid"], status="BLOCKED")
    wait_until(lambda: operator.state()["own"]["patched"] == 1, "the push with the new token")


def test_disconnecting_ends_it_on_both_sides(
    operator: Running, provider: Running, peer: Peer
) -> None:
    assert provider.post("disconnect") == {"registered": False, "warning": None}
    assert not operator.state()["registered"]
    assert peer.send("GET", "versions").status_code == 401


def test_the_response_routes_back_where_the_request_came_from(peer: Peer) -> None:
    headers = {
        "ocpi-to-party-id": "SIM",
        "ocpi-to-country-code": "NL",
        "ocpi-from-party-id": "SIB",
        "ocpi-from-country-code": "BE",
    }
    answer = peer.send("GET", "2.2.1/sender/locations", headers=headers)
    assert answer.headers["OCPI-to-party-id"] == "SIB"
    assert answer.headers["OCPI-from-country-code"] == "NL"
