"""Two companies, one on each portal, and staff who do in the browser what has to be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocpi.compare import differences
from tests.portals import assortment
from tests.portals.desk import Desk
from tests.portals.holding import KINDS
from tests.portals.support import Link, wait_until

LATER = "2025-06-01T12:00:00Z"


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
        pk = self.id_at_a("tariffs_tariff", "tariff_id", tariff_id)
        self.desk_a.open(f"tariffs/tariff/{pk}/withdraw/")
        self.desk_a.press("Delete")
        self.desk_a.reads(f"{tariff_id} was deleted. Partners are told.")

    def unpublish(self, location_id: str) -> None:
        """Staff of A take a location away from everybody."""
        pk = self.id_at_a("locations_location", "location_id", location_id)
        self.desk_a.open(f"locations/location/{pk}/edit/")
        self.desk_a.field("Published").uncheck(force=True)
        self.desk_a.press("Save and tell partners")
        wait_until(
            lambda: self.link.a.rows(
                "SELECT 1 FROM locations_location WHERE id = %s AND NOT publish", pk
            ),
            "the location is saved",
        )

    def id_at_a(self, table: str, column: str, name: str) -> int:
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
