"""A finance day: twenty exceptions are understood and settled, two people close the month, the invoice matches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from parties.services import agreements
from review import checking
from review.choices import ReviewState
from review.models import CDRReview, Dispute
from roaming import permissions
from settlement.models import Entry, Statement
from settlement.reconciliation.models import InvoiceRecord
from tariffs.services.agreed import AgreedTerms, save_agreed
from tests import builders
from tests.browsing import PASSWORD
from tests.builders import Partner
from tests.finance import day
from tests.review import support
from tests.settlement import invoices

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

REASONS = {"accept": "It is right as it is", "drop": "Nobody owes this", "dispute": ""}
KEYS = {"accept": "a", "drop": "x", "dispute": "d"}
AFTERWARDS = {
    "accept": ReviewState.ACCEPTED,
    "drop": ReviewState.DROPPED,
    "dispute": ReviewState.DISPUTED,
}


@pytest.fixture
def partner() -> Partner:
    """A CPO that bills our eMSP, what we know of its charging, and which of its tariffs is agreed."""
    permissions.ensure_groups()
    made = invoices.billing_cpo()
    support.token()
    support.token("FOREIGN1", owner="DE*OTH", contract_id="DE-OTH-C00000001-Q")
    assert made.put("receiver/tariffs/NL/ABC/T1", builders.tariff()).code == 1000
    ours, theirs = invoices.emsp(ours=True), invoices.cpo()
    agreement = agreements.save(ours, theirs, agreements.Terms())
    save_agreed(agreement, AgreedTerms("T1", valid_from=agreement.created_at.replace(year=2025)))
    return made


@pytest.fixture
def fiona(live_server: LiveServer, page: Page, partner: Partner) -> Page:
    return log_in(page, live_server, "fiona")


@pytest.fixture
def felix(live_server: LiveServer, page: Page, partner: Partner) -> Iterator[Page]:
    """Somebody else at a browser of his own."""
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(timezone_id="Europe/Amsterdam")
    yield log_in(context.new_page(), live_server, "felix")
    context.close()


def log_in(page: Page, live_server: LiveServer, name: str) -> Page:
    cache.clear()
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=permissions.FINANCE))
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")
    return page


def test_a_finance_day(live_server: LiveServer, partner: Partner, fiona: Page, felix: Page) -> None:
    wrong = {one.document["id"]: one for one in day.wrong()}
    _arrive(partner, [*day.good(), *(one.document for one in wrong.values())])
    assert len(wrong) == CDRReview.objects.filter(state=ReviewState.FLAGGED).count() == 20

    _settle(fiona, live_server, wrong)
    for identifier, one in wrong.items():
        review = CDRReview.objects.get(cdr__cdr_id=identifier)
        assert (identifier, review.state) == (identifier, AFTERWARDS[one.decision])
        assert review.decisions.filter(by="fiona").exists()
    assert Dispute.objects.count() == sum(one.decision == "dispute" for one in wrong.values())

    statement = _close_the_month(fiona, felix, live_server)
    _match_the_invoice(fiona, live_server, partner, statement)


def _arrive(partner: Partner, documents: list[day.Document]) -> None:
    for document in documents:
        answer = partner.call("POST", "receiver/cdrs", document)
        assert answer.code == 1000, (document["id"], answer.message)
        checking.drain()


def _settle(fiona: Page, live_server: LiveServer, wrong: dict[str, day.Wrong]) -> None:
    """By keyboard: what is wrong stands on the page, and after each decision the next one opens."""
    fiona.goto(f"{live_server.url}/admin/review/cdrreview/")
    expect(fiona.locator(".tabs .active")).to_contain_text("20")
    fiona.keyboard.press("j")
    fiona.keyboard.press("Enter")
    left = dict(wrong)
    while left:
        expect(fiona.locator(".desk-left").first).to_contain_text(str(len(left)))
        here = fiona.locator('.desk-queue [aria-current="page"] b')
        one = left.pop(here.inner_text())
        expect(fiona.locator(".problems")).to_contain_text(one.says)
        expect(fiona.locator("#price")).to_contain_text(
            "EUR" if one.says != "Another currency" else "CHF"
        )
        fiona.wait_for_load_state()
        fiona.keyboard.press(KEYS[one.decision])
        dialog = fiona.get_by_role("dialog")
        if one.decision != "dispute":
            dialog.get_by_label("Another reason").check()
            dialog.get_by_label("In your words", exact=True).fill(REASONS[one.decision])
        dialog.locator("button[type=submit]").click()
        expect(dialog).to_have_count(0)
    expect(fiona.locator("body")).to_contain_text("Nothing is to review")


def _close_the_month(fiona: Page, felix: Page, live_server: LiveServer) -> Statement:
    statement = Statement.objects.get(currency="EUR", month="2026-01-01")
    url = f"{live_server.url}/admin/settlement/statement/{statement.pk}/change/"
    fiona.goto(url)
    fiona.get_by_role("link", name="Close").click()
    _confirm(fiona)
    expect(fiona.locator("article")).to_contain_text("You closed it.")
    expect(fiona.get_by_role("link", name="Approve")).to_have_count(0)
    felix.goto(url)
    felix.get_by_role("link", name="Approve").click()
    _confirm(felix)
    felix.get_by_role("link", name="Lock").click()
    _confirm(felix)
    expect(felix.locator("article")).to_contain_text("Locked")
    statement.refresh_from_db()
    assert (statement.closed_by, statement.approved_by) == ("fiona", "felix")
    pdf = felix.request.get(f"{url.removesuffix('change/')}pdf/")
    assert pdf.body().startswith(b"%PDF")
    return statement


def _confirm(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    dialog.locator("button[type=submit]").click()
    expect(dialog).to_have_count(0)


def _match_the_invoice(
    fiona: Page, live_server: LiveServer, partner: Partner, statement: Statement
) -> None:
    """The partner's record names what is on the statement, and it is found so."""
    billed = list(Entry.objects.filter(statement=statement).values_list("cdr__cdr_id", flat=True))
    assert partner.call("POST", invoices.RECEIVER, invoices.record(*billed)).code == 1000
    record = InvoiceRecord.objects.get()
    fiona.goto(f"{live_server.url}/admin/settlement/invoicerecord/{record.pk}/change/")
    expect(fiona.locator("article")).to_contain_text("Matched")
    assert set(invoices.findings(record).values()) == {"matched"}
