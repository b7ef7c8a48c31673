"""Two running portals, connected and watched by staff in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.portals.support import Portal, locations_file, wait_until

pytestmark = [pytest.mark.portals, pytest.mark.browser]
CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "long-enough-1"


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = CHROMIUM if CHROMIUM.exists() else None
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield launched
        launched.close()


@dataclass
class Desk:
    """Somebody at work in the browser on one portal."""

    portal: Portal
    page: Page

    @classmethod
    def at(cls, portal: Portal, browser: Browser) -> Desk:
        portal.do("staff", username="desk", password=PASSWORD)
        page = browser.new_context(timezone_id="Europe/Amsterdam").new_page()
        page.set_default_timeout(30_000)
        desk = cls(portal, page)
        desk.open("")
        page.get_by_label("Username").fill("desk")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        return desk

    def open(self, path: str) -> None:
        self.page.goto(f"{self.portal.url}/admin/{path}")

    def invite(self, name: str) -> tuple[str, str]:
        """Versions URL and token from the sheet."""
        self.open("parties/connection/")
        self.page.get_by_role("link", name="Invite a partner").click()
        self.page.get_by_label("Name of the partner").fill(name)
        self.page.get_by_role("button", name="Make the invitation").click()
        return self._on_the_sheet("Versions URL"), self._on_the_sheet("Registration token")

    def _on_the_sheet(self, title: str) -> str:
        return self.page.locator(f"dt:has-text('{title}') + dd code").inner_text()

    def connect(self, name: str, versions_url: str, token: str) -> None:
        """Register, and watch the transcript to its end."""
        self.open("parties/connection/connect/")
        self.page.get_by_label("Name of the partner").fill(name)
        self.page.get_by_label("Versions URL").fill(versions_url)
        self.page.get_by_label("Token").fill(token)
        self.page.get_by_role("button", name="Connect").click()
        expect(self.page.locator(".callout-success")).to_contain_text("Registered with")


def test_two_companies_connect_and_see_each_others_locations(
    portals: tuple[Portal, Portal], browser: Browser, tmp_path: Path
) -> None:
    a, b = portals
    party_a, party_b = "NL*BRA", "NL*BRB"
    for portal, party in ((a, party_a), (b, party_b)):
        portal.do("host", party=party)
    desk_a, desk_b = Desk.at(a, browser), Desk.at(b, browser)

    desk_b.connect("Company A", *desk_a.invite("Company B"))
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
