"""Simulated partners on loopback, and what the tests ask them."""

import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from ocpi.ids import PartyId
from simulator.application import Settings, Simulator

DEADLINE_SECONDS = 15.0
POLL_SECONDS = 0.02

Json = dict[str, Any]


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait until `condition` holds; fail with `what` after the deadline."""
    pause, end = threading.Event(), time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < end, f"Waited in vain: {what}"
        pause.wait(POLL_SECONDS)


@dataclass
class Running:
    """One running simulator and the ways to speak to it."""

    simulator: Simulator

    @property
    def base_url(self) -> str:
        return self.simulator.identity.base_url

    def control(self, method: str, name: str, **body: Any) -> requests.Response:
        return requests.request(
            method, f"{self.base_url}/control/{name}", json=body or None, timeout=30
        )

    def post(self, name: str, **body: Any) -> Json:
        answer = self.control("POST", name, **body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def state(self) -> Json:
        return dict(self.control("GET", "state").json())

    def lines(self, name: str) -> list[Json]:
        return [json.loads(line) for line in self.control("GET", name).iter_lines()]

    def connect_to(self, other: "Running") -> None:
        """Register as sender with `other`, and wait until both have pulled everything."""
        self.post("connect", **other.post("invite"))
        for side in (self, other):
            side.wait_for_pull()

    def wait_for_pull(self) -> Json:
        wait_until(lambda: self._pull_is_over(), "the pull has ended")
        return dict(self.state()["pull"]["last"])

    def _pull_is_over(self) -> bool:
        pull = self.state()["pull"]
        return not pull["busy"] and pull["last"] is not None

    def evse(self, number: int = 0) -> tuple[Json, Json]:
        """Return one of its own Locations and that one's first EVSE."""
        location = self.lines("own")[number]
        return location, location["evses"][0]


@dataclass
class Peer:
    """Speaks OCPI to a simulator with a token, byte by byte as the test wants it."""

    base_url: str
    token: str
    session: requests.Session

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {
            "Authorization": "Token " + b64encode(self.token.encode()).decode(),
            **options.pop("headers", {}),
        }
        return self.session.request(
            method, f"{self.base_url}/ocpi/{path}", headers=headers, timeout=30, **options
        )

    def push(self, method: str, path: str, body: Json) -> requests.Response:
        return self.send(method, f"2.2.1/receiver/locations/{path}", json=body)

    def held(self, path: str) -> Json:
        answer = self.send("GET", f"2.2.1/receiver/locations/{path}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start simulators that stand still unless the test wants otherwise; all stop at the end."""
    running: list[Running] = []

    def start_one(party: str = "NL*SIM", **settings: Any) -> Running:
        defaults = {"data_dir": tmp_path / party.replace("*", ""), "changes_per_minute": 0.0}
        simulator = Simulator(
            Settings(party=PartyId.parse(party), **{"locations": 7, **defaults, **settings})
        )
        simulator.start()
        running.append(Running(simulator))
        return running[-1]

    yield start_one
    for one in running:
        one.simulator.stop()


@pytest.fixture
def operator(start: Start) -> Running:
    """The simulator that other parties' requests go to."""
    return start("NL*SIM")


@pytest.fixture
def provider(start: Start, operator: Running) -> Running:
    """A second simulator, registered with the first."""
    other = start("BE*SIB", seed=2, locations=5)
    other.connect_to(operator)
    return other


@pytest.fixture
def peer(operator: Running, provider: Running) -> Iterator[Peer]:
    """Speaks to the operator with the provider's token."""
    partner = provider.simulator.registration.partner
    assert partner is not None
    with requests.Session() as session:
        yield Peer(operator.base_url, partner.token, session)


@pytest.fixture
def until() -> Callable[[Callable[[], object], str], None]:
    """Return `wait_until`."""
    return wait_until
