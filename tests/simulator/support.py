"""What the tests ask simulators and how they speak OCPI to them."""

import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from simulator.application import Simulator

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

    def lines(self, name: str, module: str = "locations") -> list[Json]:
        answer = self.control("GET", f"{name}?module={module}")
        return [json.loads(line) for line in answer.iter_lines()]

    def violations(self) -> dict[str, int]:
        """How often its partner broke the specification, by kind."""
        return {kind["code"]: kind["count"] for kind in self.state()["violations"]["kinds"]}

    def connect_to(self, other: "Running", version: str = "2.2.1") -> None:
        """Register as sender with `other`, and wait until both have pulled everything."""
        self.post("connect", version=version, **other.post("invite"))
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
    version: str = "2.2.1"

    @property
    def authorization(self) -> dict[str, str]:
        token = self.token
        if self.version != "2.1.1":
            token = b64encode(token.encode()).decode()
        return {"Authorization": "Token " + token}

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {**self.authorization, **options.pop("headers", {})}
        return self.session.request(
            method, f"{self.base_url}/ocpi/{path}", headers=headers, timeout=30, **options
        )

    def push(
        self, method: str, path: str, body: Json | None = None, module: str = "locations"
    ) -> requests.Response:
        return self.send(method, f"{self.version}/receiver/{module}/{path}", json=body)

    def held(self, path: str, module: str = "locations") -> Json:
        answer = self.send("GET", f"{self.version}/receiver/{module}/{path}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])


Start = Callable[..., Running]
