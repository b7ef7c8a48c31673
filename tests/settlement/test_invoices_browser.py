"""The pages of invoices in a real browser."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from review.choices import ReviewState
from roaming import permissions
from settlement.reconciliation.models import InvoiceRecord
from tests.browsing import PASSWORD
from tests.settlement.invoices import RECEIVER, billing_cpo, emsp, held, here, record

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def finance(live_server: LiveServer, page: Page) -> Page:
    """The browser, logged in as finance; a partner has told an invoice of which some CDRs differ."""
    cache.clear()
    permissions.ensure_groups()
    user = User.objects.create_user("fin", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=permissions.FINANCE))
    emsp(ours=True)
    held("C1", "C2")
    held("C3", state=ReviewState.FLAGGED)
    billing_cpo().call("POST", RECEIVER, record("C1", "C2", "C3", "C9", "C2"))
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill("fin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("link", name="Invoices")).to_be_visible()
    return page


def test_an_invoice_is_looked_at_and_accepted(finance: Page) -> None:
    """From the list to a group of its CDRs, and back to decide."""
    finance.get_by_role("link", name="Invoices").click()
    finance.get_by_role("link", name="INV-2026-01").click()
    expect(finance.get_by_text("2 match, 3 need a look.")).to_be_visible()
    finance.get_by_role("link", name="Not here").click()
    expect(finance.get_by_text("C9", exact=True)).to_be_visible()
    finance.get_by_role("link", name="INV-2026-01").first.click()
    finance.get_by_role("link", name="Accept").click()
    finance.get_by_label("Reason").fill("C9 comes next month")
    finance.get_by_role("button", name="Accept").click()
    expect(finance.get_by_text("was accepted").first).to_be_visible()
    assert here().reason == "C9 comes next month"


def test_the_lines_of_a_table_that_cannot_be_read_are_named(finance: Page) -> None:
    """Uploaded, corrected, uploaded again."""
    finance.get_by_role("link", name="Invoices").click()
    finance.get_by_role("link", name="Upload an invoice").click()
    finance.get_by_label("Who sent it").select_option(index=1)
    finance.get_by_label("To whom").select_option(index=1)
    finance.get_by_label("Number of the invoice").fill("INV-7")
    files = finance.get_by_label("List of its CDRs")
    bad = b"CDR ID;Amount;Currency\nC1;2,50;EUR\nC2;much;EUR\n"
    files.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": bad})
    finance.get_by_role("button", name="Upload and match").click()
    expect(finance.get_by_text("Line 3: 'much' is no amount.")).to_be_visible()
    good = bad.replace(b"much", b"2,50")
    finance.get_by_label("List of its CDRs").set_input_files(
        {"name": "a.csv", "mimeType": "text/csv", "buffer": good}
    )
    finance.get_by_role("button", name="Upload and match").click()
    expect(finance.get_by_text("Invoice INV-7 was taken in.")).to_be_visible()
    assert InvoiceRecord.objects.get(invoice_id="INV-7").cdrs == 2
