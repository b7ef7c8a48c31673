"""Two portals for all tests of a process; each test connects parties of its own."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.portals.desk import Desk
from tests.portals.pair import MakePair, Pair
from tests.portals.support import Link, Portal, two_portals

_numbers = count(1)


@pytest.fixture(scope="session")
def _portals() -> Iterator[tuple[Portal, Portal]]:
    with two_portals() as portals:
        yield portals


@pytest.fixture
def portals(_portals: tuple[Portal, Portal]) -> tuple[Portal, Portal]:
    """Two portals, A and B, that run, whatever the test before did to them."""
    for portal in _portals:
        portal.start()
    return _portals


@pytest.fixture
def parties() -> Callable[[str], str]:
    """Makes names of parties that no other test of this process uses."""
    return lambda letter: f"NL*{letter}{next(_numbers):02}"


@pytest.fixture
def link(portals: tuple[Portal, Portal], parties: Callable[[str], str]) -> Link:
    """A fresh party on each portal, connected: A has invited B."""
    a, b = portals
    made = Link(f"Link {next(_numbers)}", a, b, parties("A"), parties("B"))
    a.do("host", party=made.a_party)
    b.do("host", party=made.b_party)
    invitation = a.do("invite", name=made.name, party=made.a_party)
    done = b.do("connect", name=made.name, party=made.b_party, **invitation)
    assert done["state"] == "done", done
    return made


@pytest.fixture
def pair(
    portals: tuple[Portal, Portal], parties: Callable[[str], str], browser: Browser, tmp_path: Path
) -> MakePair:
    """Makes a CPO on A and an eMSP on B, that are to be connected under a name."""

    def make(name: str) -> Pair:
        a, b = portals
        ours, theirs = parties("A"), parties("B")
        a.do("host", party=ours, roles=["CPO"])
        b.do("host", party=theirs, roles=["EMSP"])
        link = Link(f"{name} {ours}", a, b, ours, theirs)
        return Pair(link, Desk.at(a, browser), Desk.at(b, browser), tmp_path)

    return make
