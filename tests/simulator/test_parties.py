"""A platform of several operators."""

import pytest
import requests

from tests.simulator.support import Peer, Running, Start

LIST = "2.2.1/sender/locations"


@pytest.fixture
def platform(start: Start) -> Running:
    return start("NL*SIM", parties=3, locations=9)


@pytest.fixture
def peer(start: Start, platform: Running) -> Peer:
    other = start("BE*SIB", locations=0)
    other.connect_to(platform)
    partner = other.simulator.registration.partner
    assert partner is not None
    return Peer(platform.base_url, partner.token, requests.Session())


def to(party_id: str) -> dict[str, str]:
    return {"OCPI-to-country-code": "NL", "OCPI-to-party-id": party_id}


def owners(peer: Peer, headers: dict[str, str], path: str = LIST) -> list[str]:
    answer = peer.send("GET", path, headers=headers)
    assert len(answer.json()["data"]) == int(answer.headers["X-Total-Count"])
    return [document["party_id"] for document in answer.json()["data"]]


def test_it_names_all_its_parties(platform: Running, peer: Peer) -> None:
    assert platform.state()["parties"] == ["NL*SIM", "NL*S02", "NL*S03"]
    roles = peer.send("GET", "2.2.1/credentials").json()["data"]["roles"]
    assert [(role["party_id"], role["role"]) for role in roles] == [
        ("SIM", "CPO"),
        ("SIM", "EMSP"),
        ("S02", "CPO"),
        ("S03", "CPO"),
    ]


def test_it_answers_for_the_party_that_is_asked_or_for_all(peer: Peer) -> None:
    assert owners(peer, to("S02")) == ["S02"] * 3
    assert owners(peer, {}) == ["SIM", "S02", "S03"] * 3
    assert owners(peer, to("S03"), "2.2.1/sender/tariffs") == ["S03"] * 14
    location = peer.send("GET", f"{LIST}/LOC00002", headers=to("S02")).json()["data"]
    assert location["party_id"] == "S02"
    assert peer.send("GET", f"{LIST}/LOC00002", headers=to("S03")).status_code == 404


def test_a_party_it_does_not_have_is_2001(peer: Peer) -> None:
    answer = peer.send("GET", LIST, headers=to("S99"))
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)


def test_it_can_disregard_who_is_asked(platform: Running, peer: Peer) -> None:
    platform.post("faults", mode="ignore-to")
    assert len(owners(peer, to("S02"))) == 9


def test_at_2_1_1_there_is_one_party(start: Start, platform: Running) -> None:
    other = start("BE*SIB", locations=0, role="EMSP")
    other.connect_to(platform, "2.1.1")
    assert [owner["party_id"] for owner in other.lines("received")] == ["SIM"] * 3
