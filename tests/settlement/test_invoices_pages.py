"""Staff pages of invoices."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from parties.models import Event
from review.choices import ReviewState
from review.models import CDRReview, Dispute
from roaming import permissions
from settlement.choices import Billing, EntryKind, StatementState
from settlement.models import Entry, SettlementTerms, Statement
from settlement.reconciliation import matching, services
from settlement.reconciliation.choices import Origin, RecordState
from settlement.reconciliation.models import InvoiceRecord
from tests import builders
from tests.settlement.invoices import (
    RECEIVER,
    billing_cpo,
    cpo,
    emsp,
    findings,
    held,
    here,
    record,
)
from tests.staff.conftest import LogIn, log_in, no_cached_figures

__all__ = ["log_in", "no_cached_figures"]
pytestmark = pytest.mark.django_db
LIST = "admin:settlement_invoicerecord_changelist"
UPLOAD = "admin:settlement_invoicerecord_upload"


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.FINANCE)


def text(client: Client, url: str) -> str:
    answer = client.get(url, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def page_of(invoice: InvoiceRecord, action: str = "") -> str:
    if action:
        return reverse(f"admin:settlement_invoicerecord_{action}", args=[invoice.pk])
    return reverse("admin:settlement_invoicerecord_change", args=[invoice.pk])


def told(*listed: str, **fields: Any) -> InvoiceRecord:
    document = record(*listed, **fields)
    name = f"CPO of {document['id']}"
    assert billing_cpo(name).call("POST", RECEIVER, document).code == 1000
    return here(document["id"])


def issued(*identifiers: str) -> InvoiceRecord:
    ours, partner = cpo(ours=True), emsp()
    keys = [cdr.pk for cdr in held(*identifiers)]
    return services.issue(ours, partner, "INV-OUT", keys, actor="Alice")


def rows(answer: Any) -> list[dict[str, str]]:
    content = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(content)))


def test_the_list_says_what_came_and_what_was_found(client: Client) -> None:
    held("C1")
    told("C1", "C9")
    told("C1", id="R2", invoice_id="INV-AGAIN")
    shown = text(client, reverse(LIST))
    for words in (
        "INV-2026-01",
        "direct billing",
        "NL*ABC",
        "DE*XYZ",
        "1 not here",
        "1 charged twice",
    ):
        assert words in shown


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"R1", "R2", "R3"}),
        ("?q=inv-b", {"R2"}),
        ("?q=NL*ABC/r3", {"R3"}),
        ("?way=received", {"R1", "R2", "R3"}),
        ("?way=sent", set()),
        ("?standing=open", {"R1", "R2"}),
        ("?standing=withdrawn", {"R3"}),
        ("?found=unknown", {"R2", "R3"}),
        ("?found=nothing", {"R1"}),
        ("?found=total", set()),
    ],
)
def test_the_list_is_narrowed(client: Client, query: str, expected: set[str]) -> None:
    held("C1")
    told("C1", id="R1", invoice_id="INV-A")
    told("C8", id="R2", invoice_id="INV-B")
    gone = told("C9", id="R3", invoice_id="INV-C")
    assert gone.received_from is not None
    services.delete_record(gone.owner.identity, "R3", source=gone.received_from)
    found = client.get(reverse(LIST) + query).context["cl"].result_list
    assert {row.record_id for row in found} == expected


def test_an_empty_list_says_where_invoices_come_from(client: Client) -> None:
    assert "No invoices yet" in text(client, reverse(LIST))


def test_the_page_says_in_plain_words_what_differs(client: Client) -> None:
    held("C1", "C2")
    held("C3", state=ReviewState.DISPUTED)
    invoice = told("C1", "C2", "C2", "C3", "C9")

    shown = text(client, page_of(invoice))
    for words in (
        "NL*ABC bills DE*XYZ (direct billing): 5 CDRs. 2 match, 3 need a look.",
        "Not here",
        "It may still come",
        "Charged twice",
        "Not to be settled",
        "EUR 5.00",
        "Enter amounts",
    ):
        assert words in shown


def test_each_group_leads_to_its_cdrs_and_each_cdr_to_its_page(client: Client) -> None:
    """The list of a group has its CDRs alone, with links to what they are."""
    (cdr,) = held("C1")
    invoice = told("C1", "C9")
    shown = text(client, page_of(invoice))
    address = reverse("admin:settlement_invoicerecordcdr_changelist")
    for finding, there, not_there in (("matched", "C1", "C9"), ("unknown", "C9", "C1")):
        url = f"{address}?record__id__exact={invoice.pk}&finding__exact={finding}"
        assert url.replace("&", "&amp;") in shown
        group = text(client, url)
        assert there in group
        assert f">{not_there}<" not in group
    assert reverse("admin:cdrs_cdr_change", args=[cdr.pk]) in text(
        client, f"{address}?record__id__exact={invoice.pk}"
    )


def test_amounts_are_entered_and_explained(client: Client) -> None:
    held("C1")
    invoice = told("C1")
    bad = client.post(page_of(invoice, "amounts"), {"before_tax": "3"})
    assert b"Say the currency" in bad.content

    client.post(page_of(invoice, "amounts"), {"before_tax": "3.10", "currency": "eur"})
    shown = text(client, page_of(invoice))
    assert "The invoice says EUR 3.10 before tax; the CDRs it lists come to EUR 2.50 here." in shown
    assert "It asks for EUR 0.60 more." in shown
    client.post(page_of(invoice, "amounts"), {"before_tax": "2.5", "currency": "EUR"})
    assert "That is the same." in text(client, page_of(invoice))


def test_what_matches_is_accepted_and_what_differs_needs_a_reason(client: Client) -> None:
    held("C1")
    good, bad = told("C1"), told("C9", id="R2", invoice_id="INV-B")

    client.post(page_of(good, "accept"), {"reason": ""})
    answer = client.post(page_of(bad, "accept"), {"reason": ""}, follow=True)
    assert b"say why" in answer.content
    assert here("R2").state == RecordState.OPEN
    client.post(page_of(bad, "accept"), {"reason": "C9 comes next month"})
    assert (here().state, here("R2").state) == (RecordState.ACCEPTED, RecordState.ACCEPTED)
    assert "C9 comes next month" in text(client, page_of(bad))
    client.post(page_of(bad, "reopen"))
    assert here("R2").state == RecordState.OPEN


def test_the_differences_are_disputed(client: Client) -> None:
    emsp(ours=True)
    held("C1")
    held("C2", state=ReviewState.FLAGGED)
    invoice = told("C1", "C2")
    assert "Of its CDRs 1 have" in text(client, page_of(invoice, "dispute"))
    client.post(page_of(invoice, "dispute"), {"reason": "Too long"})

    assert here().state == RecordState.DISPUTED
    assert CDRReview.objects.get(cdr__cdr_id="C2").state == ReviewState.DISPUTED
    assert Dispute.objects.get().title == "Invoice INV-2026-01"
    assert Event.objects.filter(name="invoice.disputed", subject=invoice.reference).exists()


def test_a_get_changes_nothing(client: Client) -> None:
    held("C1")
    invoice = told("C1")
    for action in ("accept", "dispute", "match", "amounts"):
        assert client.get(page_of(invoice, action)).status_code == 200
    assert here().state == RecordState.OPEN
    assert not Event.objects.filter(name__in=["invoice.accepted", "invoice.matched"]).exists()


def test_an_invoice_of_ours_is_sent_again_and_withdrawn(client: Client) -> None:
    builders.connection(
        "Taker", speaks_for=(emsp(),), pushes=("invoicereconciliation",), version="2.3.0"
    )
    invoice = issued("C1")
    shown = text(client, page_of(invoice))
    assert "Taker" in shown
    assert "No partner takes it" not in shown
    client.post(page_of(invoice, "resend"))
    assert Event.objects.filter(name="invoice.resent").exists()
    client.post(page_of(invoice, "withdraw"))
    assert "It was withdrawn" in text(client, page_of(invoice))
    assert client.post(page_of(invoice, "resend"), follow=True).status_code == 200
    assert Event.objects.filter(name="invoice.resent").count() == 1


def test_without_a_receiver_there_is_a_file_for_the_partner(client: Client) -> None:
    """Formula-safe, row by row, with the amounts that the invoice charges."""
    cpo(ours=True)
    invoice = issued("C1", "=C2")
    assert "No partner takes it over OCPI" in text(client, page_of(invoice))
    found = rows(client.get(page_of(invoice, "cdrs")))
    assert [(row["CDR ID"], row["Amount"], row["Currency"]) for row in found] == [
        ("C1", "2.5", "EUR"),
        ("'=C2", "2.5", "EUR"),
    ]


def test_the_file_of_a_portal_is_read_by_another() -> None:
    """What is exported for a partner can be uploaded there, amounts and odd IDs included."""
    from settlement.reconciliation import tables
    from settlement.reconciliation.admin import export
    from settlement.reconciliation.selectors import with_amounts
    from staff.export import csv_lines

    invoice = issued("C1", "=C2")
    lines = with_amounts(invoice.lines.order_by("position").select_related("cdr"))
    content = "".join(csv_lines(lines.iterator(chunk_size=10), export.FOR_PARTNER)).encode()
    from datetime import UTC

    read = tables.read(content, zone=UTC)
    assert not read.wrong
    assert [(line.cdr_id, line.amount, line.currency) for line in read.lines] == [
        ("C1", Decimal("2.5"), "EUR"),
        ("=C2", Decimal("2.5"), "EUR"),
    ]


def test_results_are_exported_whole_or_by_group(client: Client) -> None:
    held("C1")
    invoice = told("C1", "C9", "c1")
    found = rows(client.get(page_of(invoice, "results")))
    assert [(row["CDR"], row["found"], row["also on invoice"]) for row in found] == [
        ("C1", "Matches", ""),
        ("C9", "Not here", ""),
        ("c1", "Charged twice", "INV-2026-01"),
    ]
    one = rows(client.get(page_of(invoice, "results") + "?finding=unknown"))
    assert [row["CDR"] for row in one] == ["C9"]


def statement_of(*identifiers: str, ours: bool = True) -> Statement:
    """An approved statement of our CPO (or, not ``ours``, of our eMSP) with these CDRs."""
    sides = (cpo(ours=ours), emsp(ours=not ours))
    statement = Statement.objects.create(
        ours=sides[0] if ours else sides[1],
        partner=sides[1] if ours else sides[0],
        direction="receivable" if ours else "payable",
        month=date(2026, 1, 1),
        currency="EUR",
        number="S-2026-01",
    )
    for cdr in held(*identifiers):
        Entry.objects.create(
            statement=statement,
            cdr=cdr,
            kind=EntryKind.CHARGE,
            ended_at=cdr.end_date_time,
            energy=cdr.energy,
            before_tax=cdr.total_cost,
            tax=Decimal(0),
        )
    Statement.objects.filter(pk=statement.pk).update(state=StatementState.APPROVED)
    return statement


def test_what_no_invoice_lists_is_shown_page_by_page(client: Client) -> None:
    names = [f"N{number:03}" for number in range(60)]
    statement_of("C1", *names, ours=False)
    invoice = told("C1")
    shown = text(client, page_of(invoice))
    assert "Not charged" in shown
    assert page_of(invoice, "unlisted") in shown

    first, second = (
        text(client, page_of(invoice, "unlisted") + f"?page={number}") for number in (1, 2)
    )
    assert ("N000" in first, "N059" in first) == (True, False)
    assert ("N000" in second, "N059" in second) == (False, True)
    assert len(rows(client.get(page_of(invoice, "unlisted") + "?csv"))) == 60


def test_a_statement_becomes_an_invoice(client: Client) -> None:
    statement = statement_of("C1", "C2")
    url = reverse("admin:settlement_invoicerecord_issue")
    page = reverse("admin:settlement_statement_change", args=[statement.pk])
    assert f"{url}?statement={statement.pk}" in text(client, page)
    assert "S-2026-01" in text(client, f"{url}?statement={statement.pk}")
    client.post(url, {"statement": statement.pk, "invoice_id": ""})

    invoice = InvoiceRecord.objects.get()
    assert (invoice.invoice_id, invoice.statement) == ("S-2026-01", statement)
    again = client.post(url, {"statement": statement.pk, "invoice_id": "OTHER"})
    assert b"on an invoice already" in again.content


def test_about_a_statement_that_the_partner_bills_we_issue_nothing(client: Client) -> None:
    """Our eMSP pays, and the CPO bills directly; with reverse billing it would be ours to write."""
    statement = statement_of("C1", ours=False)
    url = reverse("admin:settlement_invoicerecord_issue")
    assert url not in text(
        client, reverse("admin:settlement_statement_change", args=[statement.pk])
    )
    answer = client.post(url, {"statement": statement.pk, "invoice_id": ""})
    assert b"it writes the invoice" in answer.content
    SettlementTerms.objects.create(
        ours=statement.ours, partner=statement.partner, billing=Billing.REVERSE
    )
    client.post(url, {"statement": statement.pk, "invoice_id": ""})
    assert InvoiceRecord.objects.get().is_reverse


def upload(client: Client, content: str, **fields: Any) -> Any:
    given = {
        "partner": cpo().pk,
        "ours": emsp(ours=True).pk,
        "invoice_id": "INV-77",
        "file": SimpleUploadedFile("cdrs.csv", content.encode("cp1252")),
        **fields,
    }
    return client.post(reverse(UPLOAD), given, follow=True)


def test_an_invoice_is_uploaded_as_a_table(client: Client) -> None:
    """For partners without the module: matched, with its amounts, and decided as any other."""
    cpo(), emsp(ours=True)
    held("C1", "C2")
    answer = upload(
        client,
        "CDR ID;Betrag;Währung\nC1;2,50;EUR\nC2;2,75;EUR\nC9;1,00;EUR\nSumme;6,25;\n",
        currency="EUR",
        before_tax="6.25",
    )
    assert answer.status_code == 200
    invoice = InvoiceRecord.objects.get()
    assert (invoice.origin, invoice.invoice_id) == (Origin.FILE, "INV-77")
    assert findings(invoice) == {"C1": "matched", "C2": "amount", "C9": "unknown"}
    assert invoice.unexplained == Decimal("1.25")
    shown = " ".join(answer.content.decode().split())
    assert "Another amount" in shown
    assert "EUR 2.75" in shown


def test_the_same_invoice_uploaded_again_replaces_the_first(client: Client) -> None:
    held("C1")
    upload(client, "CDR ID;Amount\nC1;2.50\n", currency="EUR")
    upload(client, "CDR ID;Amount\nC1;2.60\n", currency="EUR")
    assert findings(InvoiceRecord.objects.get()) == {"C1": "amount"}


def test_a_table_adds_amounts_to_what_the_partner_told(client: Client) -> None:
    """OCPI says which CDRs; the file may say what they cost, and no others."""
    held("C1", "C2")
    invoice = told("C1", "C2")
    upload(client, "CDR ID;Amount\nC2;9\n", invoice_id="inv-2026-01", currency="EUR")
    assert findings(here()) == {"C1": "matched", "C2": "amount"}
    assert InvoiceRecord.objects.get() == invoice
    refused = upload(client, "CDR ID;Amount\nC7;9\n", invoice_id="INV-2026-01", currency="EUR")
    assert b"without C7" in refused.content


def test_what_the_partner_tells_later_takes_the_place_of_the_table(client: Client) -> None:
    """The amounts that staff uploaded stay; nothing counts as charged twice."""
    held("C1", "C2")
    upload(client, "CDR ID;Amount\nC1;9\nC2;2.5\n", currency="EUR", before_tax="11.5")
    invoice = told("C1", "C2", invoice_id="INV-77")
    matching.match_waiting()

    assert findings(invoice) == {"C1": "amount", "C2": "matched"}
    assert here().unexplained == Decimal("6.5")
    assert InvoiceRecord.objects.get(deleted_at=None) == invoice


def test_a_table_with_mistakes_is_not_taken_in(client: Client) -> None:
    """Every bad line with its number; nothing of the others."""
    answer = upload(client, "CDR ID;Amount\nC1;2,50\nC2;much\n;1\nC4;1\n")
    shown = answer.content.decode()
    assert "Line 3: &#x27;much&#x27; is no amount." in shown
    assert "Line 4: There is no CDR ID." in shown
    assert not InvoiceRecord.objects.exists()
    assert b"Save it as CSV" in upload(client, "PK\x03\x04").content


@pytest.mark.parametrize("group", [permissions.VIEWERS, permissions.OPERATIONS])
def test_only_finance_changes_invoices(log_in: LogIn, group: str) -> None:
    held("C1")
    invoice = told("C1")
    client = log_in(group)
    assert "Accept" not in text(client, page_of(invoice))
    for action in ("accept", "dispute", "match", "amounts", "withdraw"):
        assert client.post(page_of(invoice, action)).status_code == 403
    for name in ("upload", "issue"):
        url = reverse(f"admin:settlement_invoicerecord_{name}")
        assert client.get(url).status_code == 403


def test_the_search_box_finds_invoices(client: Client) -> None:
    from roaming import search

    invoice = told("C1")
    request = client.get(reverse(LIST)).wsgi_request
    assert page_of(invoice) in [found.link for found in search.results(request, "inv-2026")]


def test_the_pages_cost_the_same_however_many_cdrs_there_are(client: Client) -> None:
    """No query per row."""
    counts = []
    for number in (3, 30):
        names = [f"M{number}-{position}" for position in range(number)]
        held(*names)
        invoice = told(*names, id=f"R{number}", invoice_id=f"INV-{number}")
        address = reverse("admin:settlement_invoicerecordcdr_changelist")
        for url in (page_of(invoice), f"{address}?record__id__exact={invoice.pk}"):
            client.get(url)
            with CaptureQueriesContext(database) as queries:
                client.get(url)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
