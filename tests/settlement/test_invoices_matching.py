"""What an invoice is found to say, CDR by CDR, and when that is looked at again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from cdrs.models import CDR
from parties.models import Event
from review import services as reviews
from review.choices import ReviewState
from review.disputes import services as disputes
from review.models import CDRReview
from settlement.choices import EntryKind
from settlement.models import Entry, Statement
from settlement.reconciliation import matching, services
from settlement.reconciliation.choices import RecordState
from settlement.reconciliation.documents import Line
from settlement.reconciliation.lines import replace as list_again
from settlement.reconciliation.models import InvoiceRecord
from settlement.services import adjust
from tests import builders
from tests.review.disputing import Biller
from tests.review.disputing import told as disputed
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

pytestmark = pytest.mark.django_db


def told(*listed: str, record_id: str = "R1") -> InvoiceRecord:
    """An invoice of the CPO that our eMSP was told."""
    name = f"CPO of {record_id}"
    document = record(*listed, id=record_id, invoice_id=f"INV-{record_id}")
    answer = billing_cpo(name).call("POST", RECEIVER, document)
    assert answer.code == 1000, answer.envelope
    return here(record_id)


def priced(invoice: InvoiceRecord, *lines: Line, with_tax: bool = False) -> InvoiceRecord:
    """The same invoice as a file lists it, with amounts."""
    list_again(invoice.pk, lines)
    invoice.lines_include_tax = with_tax
    invoice.save()
    matching.match(invoice.pk)
    return here(invoice.record_id)


def stated(cdrs: list[CDR]) -> Statement:
    """Our statement with these CDRs on it, as they say."""
    statement = Statement.objects.create(
        ours=emsp(ours=True),
        partner=cpo(),
        direction="payable",
        month=date(2026, 1, 1),
        currency="EUR",
    )
    for cdr in cdrs:
        Entry.objects.create(
            statement=statement,
            cdr=cdr,
            kind=EntryKind.CHARGE,
            ended_at=cdr.end_date_time,
            energy=cdr.energy,
            before_tax=cdr.total_cost,
            tax=Decimal(0),
        )
    return statement


def test_a_cdr_that_is_charged_twice_is_found_in_the_later_invoice() -> None:
    """Within one invoice the first time counts, of several invoices the earliest."""
    held("C1", "C2", "C3")
    first, second = told("C1", "C2", "c1"), told("C2", "C3", record_id="R2")

    assert list(first.lines.order_by("position").values_list("finding", flat=True)) == [
        "matched",
        "matched",
        "twice",
    ]
    assert findings(second) == {"C2": "twice", "C3": "matched"}
    assert second.lines.get(listed_id="C2").also_in == first


def test_what_was_withdrawn_charges_nothing() -> None:
    """I-009: the later invoice is the only one then."""
    held("C1")
    first, second = told("C1"), told("C1", record_id="R2")
    assert findings(second) == {"C1": "twice"}

    assert first.received_from is not None
    services.delete_record(first.owner.identity, "R1", source=first.received_from)
    assert matching.match_waiting() == 1
    assert findings(second) == {"C1": "matched"}


def test_what_came_first_still_counts_when_it_grows() -> None:
    held("C1", "C2")
    first, second = told("C1"), told("C2", record_id="R2")
    assert first.received_from is not None
    grown = record("C1", "C2", last_updated="2026-03-01T00:00:00Z", invoice_id="INV-R1")
    services.put_record(grown, source=first.received_from)
    matching.match_waiting()

    assert findings(first) == {"C1": "matched", "C2": "matched"}
    assert findings(second) == {"C2": "twice"}


def test_a_cdr_of_somebody_elses_driver_is_none_of_ours() -> None:
    builders.party("FR*OTH", "EMSP", ours=True)
    emsp(ours=True)
    held("C1")
    held("C2", cdr_token=builders.cdr_token("FR*OTH"))
    partner = builders.partner("CPO", speaks_for=(cpo(),), version="2.3.0")
    to = {"OCPI-to-country-code": "DE", "OCPI-to-party-id": "XYZ"}
    partner.call("POST", RECEIVER, record("C1", "C2"), headers=to)

    assert findings(here()) == {"C1": "matched", "C2": "foreign"}


@pytest.mark.parametrize(
    "state",
    [ReviewState.WAITING, ReviewState.FLAGGED, ReviewState.DISPUTED, ReviewState.DROPPED],
)
def test_what_is_not_to_be_settled_is_said(state: str) -> None:
    """An invoice may charge what we dispute; nobody pays it unseen."""
    held("C1")
    held("C2", state=state)
    assert findings(told("C1", "C2")) == {"C1": "matched", "C2": "held"}


def test_a_decision_about_a_cdr_is_followed() -> None:
    held("C1", state=ReviewState.FLAGGED)
    invoice = told("C1")
    assert findings(invoice) == {"C1": "held"}

    reviews.accept([held("C1", state=ReviewState.FLAGGED)[0].pk], reason="Fine", actor="Alice")
    assert matching.match_waiting() == 1
    assert findings(invoice) == {"C1": "matched"}


def test_a_cdr_that_comes_after_its_invoice_is_found() -> None:
    """I-010: late CDRs are no difference once they are here."""
    invoice = told("C1", "C2")
    assert invoice.result.unknown == 2
    held("C1")
    assert matching.match_waiting() == 1
    assert findings(invoice) == {"C1": "matched", "C2": "unknown"}
    assert matching.match_waiting() == 0


@pytest.mark.parametrize(
    ("line", "with_tax", "finding"),
    [
        (Line("C1", Decimal("2.50"), "EUR"), False, "matched"),
        (Line("C1", Decimal("2.5049"), "EUR"), False, "matched"),
        (Line("C1", Decimal("2.51"), "EUR"), False, "amount"),
        (Line("C1", Decimal("2.50"), "CHF"), False, "amount"),
        (Line("C1", Decimal("3.00"), "EUR"), True, "matched"),
        (Line("C1", Decimal("2.50"), "EUR"), True, "amount"),
        (Line("C1", None, ""), False, "matched"),
    ],
)
def test_amounts_that_a_file_says_are_compared(line: Line, with_tax: bool, finding: str) -> None:
    """To the cent, before or with tax, in the currency of the CDR."""
    taxed = {"before_taxes": 2.5, "taxes": [{"name": "VAT", "amount": 0.5}]}
    held("C1", total_cost=taxed)
    assert findings(priced(told("C1"), line, with_tax=with_tax)) == {"C1": finding}


def test_sums_are_exact_per_finding_and_currency() -> None:
    """Decimals of eight places add up without rounding."""
    held("C1", total_cost={"before_taxes": 0.1001})
    held("C2", total_cost={"before_taxes": 0.2002})
    held("C3", currency="CHF", total_cost={"before_taxes": 7})
    invoice = told("C1", "C2", "C3", "C9")

    sums = {(row.finding, row.currency): row for row in invoice.sums.all()}
    assert sums["matched", "EUR"].before_tax == Decimal("0.3003")
    assert sums["matched", "EUR"].cdrs == 2
    assert sums["matched", "CHF"].before_tax == Decimal(7)
    assert sums["unknown", ""].cdrs == 1
    assert sums["unknown", ""].before_tax == Decimal(0)


def test_the_total_of_the_invoice_is_held_against_the_cdrs() -> None:
    """What OCPI does not say, staff enter: what is left is unexplained."""
    held("C1", "C2")
    invoice = told("C1", "C2", "C9")
    services.enter_amounts(
        invoice, currency="eur", before_tax=Decimal("7.50"), after_tax=None, actor="Alice"
    )
    assert here().unexplained == Decimal("2.5")
    held("C9")
    matching.match_waiting()
    assert here().unexplained == 0
    with pytest.raises(services.NotPossible, match="currency"):
        services.enter_amounts(
            invoice, currency="", before_tax=Decimal(1), after_tax=None, actor="Alice"
        )


def test_what_our_statement_has_and_no_invoice_lists_is_counted() -> None:
    """The statement of the CDRs that are listed says what should be there too."""
    statement = stated(held("C1", "C2", "C3"))
    invoice = told("C1", "C9")

    assert (invoice.result.statement, invoice.result.unlisted) == (statement, 2)
    told("C2", record_id="R2")
    services.match_again(invoice, actor="Alice")
    assert here().result.unlisted == 1


def test_the_amount_of_our_statement_is_ours() -> None:
    """What was agreed about a CDR counts, not what it said first."""
    (cdr,) = held("C1")
    stated([cdr])
    Entry.objects.update(before_tax=Decimal("2.00"))
    invoice = priced(told("C1"), Line("C1", Decimal("2.50"), "EUR"))
    assert findings(invoice) == {"C1": "amount"}
    assert invoice.sums.get().before_tax == 2


@pytest.mark.parametrize(
    ("amount", "finding", "ours"),
    [("1.50", "matched", "1.50"), ("2.50", "matched", "2.50"), ("2.00", "amount", "2.50")],
)
def test_an_invoice_may_charge_what_was_agreed_in_a_dispute(
    amount: str, finding: str, ours: str
) -> None:
    """Before it was agreed the whole CDR was charged, and is taken off elsewhere; both are right."""
    case = disputed(Biller().bill("C1"))
    case = disputes.close(case, outcome="partly", agreed=Decimal(1), reason="Agreed", actor="fay")
    invoice = priced(told("C1"), Line("C1", Decimal(amount), "EUR"))
    assert findings(invoice) == {"C1": "matched" if amount == "2.50" else "amount"}

    adjust(case, off=Decimal(1), tax_rate=Decimal(21), reason="By mail", actor="fay")
    assert matching.match_waiting() == 1
    assert findings(here()) == {"C1": finding}
    assert here().sums.get().before_tax == Decimal(ours)


def test_an_invoice_of_our_statement_charges_what_no_invoice_charges_yet() -> None:
    """Issuing it twice charges nothing twice."""
    found = held("C1", "C2", "C3")
    ours, partner = cpo(ours=True), emsp()
    statement = stated(found)
    Statement.objects.update(ours=ours, partner=partner, direction="receivable")
    statement.refresh_from_db()
    services.issue(ours, partner, "INV-0", [found[0].pk], actor="Alice")

    invoice = services.issue_statement(statement, invoice_id="INV-1", actor="Alice")
    assert findings(invoice) == {"C2": "matched", "C3": "matched"}
    assert invoice.statement == statement
    with pytest.raises(services.NotPossible, match="already"):
        services.issue_statement(statement, invoice_id="INV-2", actor="Alice")


def test_accepting_what_differs_needs_a_reason() -> None:
    held("C1")
    invoice = told("C1", "C9")

    with pytest.raises(services.NotPossible, match="say why"):
        services.accept(invoice, actor="Alice")
    with pytest.raises(services.NotPossible, match="changed meanwhile"):
        services.accept(invoice, reason="Fine", version=7, actor="Alice")
    services.accept(invoice, reason="C9 is known to be late", version=1, actor="Alice")
    assert here().state == RecordState.ACCEPTED
    assert Event.objects.get(name="invoice.accepted").actor == "Alice"
    with pytest.raises(services.NotPossible, match="already"):
        services.dispute(invoice, reason="No", actor="Alice")
    services.reopen(invoice, actor="Alice")
    assert here().state == RecordState.OPEN


def test_disputing_an_invoice_disputes_the_cdrs_that_differ() -> None:
    """Those that are right are settled as before; what is charged twice is right once."""
    emsp(ours=True)
    held("C1", "C3")
    held("C2", state=ReviewState.FLAGGED)
    told("C3", record_id="R0")
    invoice = priced(
        told("C1", "C2", "C3"), Line("C1", Decimal("9.99"), "EUR"), Line("C2"), Line("C3")
    )
    assert findings(invoice) == {"C1": "amount", "C2": "held", "C3": "twice"}

    (case,) = services.dispute(invoice, reason="Too much", actor="Alice")
    claims = dict(case.disputed.values_list("review__cdr__cdr_id", "claimed"))
    assert claims["C1"] == Decimal("7.49")
    states = dict(CDRReview.objects.values_list("cdr__cdr_id", "state"))
    assert states == {"C1": "disputed", "C2": "disputed", "C3": "clean"}
    assert here().state == RecordState.DISPUTED
    assert "Too much" in here().reason


def test_the_number_of_statements_does_not_grow_with_the_cdrs() -> None:
    """Set-based: an invoice of forty CDRs costs what one of four costs."""
    counts = []
    for number in (4, 40):
        names = [f"N{number}-{position}" for position in range(number)]
        held(*names)
        invoice = told(*names, record_id=f"R{number}")
        with CaptureQueriesContext(database) as queries:
            matching.match(invoice.pk)
        counts.append(len(queries))
    assert counts[0] == counts[1]
