"""Two portals at each version: connected, fed and watched in a browser, they hold the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from ocpi.compare import differences
from tests.portals import assortment
from tests.portals.desk import Desk
from tests.portals.holding import KINDS, wait_until_held
from tests.portals.support import Link, Portal, wait_until

pytestmark = [pytest.mark.portals, pytest.mark.browser]
LATER = "2025-06-01T12:00:00Z"
CANNOT_BE_SAID = {
    "2.1.1": {"T03", "T05", "T06", "T08", "T09", "T11", "T12"},
    "2.2.1": {"T03", "T08"},
    "2.3.0": set[str](),
}


@dataclass
class Pair:
    """Two companies on two portals, and somebody at work on each."""

    link: Link
    desk_a: Desk
    desk_b: Desk
    folder: Path

    def connect(self, version: str, offered: tuple[str, ...]) -> None:
        """A invites and offers versions, B connects and chooses one."""
        link = self.link
        invitation = self.desk_a.invite(link.name, f"{link.a_party} CPO", offered)
        self.desk_b.connect(link.name, *invitation, shows=f"{link.b_party} EMSP", version=version)
        for portal in (link.a, link.b):
            assert portal.connection(link.name)["version"] == version

    def take_in_everything(self) -> None:
        """Staff of A import the assortment on the page, and it is all there as it was written."""
        written = {
            "location": assortment.locations(self.link.a_party),
            "tariff": assortment.tariffs(self.link.a_party),
        }
        for kind, title in (("location", "Locations"), ("tariff", "Tariffs")):
            file = assortment.written(self.folder / f"{kind}.json", written[kind])
            self.desk_a.take_in(title, file, "2.3.0")
        held = self.link.a.do("held", party=self.link.a_party)
        for kind in KINDS:
            assert len(held[kind]) == len(written[kind])
            by_id = {document["id"]: document for document in held[kind]}
            changed = [
                f"{document['id']} {one.path}: {one.words}"
                for document in written[kind]
                for one in differences(document, by_id[document["id"]], kind)
            ]
            assert not changed, changed

    def change_tariff(self, number: int, **changes: Any) -> None:
        tariff = assortment.tariffs(self.link.a_party)[number - 1] | changes
        file = assortment.written(self.folder / "tariff.json", [{**tariff, "last_updated": LATER}])
        counts = self.link.a.do("take_in", file=str(file), module="tariffs", version="2.3.0")
        assert counts["updated"] == 1

    def delete_tariff(self, tariff_id: str) -> None:
        """Staff of A delete it, though connectors name it."""
        pk = self._id("tariffs_tariff", "tariff_id", tariff_id)
        self.desk_a.open(f"tariffs/tariff/{pk}/withdraw/")
        self.desk_a.press("Delete")
        self.desk_a.reads(f"{tariff_id} was deleted. Partners are told.")

    def unpublish(self, location_id: str) -> None:
        """Staff of A take a location away from everybody."""
        pk = self._id("locations_location", "location_id", location_id)
        self.desk_a.open(f"locations/location/{pk}/edit/")
        self.desk_a.field("Published").uncheck(force=True)
        self.desk_a.press("Save and tell partners")
        wait_until(
            lambda: self.link.a.rows(
                "SELECT 1 FROM locations_location WHERE id = %s AND NOT publish", pk
            ),
            "the location is saved",
        )

    def _id(self, table: str, column: str, name: str) -> int:
        return int(
            self.link.a.value(
                f"SELECT o.id FROM {table} o JOIN parties_party p ON p.id = o.owner_id"  # noqa: S608
                f" WHERE p.party_id = %s AND o.{column} = %s",
                self.link.a_party.split("*")[1],
                name,
            )
        )

    def vanished_at_b(self) -> list[str]:
        """References of what B's pulls have retired of A's."""
        return [
            f"{kind} {name}"
            for kind in KINDS
            for (name,) in self.link.b.rows(
                f"SELECT o.{kind}_id FROM {kind}s_{kind} o JOIN parties_party p"  # noqa: S608
                " ON p.id = o.owner_id WHERE p.party_id = %s AND o.vanished_at IS NOT NULL"
                " ORDER BY 1",
                self.link.a_party.split("*")[1],
            )
        ]


MakePair = Callable[[str], Pair]


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


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_both_hold_the_same_after_whatever_happens(pair: MakePair, version: str) -> None:
    two = pair("Same")
    link, a, b = two.link, two.link.a, two.link.b
    two.connect(version, (version,))
    two.take_in_everything()
    found, seconds = wait_until_held(link, version)
    say("imported", found, seconds)
    assert {name.removeprefix("tariff ") for name in found.refused} == CANNOT_BE_SAID[version]
    assert found.unshown == [f"location LOC000{number}" for number in (14, 15, 16)]

    assert a.do("change_statuses", party=link.a_party, statuses=["BLOCKED"], limit=20) > 15
    two.change_tariff(1, elements=[assortment.element(("ENERGY", 0.37), vat=21.0)])
    two.change_tariff(13, max_price={"before_taxes": 1.0}, elements=[_PRICED])
    two.delete_tariff("T04")
    two.unpublish("LOC00033")
    found, seconds = wait_until_held(link, version)
    say("changed", found, seconds)
    assert found.gone == ["location LOC00033"]
    assert ("tariff T13" in found.refused) == (version == "2.1.1")

    b.stop()
    changes = a.do("change_statuses", party=link.a_party, statuses=["CHARGING"], limit=20)
    two.change_tariff(2, currency="SEK")
    two.delete_tariff("T07")
    two.unpublish("LOC00034")
    assert a.pending(link.name) >= changes / 8
    wait_until(lambda: a.connection(link.name)["unreachable_since"], "A knows that B is away")
    b.start()
    found, seconds = wait_until_held(link, version)
    say("after the outage", found, seconds)
    assert found.gone == ["location LOC00033", "location LOC00034"]

    for module in ("Locations", "Tariffs"):
        two.desk_b.fetch_everything(link.name, module)
    found, seconds = wait_until_held(link, version)
    say("read in full", found, seconds)
    assert found.gone == []
    assert two.vanished_at_b() == ["location LOC00033", "location LOC00034"]


_PRICED = assortment.element(("ENERGY", 0.39))


def say(what: str, found: Any, seconds: float) -> None:
    print(f"\n{what}, {seconds:.1f} s: {found}")  # noqa: T201
