"""Two running portals, connected and watched by staff in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.portals.desk import Desk
from tests.portals.support import Portal, locations_file, wait_until

pytestmark = [pytest.mark.portals, pytest.mark.browser]


def test_two_companies_connect_and_see_each_others_locations(
    portals: tuple[Portal, Portal], browser: Browser, tmp_path: Path
) -> None:
    a, b = portals
    party_a, party_b = "NL*BRA", "NL*BRB"
    a.do("host", party=party_a, roles=["CPO"])
    b.do("host", party=party_b, roles=["EMSP"])
    desk_a, desk_b = Desk.at(a, browser), Desk.at(b, browser)

    invitation = desk_a.invite("Company B", sees=f"{party_a} CPO")
    desk_b.connect("Company A", *invitation, shows=f"{party_b} EMSP")
    file = locations_file(tmp_path / "locations.json", [party_a], 25)
    a.do("take_in", file=str(file))
    wait_until(lambda: len(b.holdings(party_a)) == 25, "the locations arrive at B")

    desk_b.open("locations/location/map/")
    expect(desk_b.page.locator("body")).to_contain_text(re.compile(r"\d+ locations in view"))

    location = a.value(
        "SELECT o.id FROM locations_location o JOIN parties_party p ON p.id = o.owner_id"
        " WHERE p.party_id = 'BRA' AND EXISTS (SELECT 1 FROM locations_evse e"
        " WHERE e.location_id = o.id AND e.status = 'AVAILABLE') ORDER BY o.id LIMIT 1"
    )
    desk_a.open(f"locations/location/{location}/change/")
    desk_a.page.get_by_role("link", name="Put out of order").first.click()
    desk_a.page.get_by_role("button", name="Put out of order").last.click()
    seconds = wait_until(
        lambda: any(
            status == "OUTOFORDER"
            for held in b.holdings(party_a).values()
            for _, status, _ in held["evses"] or ()
        ),
        "the status arrives at B",
    )
    print(f"\nfrom click to the partner's database: {seconds:.2f} s")  # noqa: T201
