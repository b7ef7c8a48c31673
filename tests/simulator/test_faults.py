"""Each way of misbehaving, as a portal would meet it."""

import time
from dataclasses import dataclass

import pytest
import requests

from tests.simulator.support import Peer, Running

LATER = "2030-01-01T00:00:00Z"
DELAY = 0.6


@dataclass
class Push:
    """A status to push to the operator, again and again."""

    peer: Peer
    path: str

    def __call__(self, timeout: float = 30.0) -> requests.Response:
        """Push it on a connection of its own, and return the answer."""
        url = f"{self.peer.base_url}/ocpi/2.2.1/receiver/locations/{self.path}"
        body = {"status": "BLOCKED", "last_updated": LATER}
        return requests.patch(url, json=body, headers=self.peer.authorization, timeout=timeout)

    def is_applied(self) -> bool:
        return bool(self.peer.held(self.path)["status"] == "BLOCKED")


@pytest.fixture
def push(provider: Running, peer: Peer) -> Push:
    location, evse = provider.evse()
    ids = (location["country_code"], location["party_id"], location["id"], evse["uid"])
    return Push(peer, "/".join(ids))


def heal(operator: Running) -> None:
    operator.post("faults", mode="none")


@pytest.mark.parametrize(
    ("mode", "http_status", "status_code"),
    [("500", 500, None), ("401", 401, 2001), ("2001", 200, 2001)],
)
def test_refusals_change_nothing(
    operator: Running, push: Push, mode: str, http_status: int, status_code: int | None
) -> None:
    operator.post("faults", mode=mode)
    answer = push()
    assert answer.status_code == http_status
    if status_code is not None:
        assert answer.json()["status_code"] == status_code
    assert operator.state()["faults"]["hits"] == 1
    heal(operator)
    assert not push.is_applied()


def test_garbage_is_no_json(operator: Running, push: Push) -> None:
    operator.post("faults", mode="garbage")
    with pytest.raises(requests.JSONDecodeError):
        push().json()
    heal(operator)
    assert not push.is_applied()


def test_refuse_resets_the_connection(operator: Running, push: Push) -> None:
    operator.post("faults", mode="refuse")
    with pytest.raises(requests.ConnectionError, match="Connection aborted"):
        push()
    heal(operator)
    assert not push.is_applied()


def test_slow_answers_after_the_delay(operator: Running, push: Push) -> None:
    operator.post("faults", mode="slow", delay_seconds=DELAY)
    begin = time.monotonic()
    assert push().status_code == 200
    assert time.monotonic() - begin >= DELAY
    heal(operator)
    assert push.is_applied()


def test_late_applies_before_it_answers(operator: Running, push: Push) -> None:
    operator.post("faults", mode="late", delay_seconds=20)
    with pytest.raises(requests.ReadTimeout):
        push(timeout=DELAY)
    heal(operator)
    assert push.is_applied()


def test_drip_never_lets_a_read_time_out_and_still_takes_its_time(
    operator: Running, push: Push
) -> None:
    operator.post("faults", mode="drip", delay_seconds=DELAY)
    begin = time.monotonic()
    answer = push(timeout=DELAY / 2)
    assert answer.json()["status_code"] == 1000
    assert time.monotonic() - begin >= DELAY
    heal(operator)
    assert push.is_applied()


def test_probability_spares_some_requests(operator: Running, push: Push) -> None:
    operator.post("faults", mode="500", probability=0.5)
    statuses = {push().status_code for _ in range(40)}
    assert statuses == {200, 500}
    operator.post("faults", mode="500", probability=0)
    assert push().status_code == 200


def test_faults_spare_control_the_handshake_and_the_other_side(
    operator: Running, peer: Peer
) -> None:
    operator.post("faults", mode="refuse")
    assert operator.state()["faults"]["mode"] == "refuse"
    assert peer.send("GET", "versions").status_code == 200
    assert peer.send("GET", "2.2.1/sender/locations").status_code == 200
    operator.post("faults", mode="401", scope="all")
    assert peer.send("GET", "2.2.1/sender/locations").status_code == 401


# Lists that go wrong.

LIST = "2.2.1/sender/locations"


def crawl(peer: Peer, limit: int) -> list[str]:
    """The ids of all pages, one after the other by their links."""
    url, ids = f"{LIST}?limit={limit}", []
    while url:
        answer = peer.send("GET", url)
        assert answer.status_code == 200, answer.text
        ids += [location["id"] for location in answer.json()["data"]]
        link = answer.links.get("next")
        url = link["url"].removeprefix(f"{peer.base_url}/ocpi/") if link else ""
    return ids


@pytest.mark.parametrize("mode", ["403", "429"])
def test_a_list_is_interrupted_after_some_pages_and_goes_on(
    operator: Running, peer: Peer, mode: str
) -> None:
    operator.post("faults", mode=mode, pages=2, delay_seconds=DELAY)
    statuses = [peer.send("GET", f"{LIST}?limit=1&offset={n}").status_code for n in range(3)]
    assert statuses == [200, 200, int(mode)]
    refused = peer.send("GET", f"{LIST}?limit=1&offset=2")
    assert (refused.status_code, refused.headers["Retry-After"]) == (int(mode), "1")
    end = time.monotonic() + 10
    while (answer := peer.send("GET", f"{LIST}?limit=1&offset=2")).status_code != 200:
        assert time.monotonic() < end
    assert len(answer.json()["data"]) == 1


def test_a_list_without_headers_looks_like_its_first_page(operator: Running, peer: Peer) -> None:
    operator.post("faults", mode="no-headers")
    answer = peer.send("GET", f"{LIST}?limit=3")
    assert len(answer.json()["data"]) == 3
    assert not {"X-Total-Count", "X-Limit", "Link"} & set(answer.headers)


def test_a_list_that_shrinks_while_it_is_read_skips_an_object_at_each_page(
    operator: Running, peer: Peer
) -> None:
    operator.post("faults", mode="shrinking")
    everything = [location["id"] for location in operator.lines("own")]
    for _ in range(2):
        assert crawl(peer, 2) == [everything[n] for n in (0, 1, 3, 4, 6)]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 50])
def test_every_third_object_of_a_list_can_vanish(operator: Running, peer: Peer, limit: int) -> None:
    operator.post("faults", mode="vanished")
    everything = [location["id"] for location in operator.lines("own")]
    assert crawl(peer, limit) == [everything[n] for n in (0, 1, 3, 4, 6)]
    assert peer.send("GET", LIST).headers["X-Total-Count"] == "5"
    assert peer.send("GET", f"{LIST}/{everything[2]}").status_code == 200


def test_what_it_holds_can_be_answered_as_it_was(operator: Running, peer: Peer, push: Push) -> None:
    before = peer.held(push.path)["status"]
    push()
    operator.post("faults", mode="stale")
    assert peer.held(push.path)["status"] == before != "BLOCKED"
    heal(operator)
    assert push.is_applied()


def test_faults_of_lists_spare_everything_else(operator: Running, peer: Peer, push: Push) -> None:
    operator.post("faults", mode="429", pages=0)
    assert peer.send("GET", LIST).status_code == 429
    assert peer.send("GET", f"{LIST}/LOC00001").status_code == 200
    assert push().status_code == 200
