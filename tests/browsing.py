"""A real browser for the tests of a file; each test has a context of its own, without cookies of another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

# The shell draws no window of its own, which spares half the work.
PROGRAMS = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
PASSWORD = "long-enough-1"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of the machine, else the one that Playwright brings."""
    found = next((program for program in PROGRAMS if program.exists()), None)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's event loop runs in this thread, where Django then fears for its queries.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A browser that may reach the test's server only, and complains about every error of a script."""
    complaints: list[str] = []
    context = browser.new_context(timezone_id="Europe/Amsterdam")
    shown = context.new_page()
    listen(context, live_server.url, complaints)
    yield shown
    # Leaving breaks off what a page still loads, of which it may complain.
    said = list(complaints)
    # What a page still asks for would meet the next test's database.
    shown.goto("about:blank")
    context.close()
    assert said == [], said


def listen(context: BrowserContext, home: str, complaints: list[str]) -> None:
    """Collect the errors of scripts in all pages of a context, and every address elsewhere that is asked for."""

    def asked(url: str) -> None:
        if not url.startswith((home, "data:", "about:", "blob:", "file:")):
            complaints.append(f"asked {url}")

    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on(
        "console", lambda said: complaints.append(said.text) if said.type == "error" else None
    )
    context.on("request", lambda request: asked(request.url))


def log_in(page: Page, home: str, username: str) -> None:
    """Log in as a user with :data:`PASSWORD`, from the page that asks for it."""
    page.goto(f"{home}/admin/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")
