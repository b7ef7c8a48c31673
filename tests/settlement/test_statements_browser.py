"""A month in a real browser: one person closes, another approves, and the document opens."""

from __future__ import annotations

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from parties.models import Event
from roaming import permissions
from settlement.models import Statement
from tests.browsing import PASSWORD, listen, log_in
from tests.settlement.support import charge, settled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def logged_in(browser: Browser, home: str, name: str, complaints: list[str]) -> Page:
    """A browser of its own for a member of finance; errors of scripts go to ``complaints``."""
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=permissions.FINANCE))
    context = browser.new_context()
    listen(context, home, complaints)
    page = context.new_page()
    log_in(page, home, name)
    return page


def test_one_closes_another_approves_and_the_document_opens(
    live_server: LiveServer, browser: Browser
) -> None:
    with time_machine.travel("2026-01-20T12:00:00Z", tick=False):
        settled(charge("C1"), charge("C2"))
    statement = Statement.objects.get()
    complaints: list[str] = []
    anna = logged_in(browser, live_server.url, "anna", complaints)
    anna.goto(f"{live_server.url}/admin/settlement/statement/?month=2026-01")
    anna.get_by_role("link", name="DE*XYZ").click()
    anna.get_by_role("link", name="Close", exact=False).click()
    anna.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(anna.get_by_text("You closed it.")).to_be_visible()
    expect(anna.locator("a[data-confirm]", has_text="Approve")).to_have_count(0)

    ben = logged_in(browser, live_server.url, "ben", complaints)
    ben.goto(f"{live_server.url}/admin/finance/")
    ben.get_by_role("link", name="NL-ABC-2026-01-0001").click()
    ben.locator("a[data-confirm]", has_text="Approve").click()
    ben.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(ben.locator(".doc-badges")).to_contain_text("Approved")

    statement.refresh_from_db()
    assert (statement.closed_by, statement.approved_by) == ("anna", "ben")
    paper = ben.request.get(
        f"{live_server.url}{ben.get_by_role('link', name='PDF').get_attribute('href')}"
    )
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.body().startswith(b"%PDF-")
    assert Event.objects.filter(name="statement.approved", actor="ben").exists()
    assert complaints == []
