"""One dispute from the page of its CDR to its end, in a real browser."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from review.choices import DisputeOutcome, ReviewState
from review.models import Dispute
from roaming import permissions
from tests import builders
from tests.browsing import PASSWORD
from tests.ocpi.signing import Meter, signed_data
from tests.review.disputing import Biller, states

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TARIFF = builders.tariff("T1", elements=[builders.priced(ENERGY=0.2)])


@pytest.fixture
def finance(live_server: LiveServer, page: Page) -> Page:
    """The browser, logged in as finance."""
    cache.clear()
    permissions.ensure_groups()
    user = User.objects.create_user("fay", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=permissions.FINANCE))
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill("fay")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")
    return page


def look(page: Page, name: str) -> None:
    """A picture for whoever works on the pages; only where one asks for it."""
    folder = os.environ.get("PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_dispute_from_its_cdr_to_its_end(
    live_server: LiveServer, finance: Page, tmp_path: Path
) -> None:
    meter = Meter()
    biller = Biller()
    data = signed_data(meter.charge(), key=meter.der)
    (review,) = biller.bill("C1", tariffs=[TARIFF], signed_data=data)
    finance.goto(f"{live_server.url}/admin/cdrs/cdr/{review.pk}/change/")
    signed = finance.locator("#signed-values")
    expect(signed).to_contain_text("Verified")
    expect(signed).to_contain_text("the meter signed 12.5 kWh")
    look(finance, "cdr")

    finance.locator("#disputes").get_by_role("link", name="Dispute it").click()
    finance.get_by_label("Title").fill("Night price, January")
    finance.get_by_label("What is wrong").fill("The night price of 0.20 was not applied.")
    finance.get_by_label("Claimed of C1").fill("0.5")
    look(finance, "open")
    finance.get_by_role("button", name="Open the case").click()
    expect(finance.locator(".doc-lead")).to_contain_text("We do not agree with one CDR")
    look(finance, "draft")

    with finance.expect_download() as waiting:
        finance.get_by_role("link", name="Evidence").click()
    saved = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(saved)
    with zipfile.ZipFile(saved) as archive:
        assert archive.testzip() is None
        overview = archive.read("index.html").decode()
        price = archive.read("cdrs/001-C1/price.txt").decode()
    assert "Night price, January" in overview
    assert "as we make it EUR 2.00" in price
    page_of_it = finance.context.new_page()
    with zipfile.ZipFile(saved) as archive:
        archive.extractall(tmp_path / "pack")
    page_of_it.goto((tmp_path / "pack" / "index.html").as_uri())
    expect(page_of_it.get_by_role("heading", name="CDRs")).to_be_visible()
    look(page_of_it, "evidence")
    page_of_it.close()

    finance.get_by_role("link", name="Mark as told").click()
    dialog = finance.get_by_role("dialog")
    dialog.get_by_label("Told to").fill("billing@partner.example")
    look(finance, "tell")
    dialog.get_by_role("button", name="Mark as told").click()
    expect(finance.locator(".timeline").first).to_contain_text("Told billing@partner.example")

    finance.get_by_role("link", name="They answered").click()
    dialog.get_by_label("What they say").fill("You are right. We credit it.")
    dialog.get_by_role("button", name="They answered").click()
    expect(finance.locator(".doc-badges")).to_contain_text("Waiting for us")

    biller.credit("C1")
    finance.reload()
    expect(finance.locator(".callout-success")).to_contain_text("EUR 2.50 less before tax")
    look(finance, "credited")
    finance.get_by_role("link", name="Close as proposed").click()
    dialog.get_by_role("button", name="Close as proposed").click()
    expect(finance.locator(".doc-badges")).to_contain_text("Credited by the partner")
    look(finance, "closed")
    finance.goto(f"{live_server.url}/admin/review/dispute/?tab=closed")
    expect(finance.get_by_role("link", name=Dispute.objects.get().number)).to_be_visible()
    look(finance, "list")
    assert Dispute.objects.get().outcome == DisputeOutcome.CREDITED
    assert states() == [ReviewState.ACCEPTED]
