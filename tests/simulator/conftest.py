"""Simulated partners on loopback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ocpi.ids import PartyId
from simulator.application import Settings, Simulator
from tests.simulator.support import Peer, Running, Start


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
