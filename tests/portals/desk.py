"""Somebody at work in the browser on a portal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browsing import PASSWORD
from tests.portals.support import Portal


@dataclass
class Desk:
    """A page of a browser in which staff with every right have logged in."""

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

    def open(self, path: str, **query: object) -> None:
        asked = f"?{urlencode(query)}" if query else ""
        self.page.goto(f"{self.portal.url}/admin/{path}{asked}")

    def press(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).last.click()

    def choose(self, field: str, label: str) -> None:
        self.field(field).select_option(label=label)

    def field(self, label: str) -> Locator:
        """The input of this name, which may be marked as required."""
        return self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$"))

    def reads(self, *texts: str) -> None:
        """The page says all of this."""
        for text in texts:
            expect(self.page.locator("#main, body").first).to_contain_text(text)

    # --- Connecting -----------------------------------------------------------------------------------

    def invite(
        self, name: str, sees: str | None = None, versions: Iterable[str] = ()
    ) -> tuple[str, str]:
        """Versions URL and token from the sheet; `sees` is a party of ours with its role."""
        self.open("parties/connection/")
        self.page.get_by_role("link", name="Invite a partner").click()
        self.page.get_by_label("Name of the partner").fill(name)
        self._tick(*([sees] if sees else []), *versions)
        self.press("Make the invitation")
        return self._on_the_sheet("Versions URL"), self._on_the_sheet("Registration token")

    def _on_the_sheet(self, title: str) -> str:
        return self.page.locator(f"dt:has-text('{title}') + dd code").inner_text()

    def connect(
        self,
        name: str,
        versions_url: str,
        token: str,
        *,
        shows: str | None = None,
        version: str | None = None,
    ) -> None:
        """Register, and watch the transcript to its end."""
        self.open("parties/connection/connect/")
        self.page.get_by_label("Name of the partner").fill(name)
        self.page.get_by_label("Versions URL").fill(versions_url)
        self.page.locator("#id_token").fill(token)
        if version:
            self.choose("OCPI version", version)
        self._tick(*([shows] if shows else []))
        self.press("Connect")
        expect(self.page.locator(".callout-success")).to_contain_text("Registered with")

    def _tick(self, *labels: str) -> None:
        for label in labels:
            self.field(label).check()

    def change_version(self, name: str, version: str) -> None:
        """Have another OCPI version spoken, and watch the transcript to its end."""
        self.open_connection(name, "version")
        self.choose("To", f"OCPI {version}")
        self.press("Change the OCPI version…")
        expect(self.page.locator(".callout-success")).to_be_visible()

    # --- What a connection is for ---------------------------------------------------------------------

    def open_connection(self, name: str, action: str = "change") -> None:
        self.open(f"parties/connection/{self.portal.connection(name)['id']}/{action}/")

    def take_in(self, module: str, file: Path, version: str) -> None:
        """Import a file, and watch the job to its end."""
        self.open("exchange/job/import/")
        self.choose("What", module)
        self.field("File").set_input_files(file)
        self.choose("OCPI version of the file", version)
        self.press("Import")
        self.watch_job()

    def fetch_everything(self, name: str, module: str) -> None:
        """Read a partner's whole list, and watch the job to its end."""
        self.open_connection(name, "pull")
        self.choose("What", module)
        self.page.get_by_label("Everything; what the partner no longer lists").check()
        self.press("Fetch now")
        self.watch_job()

    def watch_job(self) -> None:
        """Stay on the page of a job until it says that all is done."""
        shown = self.page.locator("article[data-job]")
        expect(shown).to_have_attribute("data-state", "done", timeout=60_000)
