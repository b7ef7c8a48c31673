"""Locations of one portal arrive at the other: by import, by a change, by pull."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocpi.datetimes import format_datetime
from tests.portals.support import Link, Portal, evse_path, locations_file, wait_until

pytestmark = pytest.mark.portals
LOCATIONS = 300


def test_an_imported_set_arrives_object_by_object(link: Link, tmp_path: Path) -> None:
    file = locations_file(tmp_path / "locations.json", [link.a_party], LOCATIONS)
    counts = link.a.answer("import_ocpi", "locations", str(file))
    assert counts["created"] == LOCATIONS
    seconds = link.wait_until_equal()
    print(f"\n{LOCATIONS} imported locations delivered in {seconds:.1f} s")  # noqa: T201
    assert max(link.b.received(link.name).values()) == 1

    repeated = link.a.do("take_in", file=str(file))
    assert repeated["unchanged"] == LOCATIONS
    assert link.a.pending(link.name) == 0
    link.b.wait_until_pulled(link.name)
    pulled = link.b.manage("pull", link.name, "locations", "--full")
    assert pulled == {
        "created": 0, "updated": 0, "unchanged": LOCATIONS, "rejected": 0, "warnings": 0,
    }  # fmt: skip
    assert link.equal()


def test_a_status_travels_from_back_office_to_partner(link: Link, tmp_path: Path) -> None:
    file = locations_file(tmp_path / "locations.json", [link.a_party], 3)
    link.a.do("take_in", file=str(file))
    link.wait_until_equal()
    office = link.a.do("back_office", name=f"{link.name} office", party=link.a_party)
    figures = []
    for status in ("BLOCKED", "CHARGING", "RESERVED", "AVAILABLE", "INOPERATIVE"):
        body = {"status": status, "last_updated": format_datetime(datetime.now(UTC))}
        answer = link.a.request("PATCH", evse_path(link.a_party), office, json=body)
        assert answer.json()["status_code"] == 1000, answer.text
        figures.append(link.wait_until_equal())
    assert link.b.holdings(link.a_party)["LOC00001"]["evses"][0][1] == "INOPERATIVE"
    print("\nPATCH to arrival:", ", ".join(f"{s:.2f} s" for s in figures))  # noqa: T201


def test_owners_that_a_file_names_become_hosted_and_the_rest_waits(
    portals: tuple[Portal, Portal], parties: Callable[[str], str], tmp_path: Path
) -> None:
    a, _ = portals
    owners = [parties("C"), parties("C")]
    file = locations_file(tmp_path / "locations.json", owners, 20)
    documents = json.loads(file.read_text())
    nameless = {k: v for k, v in documents[0].items() if k not in {"country_code", "party_id"}}
    file.write_text(json.dumps([*documents, {**nameless, "id": f"LOST-{owners[0]}"}]))

    first = a.do("take_in", file=str(file))
    assert (first["created"], first["rejected"]) == (40, 1)
    for owner in owners:
        assert len(a.holdings(owner)) == 20
        hosted = a.rows(
            "SELECT role, is_ours FROM parties_party WHERE country_code = %s AND party_id = %s",
            *owner.split("*"),
        )
        assert hosted == [("CPO", True)]
    waiting = "SELECT state, times_seen FROM exchange_quarantined WHERE object_reference = %s"
    assert a.rows(waiting, f"LOST-{owners[0]}") == [("open", 1)]

    second = a.do("take_in", file=str(file))
    assert (second["created"], second["updated"], second["unchanged"]) == (0, 0, 40)
    assert a.rows(waiting, f"LOST-{owners[0]}") == [("open", 2)]


def test_what_was_there_before_is_pulled_after_the_handshake(
    portals: tuple[Portal, Portal], parties: Callable[[str], str], tmp_path: Path
) -> None:
    """T-140."""
    (a, b), ours, theirs = portals, parties("A"), parties("B")
    link = Link(f"Pulled {ours}", a, b, ours, theirs)
    for portal, party in ((a, ours), (b, theirs)):
        portal.do("host", party=party)
        file = locations_file(tmp_path / "locations.json", [party], 120)
        portal.do("take_in", file=str(file))
    invitation = a.do("invite", name=link.name, party=ours)
    assert b.do("connect", name=link.name, party=theirs, **invitation)["state"] == "done"
    link.wait_until_equal()
    back = Link(link.name, b, a, theirs, ours)
    back.wait_until_equal()
    assert a.received(link.name) == b.received(link.name) == {}
    wait_until(lambda: b.connection(link.name)["last_reached_at"], "B has reached A")
