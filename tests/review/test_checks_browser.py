"""The pages of checks in a real browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from exchange.models import Job
from review import missing, trials
from review.models import CheckSetting
from roaming import permissions
from tests.browsing import PASSWORD
from tests.cdrs.support import cpo
from tests.review import support
from tests.review.support import check, right
from tests.review.test_missing import ended

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def finance(live_server: LiveServer, page: Page) -> Page:
    """The browser, logged in as finance."""
    cache.clear()
    permissions.ensure_groups()
    user = User.objects.create_user("fina", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=permissions.FINANCE))
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill("fina")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Finance").first).to_be_visible()
    return page


def test_a_check_is_tried_out_and_switched_on(finance: Page, live_server: LiveServer) -> None:
    check(right())
    finance.goto(f"{live_server.url}/admin/review/checksetting/")
    finance.get_by_role("link", name="Too much energy").click()
    expect(finance.get_by_role("heading", name="Too much energy").first).to_be_visible()
    finance.get_by_role("link", name="Try it out").first.click()
    finance.get_by_label("Counts above (kWh)").fill("5")
    finance.get_by_label("From the month").fill("2026-01")
    finance.get_by_label("To the month").fill("2026-01")
    finance.get_by_role("button", name="Try it out").click()
    expect(finance.get_by_text("CDRs looked at")).to_be_visible()
    trials.run(Job.objects.get(kind="trial"))
    said = finance.get_by_text("It would have flagged 1 of 1 CDRs, EUR 2.50")
    expect(said).to_be_visible(timeout=10_000)
    expect(finance.get_by_role("link", name="C1")).to_be_visible()
    finance.get_by_role("link", name="Switch it on with these values").click()
    dialog = finance.get_by_role("dialog")
    expect(dialog.get_by_text("Then: Counts above: 5 kWh")).to_be_visible()
    dialog.get_by_role("button", name="Switch it on with these values").click()
    expect(finance.get_by_text("CDRs are checked like this from now on.")).to_be_visible()
    assert CheckSetting.objects.get().parameters == {"kwh": "5"}


def test_a_partner_gets_its_own_values(finance: Page, live_server: LiveServer) -> None:
    cpo()
    finance.goto(f"{live_server.url}/admin/review/checksetting/check/price/")
    finance.get_by_role("link", name="Another way for a partner").click()
    finance.get_by_label("Partner").select_option(label=str(cpo()))
    finance.get_by_label("A difference up to this does not count").fill("0.10")
    finance.get_by_label("Read tariffs").select_option("ROUND_EACH_LINE")
    finance.get_by_role("button", name="Save").click()
    expect(finance.get_by_role("cell", name="NL*ABC").first).to_be_visible()
    row = CheckSetting.objects.get()
    assert (row.partner, row.parameters["rules"]) == (cpo(), "ROUND_EACH_LINE")


def test_a_missing_cdr_is_closed_in_a_dialog(finance: Page, live_server: LiveServer) -> None:
    support.tariff(last_updated=(timezone.now() - timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    ended("S1")
    missing.find()
    finance.goto(f"{live_server.url}/admin/review/missingcdr/")
    expect(finance.get_by_text("EUR 2.50").first).to_be_visible()
    finance.get_by_role("link", name="NL*ABC/S1").click()
    finance.get_by_role("link", name="Close", exact=True).click()
    dialog = finance.get_by_role("dialog")
    dialog.get_by_label("Why no CDR is expected any more").fill("Test charge")
    dialog.get_by_role("button", name="Close", exact=True).click()
    expect(finance.get_by_text("It is closed.")).to_be_visible()
    expect(finance.get_by_text("Test charge").first).to_be_visible()
