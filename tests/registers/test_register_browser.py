"""The life of one code in a real browser: applied for in public, decided by two, revoked, and its public history."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from registers.models import CodeEvent, IssuedCode
from registers.running.choices import CodeState
from roaming import permissions
from tests.browsing import PASSWORD
from tests.registers import running

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE: ViewportSize = {"width": 375, "height": 812}


@pytest.fixture
def desks(live_server: LiveServer, page: Page) -> Iterator[tuple[Page, Page]]:
    """Two people of operations, each in a browser of their own."""
    cache.clear()
    permissions.ensure_groups()
    browser = page.context.browser
    assert isinstance(browser, Browser)
    made = []
    for name in ("olga", "piet"):
        user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
        user.groups.add(Group.objects.get(name=permissions.OPERATIONS))
        desk = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        desk.goto(f"{live_server.url}/admin/")
        desk.get_by_label("Username").fill(name)
        desk.get_by_label("Password").fill(PASSWORD)
        desk.get_by_role("button", name="Log in").click()
        desk.wait_for_url("**/admin/")
        made.append(desk)
    yield made[0], made[1]
    for desk in made:
        desk.context.close()


def look(page: Page, name: str) -> None:
    """Nothing is wider than the phone; a picture for whoever works on the pages, where one asks for it."""
    if page.viewport_size == PHONE:
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def confirm(desk: Page, label: str, **fields: str) -> None:
    """Click an action, fill in what it asks, and say yes."""
    desk.locator(".doc-buttons").get_by_role("link", name=re.compile(f"{label}$")).click()
    dialog = desk.get_by_role("dialog")
    for name, value in fields.items():
        dialog.locator(f"[name={name}]").fill(value)
    dialog.get_by_role("button", name=label, exact=True).click()


def test_the_life_of_a_code(live_server: LiveServer, page: Page, desks: tuple[Page, Page]) -> None:
    running.run(contact="Write to codes@registry.example.", fee_application=100, fee_year=90)
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/register/")
    expect(page.get_by_text("No code is issued yet.")).to_be_visible()
    page.get_by_role("link", name="Apply", exact=True).click()
    page.get_by_label("Wanted code").fill("acm")
    page.get_by_label("Name of your company").fill("Acme Charging Ltd")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("GB*ACM is free.")).to_be_visible()
    look(page, "apply")

    expect(page.get_by_label("Legal name")).to_have_value("Acme Charging Ltd")
    page.get_by_role("button", name="Send the application").click()
    expect(page.get_by_role("alert")).to_contain_text("It was not sent yet")
    look(page, "wrong")
    page.get_by_label("Registration number").fill("01234567")
    page.get_by_label("Country of the seat").fill("gb")
    page.get_by_label("Your name").fill("Ann Other")
    page.get_by_label("Your e-mail address").fill("ann@acme.example")
    page.get_by_role("button", name="Send the application").click()
    expect(page.get_by_text("Waits for review")).to_be_visible()
    look(page, "tracked")
    tracking = page.url

    one, other = desks
    one.goto(f"{live_server.url}/admin/registers/application/")
    look(one, "applications")
    one.get_by_role("link", name="GB*ACM").click()
    expect(one.get_by_text("Held for it as CPO and EMSP.")).to_be_visible()
    look(one, "application")
    confirm(one, "Reviewed", note="The company is in the commercial register.")
    expect(one.get_by_text("Somebody else has to decide.")).to_be_visible()
    expect(one.get_by_role("link", name="Grant")).to_have_count(0)

    other.goto(f"{live_server.url}/admin/registers/application/?tab=decide")
    other.get_by_role("link", name="GB*ACM").click()
    expect(other.get_by_text("olga found:")).to_be_visible()
    confirm(other, "Grant")
    expect(other.locator(".doc-lead")).to_contain_text("Acme Charging Ltd has GB*ACM")
    look(other, "issued")

    page.goto(tracking)
    page.get_by_role("link", name="GB*ACM in the register").click()
    expect(
        page.get_by_text("Assigned to Acme Charging Ltd as operator and provider.")
    ).to_be_visible()
    look(page, "code")

    one.goto(other.url)
    confirm(one, "Suspend", reason="Fee not paid")
    expect(one.locator(".doc-badges")).to_contain_text("Suspended")
    confirm(other, "Revoke", reason="The company ended")
    expect(other.locator(".doc-badges")).to_contain_text("Revoked")
    look(other, "revoked")

    page.reload()
    history = page.locator(".history li")
    expect(history).to_have_count(3)
    expect(history.nth(2)).to_contain_text("Revoked")
    for private in ("Fee not paid", "ann@acme.example", "olga", "01234567"):
        expect(page.locator("body")).not_to_contain_text(private)
    look(page, "history")
    assert IssuedCode.objects.get().state == CodeState.REVOKED
    assert list(CodeEvent.objects.order_by("id").values_list("by", flat=True)) == [
        "piet",
        "olga",
        "piet",
    ]


def test_ids_are_looked_up_on_a_phone(live_server: LiveServer, page: Page) -> None:
    running.issue(running.run())
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/ids/")
    box = page.get_by_role("searchbox")
    box.fill("GB-ABC-C12345678-X")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_text("Not right")).to_be_visible()
    expect(page.locator("mark")).to_have_text("X")
    expect(page.get_by_text("issued by Our Registry").first).to_be_visible()
    look(page, "ids")
    box.fill("GB*ABC*" + "X" * 80)
    box.press("Enter")
    expect(page.get_by_text("This is no ID")).to_be_visible()
    look(page, "no-id")
    page.goto(f"{live_server.url}/register/?q=acme")
    expect(page.get_by_role("link", name="GB*ABC Acme Charging Ltd")).to_be_visible()
    look(page, "register")
