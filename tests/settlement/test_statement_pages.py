"""Staff pages of statements, their files, terms and the finance page."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from cdrs.models import CDR
from exchange.models import Job
from parties.models import Event
from review.choices import ReviewState
from review.models import CDRReview
from roaming import permissions
from settlement import selectors, services
from settlement.documents import pdf
from settlement.documents.contents import contents
from settlement.models import SettlementTerms, Statement
from settlement.services import booking
from settlement.services.terms import Terms
from tests import builders
from tests.cdrs.support import cpo, emsp, hold
from tests.settlement.support import charge, decide, settled
from tests.staff.conftest import LogIn, log_in, no_cached_figures

__all__ = ["log_in", "no_cached_figures"]
pytestmark = pytest.mark.django_db
LIST = "admin:settlement_statement_changelist"


@pytest.fixture(autouse=True)
def march() -> Iterator[None]:
    """It is March 2026: January and February are over."""
    with time_machine.travel("2026-03-10T12:00:00Z", tick=False):
        yield


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.FINANCE)


def text(client: Client, url: str) -> str:
    answer = client.get(url, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def january(currency: str = "EUR") -> Statement:
    return Statement.objects.get(month="2026-01-01", currency=currency)


def address(name: str, statement: Statement) -> str:
    return reverse(f"admin:settlement_statement_{name}", args=[statement.pk])


def closed(statement: Statement, *, until: str = "draft") -> Statement:
    done = services.close(statement, actor="ada")
    if until != "draft":
        done = services.approve(done, actor="grace")
    return services.lock(done, actor="ada") if until == "locked" else done


def streamed(client: Client, url: str) -> bytes:
    answer: Any = client.get(url)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def test_without_statements_the_list_says_where_they_come_from(client: Client) -> None:
    assert "No statements yet" in text(client, reverse(LIST))


def test_the_list_shows_a_month_with_its_totals_and_what_is_not_on_it(client: Client) -> None:
    settled(
        charge("C1"),
        charge("C2", currency="CHF"),
        charge("C3", "2026-02-03T10:00:00Z"),
        charge("C4"),
    )
    decide("dispute", CDR.objects.get(cdr_id="C4"))
    shown = text(client, reverse(LIST) + "?month=2026-01")
    for words in ("January 2026", "EUR 2.50", "EUR 3.03", "CHF 3.03", "they owe us EUR 3.03"):
        assert words in shown
    assert "1 CDR disputed" in shown
    usual = client.get(reverse(LIST)).context["cl"]
    assert usual.month == date(2026, 2, 1)
    everything = client.get(reverse(LIST) + "?month=all").context["cl"]
    assert {row.month.month for row in everything.result_list} == {1, 2}


def test_the_list_costs_the_same_however_many_statements_there_are(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    settled(*(charge(f"C{n}", currency=c) for n, c in enumerate(("EUR", "CHF", "DKK", "SEK"))))
    with django_assert_max_num_queries(35) as first:
        client.get(reverse(LIST) + "?month=2026-01")
    settled(*(charge(f"D{n}", currency=c) for n, c in enumerate(("GBP", "NOK", "PLN", "CZK"))))
    with django_assert_max_num_queries(len(first.captured_queries)):
        client.get(reverse(LIST) + "?month=2026-01")


def test_the_page_is_a_document(client: Client) -> None:
    settled(charge("C1"), charge("C2", total_cost={"before_taxes": 1}))
    shown = text(client, address("change", january()))
    for words in (
        "Invoice",
        "No number yet",
        "NL*ABC · CPO",
        "DE*XYZ · EMSP",
        "2026-01-01 to 2026-01-31",
        "VAT 21 %",
        "Tax not stated",
        "The tax is not known of",
        "EUR 4.03",
        "Charges of January 2026",
        "30 days after it is closed",
    ):
        assert words in shown


@pytest.mark.parametrize(
    ("billing", "title"), [("direct", "Invoice"), ("reverse", "Self-billed credit to expect")]
)
def test_who_writes_the_document_follows_from_the_terms(
    client: Client, billing: str, title: str
) -> None:
    """OCPI 2.3.0, mod_invoice_reconciliation: directly by who delivered, or in reverse by who consumed."""
    services.set_terms(
        cpo(ours=True), emsp(ours=False), Terms(billing=billing, payment_days=14), actor="ada"
    )
    settled(charge())
    said = contents(january())
    assert said.title == title
    assert title in text(client, address("change", january()))
    done = closed(january())
    due = contents(done).due
    assert due is not None
    assert str(due.date()) == "2026-03-24"


def test_what_is_not_on_it_is_said_with_its_amount_and_why(client: Client) -> None:
    settled(charge("C1"), charge("C2"), charge("C3"), charge("C4"))
    decide("dispute", CDR.objects.get(cdr_id="C2"))
    decide("drop", CDR.objects.get(cdr_id="C3"))
    hold(charge("C5"))
    shown = text(client, address("change", january()))
    for words in ("They are in a dispute", "nobody pays them", "have not come to them"):
        assert words in shown
    services.close(january(), actor="ada", knowingly=True)
    decide("drop", CDR.objects.get(cdr_id="C4"))
    settled(charge("C6"))
    shown = text(client, address("change", january()))
    assert "taken back on a later statement" in shown
    assert "They came after it was closed" in shown
    later = text(client, address("change", Statement.objects.get(month="2026-03-01")))
    assert "Corrections of statements closed before" in later
    assert "Charges of earlier months, which came late" in later


def test_lines_can_be_grouped(client: Client) -> None:
    settled(charge("C1"), charge("C2"))
    page = address("change", january())
    assert "BEL" in text(client, f"{page}?by=country")
    assert "LOC1" in text(client, f"{page}?by=location")


def test_what_both_sides_owe_is_netted_per_currency(client: Client) -> None:
    settled(charge("C1"))
    statement = january()
    theirs = Statement.objects.create(
        ours=builders.party("NL*ABC", "EMSP", ours=True),
        partner=builders.party("DE*XYZ", "CPO"),
        direction="payable",
        month=statement.month,
        currency="EUR",
    )
    theirs.tallies.create(rate="VAT 21 %", cdrs=1, before_tax=Decimal(10), tax=Decimal("2.1"))
    shown = text(client, address("change", statement))
    assert "we owe them EUR 9.07" in shown
    assert address("change", theirs) in shown


def test_closing_approving_and_locking_take_two_people(log_in: LogIn, client: Client) -> None:
    settled(charge())
    assert "Close" in text(client, address("change", january()))
    client.post(address("close", january()))
    statement = january()
    assert (statement.state, statement.closed_by) == ("draft", "finance-member")
    shown = text(client, address("change", statement))
    assert "You closed it" in shown
    assert address("approve", statement) not in shown
    answer = client.post(address("approve", statement), follow=True)
    assert "somebody else has to approve it" in answer.content.decode()
    other = log_in(permissions.ADMINISTRATION)
    other.post(address("approve", statement))
    client.post(address("lock", statement))
    assert january().state == "locked"
    assert [event.name for event in Event.objects.filter(subject=f"statement:{statement.pk}")] == [
        "statement.locked",
        "statement.approved",
        "statement.closed",
    ]


def test_closing_although_something_is_not_reviewed_takes_its_number(client: Client) -> None:
    settled(charge("C1"))
    hold(charge("C2"))
    client.post(address("close", january()))
    assert january().state == "open"
    asked = text(client, address("close-knowingly", january()))
    assert "1 CDR of January 2026 (EUR 2.50 before tax) is not reviewed yet" in asked.replace(
        "\u202f", " "
    )
    client.post(address("close-knowingly", january()), {"seen": "5"})
    assert january().state == "open"
    client.post(address("close-knowingly", january()), {"seen": "1"})
    assert january().state == "draft"


def test_opening_again_needs_a_reason(client: Client) -> None:
    settled(charge())
    closed(january())
    client.post(address("reopen", january()), {"reason": ""})
    assert january().state == "draft"
    client.post(address("reopen", january()), {"reason": "Wrong month"})
    assert january().state == "open"
    assert "Wrong month" in text(client, address("change", january()))


def test_notes_are_on_the_document_until_it_is_locked(client: Client) -> None:
    settled(charge())
    client.post(address("notes", january()), {"notes": "PO 4711"})
    assert "PO 4711" in text(client, address("change", january()))
    closed(january(), until="locked")
    client.post(address("notes", january()), {"notes": "Other"})
    assert january().notes == "PO 4711"


@pytest.mark.parametrize("group", [permissions.OPERATIONS, permissions.VIEWERS])
def test_others_only_look(log_in: LogIn, group: str) -> None:
    settled(charge())
    client = log_in(group)
    shown = text(client, address("change", january()))
    assert "data-confirm" not in shown
    for name in ("close", "approve", "lock", "reopen", "withdraw"):
        assert client.post(address(name, january()), {"reason": "x"}).status_code == 403
    assert client.get(address("notes", january())).status_code == 403
    assert client.get(reverse("admin:settlement_close_month")).status_code == 403
    terms = reverse("admin:settlement_settlementterms_add")
    assert client.post(terms, {}).status_code == 403
    assert january().state == "open"


def test_the_csv_has_every_entry_with_numbers_and_without_formulas(client: Client) -> None:
    settled(
        charge("=1+2"),
        charge("C2", total_cost={"before_taxes": 1}),
        charge("C3", credit=True, credit_reference_id="C1", total_cost={"before_taxes": -1}),
    )
    content = streamed(client, address("csv", january())).decode()
    rows = {row["CDR"]: row for row in csv.DictReader(io.StringIO(content))}
    assert set(rows) == {"'=1+2", "C2", "C3"}
    first = rows["'=1+2"]
    assert (first["before tax"], first["tax"], first["with tax"], first["tax rate"]) == (
        "2.5",
        "0.525",
        "3.025",
        "VAT 21 %",
    )
    assert (rows["C2"]["tax"], rows["C2"]["tax rate"]) == ("", "not stated")
    assert (rows["C3"]["line"], rows["C3"]["before tax"]) == ("Credit CDR", "-1")


def test_the_csv_is_read_as_it_is_sent(client: Client, django_assert_max_num_queries: Any) -> None:
    """Rows come from a cursor of the database, some at a time, with everything that they show."""
    settled(*(charge(f"C{n}") for n in range(30)))
    answer: Any = client.get(address("csv", january()))
    assert answer.streaming
    with django_assert_max_num_queries(2):
        assert sum(chunk.count(b"\n") for chunk in answer.streaming_content) == 31


def test_the_spreadsheet_has_totals_and_entries(client: Client) -> None:
    settled(charge("=1+2"), charge("C2"))
    book = zipfile.ZipFile(io.BytesIO(streamed(client, address("xlsx", january()))))
    sheets = [book.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2)]
    assert "<v>6.05</v>" in sheets[0]
    assert "<f>" not in sheets[1]
    assert "<v>2.5</v>" in sheets[1]


def test_the_pdf_is_one_and_says_whether_it_is_a_draft(client: Client) -> None:
    settled(charge())
    answer = client.get(address("pdf", january()))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    done = closed(january(), until="locked")
    answer = client.get(address("pdf", done))
    assert answer["Content-Disposition"] == 'inline; filename="NL-ABC-2026-01-0001.pdf"'


def test_the_pdf_holds_names_of_any_script_and_many_rates() -> None:
    party = emsp(ours=False)
    party.name = "Žižkov Élektro Ångström Ηλεκτρικό Электро ŁÓDŹ"
    party.save()
    rates = [
        {"before_taxes": 2.5, "taxes": [{"name": f"Steuer {n}", "percentage": n, "amount": 0.1}]}
        for n in range(60)
    ]
    settled(*(charge(f"C{n}", total_cost=cost) for n, cost in enumerate(rates)))
    made = pdf.render(contents(january()))
    assert made.count(b"/Type /Page\n") >= 2


def test_a_full_look_is_shown_with_the_time_it_took(client: Client) -> None:
    settled(charge())
    shown = text(client, address("verify", january()))
    assert "They agree, to the last digit" in shown
    january().tallies.update(before_tax=7)
    shown = text(client, address("verify", january()))
    assert "They do not agree" in shown


def test_a_month_is_closed_for_all_from_the_list(client: Client) -> None:
    settled(charge("C1"), charge("C2", currency="CHF"))
    page = reverse("admin:settlement_close_month")
    assert "January 2026" in text(client, f"{page}?month=2026-01")
    answer = client.post(page, {"month": "2026-01"})
    job = Job.objects.get()
    assert answer["Location"] == reverse("admin:exchange_job_change", args=[job.pk])
    assert job.parameters == {
        "month": "2026-01-01",
        "knowingly": False,
        "actor": "finance-member",
    }


def test_terms_are_agreed_on_and_their_change_is_an_event(client: Client) -> None:
    ours, partner = cpo(ours=True), emsp(ours=False)
    page = reverse("admin:settlement_settlementterms_add")
    given = {
        "ours": ours.pk,
        "partner": partner.pk,
        "billing": "reverse",
        "tax": "reverse_charge",
        "time_zone": "Europe/Amsterdam",
        "payment_days": 14,
        "notes": "Article 196",
    }
    client.post(page, given)
    terms = SettlementTerms.objects.get()
    assert (terms.billing, terms.payment_days, terms.changed_by) == (
        "reverse",
        14,
        "finance-member",
    )
    change = reverse("admin:settlement_settlementterms_change", args=[terms.pk])
    client.post(change, {**given, "payment_days": 30})
    event = Event.objects.filter(name="settlement.terms").first()
    assert event is not None
    assert event.detail == {"before": {"payment_days": 14}, "after": {"payment_days": 30}}
    assert "payment days changed" in text(client, change)


def test_entries_are_listed_per_statement(client: Client) -> None:
    settled(charge("C1"), charge("C2"))
    page = reverse("admin:settlement_entry_changelist")
    assert "Entries are listed per statement" in text(client, page)
    shown = text(client, f"{page}?statement__id__exact={january().pk}")
    assert ">C1</a>" in shown
    assert ">C2</a>" in shown
    found = text(client, f"{page}?q=c1")
    assert ">C1</a>" in found
    assert ">C2</a>" not in found


def test_the_finance_page_says_what_waits_and_leads_there(client: Client) -> None:
    settled(charge("C1"), charge("C2"), charge("C3"), charge("C4", "2026-02-03T10:00:00Z"))
    CDRReview.objects.filter(cdr__cdr_id="C4").update(sold=4, margin=Decimal("1.5"))
    booking.book([CDR.objects.get(cdr_id="C4").pk], anew=True)
    CDRReview.objects.filter(cdr__cdr_id="C2").update(
        state=ReviewState.FLAGGED, at_stake=Decimal("1.25"), reasons=["price_differs"]
    )
    CDRReview.objects.filter(cdr__cdr_id="C3").update(margin=Decimal("-0.75"))
    done = services.close(january(), actor="ada", knowingly=True)
    shown = text(client, reverse("finance"))
    for words in (
        "EUR 1.25",
        "reason=price_differs",
        f"partner__id__exact={done.partner_id}",
        done.number,
        "they owe us",
        "EUR \u22120.75",
        "37.5 %",
    ):
        assert words in shown


def test_the_finance_page_is_cheap_the_second_time(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    settled(charge("C1"))
    client.get(reverse("finance"))
    with django_assert_max_num_queries(16):
        client.get(reverse("finance"))


def test_the_finance_page_is_empty_in_plain_words(client: Client) -> None:
    shown = text(client, reverse("finance"))
    assert "Every statement is locked, or there is none yet" in shown
    assert "Nothing waits to be reviewed" in shown


def test_who_may_not_look_has_no_finance_page(log_in: LogIn) -> None:
    assert log_in("").get(reverse("finance")).status_code == 403


def test_search_finds_statements_by_number(client: Client) -> None:
    settled(charge())
    closed(january())
    found = text(client, reverse("admin:search") + "?s=nl-abc-2026&extended=1")
    assert "NL-ABC-2026-01-0001" in found


def test_what_is_too_much_to_count_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    settled(charge())
    monkeypatch.setattr(selectors, "_LEFT_OUT", "SELECT pg_sleep(5), %s, %s, %s {of_one}")
    monkeypatch.setattr(selectors, "LONGEST_MS", 50)
    assert "Too much is unchecked to count" in text(client, reverse(LIST) + "?month=2026-01")
