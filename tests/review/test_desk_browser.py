"""The desk in a real browser, without a mouse."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from review.models import CDRReview, Dispute, ReviewDecision
from roaming import permissions
from tests.browsing import PASSWORD
from tests.review.desk import LIST, exception, page_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(live_server: LiveServer, page: Page) -> Page:
    """The browser, logged in as finance, at the desk; C3 has most at stake, then C2, C1."""
    cache.clear()
    permissions.ensure_groups()
    user = User.objects.create_user("fiona", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=permissions.FINANCE))
    for number in (1, 2, 3):
        exception(f"C{number}", str(number))
    page.goto(f"{live_server.url}{reverse(LIST)}")
    page.get_by_label("Username").fill("fiona")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#result_list a[data-review]")).to_have_count(3)
    ready(page)
    return page


def ready(page: Page) -> None:
    """The page that is shown listens to keys: its scripts ran."""
    page.wait_for_load_state("load")


def states() -> dict[str, str]:
    return dict(CDRReview.objects.values_list("cdr__cdr_key", "state"))


def test_three_exceptions_are_worked_off_by_keyboard(desk: Page) -> None:
    desk.keyboard.press("j")
    expect(desk.get_by_role("link", name="C3", exact=True)).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("3 of 3 left").first).to_be_visible()
    ready(desk)

    desk.keyboard.press("a")
    question = desk.get_by_role("dialog")
    expect(desk.get_by_role("dialog", name="Accept CDR C3 as stated?")).to_be_visible()
    assert states()["C3"] == "flagged"
    question.get_by_role("radio").first.focus()
    desk.keyboard.press("Space")
    desk.keyboard.press("Tab")
    desk.keyboard.type("As agreed")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("CDR C3 accepted. 2 of 3 left.")).to_be_visible()
    expect(desk.locator(".doc-lead")).to_be_visible()
    ready(desk)

    desk.keyboard.press("x")
    question.get_by_label("In your words").fill("A test charge of ours")
    question.get_by_role("button", name="Drop").press("Enter")
    expect(desk.get_by_text("CDR C2 dropped. 1 of 3 left.")).to_be_visible()
    ready(desk)

    desk.keyboard.press("d")
    expect(question.get_by_label("Title of the dispute")).to_have_value("CDR C1: Price differs")
    question.get_by_role("button", name="Dispute").press("Enter")
    expect(desk.get_by_text("None is left here.")).to_be_visible()

    assert states() == {"C1": "disputed", "C2": "dropped", "C3": "accepted"}
    assert ReviewDecision.objects.filter(by="fiona").count() == 3
    assert Dispute.objects.count() == 1


def test_no_key_decides_anything(desk: Page) -> None:
    desk.keyboard.press("j")
    for key, question in (("a", "Accept"), ("d", "Dispute"), ("x", "Drop"), ("r", "Check")):
        desk.keyboard.press(key)
        dialog = desk.get_by_role("dialog")
        expect(dialog).to_contain_text(question)
        desk.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(desk.get_by_role("link", name="C3", exact=True)).to_be_focused()
    assert set(states().values()) == {"flagged"}
    assert not ReviewDecision.objects.exists()


def test_keys_move_and_are_explained_and_do_nothing_while_typing(desk: Page) -> None:
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    expect(desk.get_by_role("link", name="C2", exact=True)).to_be_focused()
    desk.keyboard.press("k")
    expect(desk.get_by_role("link", name="C3", exact=True)).to_be_focused()
    desk.keyboard.press("?")
    keys = desk.get_by_role("dialog", name="Keys of the desk")
    expect(keys).to_contain_text("Check again")
    desk.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    desk.keyboard.press("/")
    desk.keyboard.type("ja?xd")
    expect(desk.locator("#searchbar")).to_have_value("ja?xd")
    expect(desk.get_by_role("dialog")).to_have_count(0)


def test_moving_is_announced_and_what_cannot_be_done(desk: Page) -> None:
    desk.keyboard.press("a")
    expect(desk.get_by_role("status").filter(has_text="Choose a CDR first")).to_have_count(1)
    desk.keyboard.press("j")
    said = "DE*XYZ, They owe us, EUR 3.00 at stake, Price differs. 1 of 3 on this page"
    expect(desk.get_by_role("status").filter(has_text=said)).to_have_count(1)
    for _ in range(4):
        desk.keyboard.press("j")
    expect(desk.get_by_role("status").filter(has_text="last one")).to_have_count(1)


def test_from_page_to_page_and_back_to_the_search(desk: Page, live_server: LiveServer) -> None:
    first = CDRReview.objects.get(cdr__cdr_key="C3")
    desk.goto(live_server.url + page_of(first))
    desk.keyboard.press("j")
    expect(desk.locator('.desk-queue a[aria-current="page"]')).to_contain_text("C2")
    ready(desk)
    desk.keyboard.press("k")
    expect(desk.locator('.desk-queue a[aria-current="page"]')).to_contain_text("C3")
    ready(desk)
    desk.keyboard.press("/")
    expect(desk.locator("#searchbar")).to_be_focused()


def test_all_that_is_shown_is_decided_after_one_question(desk: Page) -> None:
    desk.get_by_text("Decide about all of these").click()
    desk.get_by_role("link", name="Accept…").click()
    question = desk.get_by_role("dialog")
    expect(question).to_contain_text("Accept 3 CDRs as stated?")
    expect(question).to_contain_text("EUR 6.00")
    question.get_by_label("Agreed with the partner").check()
    question.get_by_role("button", name="Accept").click()
    expect(desk.get_by_text("3 CDRs accepted.")).to_be_visible()
    assert set(states().values()) == {"accepted"}


def test_selected_ones_are_decided_on_a_page_of_their_own(desk: Page) -> None:
    boxes = desk.locator("#result_list tbody input[type=checkbox]")
    boxes.nth(0).check()
    boxes.nth(2).check()
    desk.locator("select[name=action]").select_option(label="Drop")
    desk.get_by_role("button", name="Run").click()
    expect(desk.get_by_text("Drop 2 CDRs?")).to_be_visible()
    desk.get_by_label("In your words").fill("Credited")
    desk.get_by_role("button", name="Drop").click()
    expect(desk.get_by_text("2 CDRs dropped.")).to_be_visible()
    assert states() == {"C1": "dropped", "C2": "flagged", "C3": "dropped"}
