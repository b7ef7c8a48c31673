"""What was agreed in a dispute is taken off a statement by hand, once, and taken back by its opposite."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from parties.models import Event
from review import checking
from review.choices import ReviewState
from review.disputes import services as disputes
from review.models import CDRReview, Dispute
from review.services import NotPossible as NotDecided
from roaming import permissions
from settlement import services
from settlement.choices import EntryKind, StatementState
from settlement.documents.contents import contents
from settlement.models import Adjustment, Entry, Statement
from settlement.verification import verify
from tests.review.disputing import Biller, happened, told
from tests.settlement.support import amounts
from tests.staff.conftest import LogIn, log_in, no_cached_figures

__all__ = ["log_in", "no_cached_figures"]
pytestmark = pytest.mark.django_db


def partly(biller: Biller, agreed: str = "1") -> Dispute:
    case = told(biller.bill("C1"))
    return disputes.close(
        case, outcome="partly", agreed=Decimal(agreed), reason="Agreed", actor="fay"
    )


def adjusted(case: Dispute, off: str = "1", actor: str = "fay") -> Statement:
    made = services.adjust(
        case, off=Decimal(off), tax_rate=Decimal(21), reason="By mail", actor=actor
    )
    return made.entry.statement


def test_it_is_an_entry_that_counts_in_totals_and_no_cdr() -> None:
    case = partly(Biller())
    statement = adjusted(case)
    assert amounts(statement) == (0, "-1", "-0.21")
    (line,) = contents(statement).kinds
    assert (line.label, line.after_tax) == ("Adjustments by hand", "-1.21")
    assert any(f"{case.number}: By mail" in note for note in contents(statement).notes)
    assert verify(statement).is_equal
    assert Adjustment.objects.get().cdr_id == CDRReview.objects.get().pk
    assert happened(case)[-1] == "adjusted"


def test_nothing_is_taken_off_twice_and_nobody_changes_it() -> None:
    case = partly(Biller())
    statement = adjusted(case)
    with pytest.raises(NotDecided, match="At most"):
        adjusted(case, "0.01")
    with pytest.raises(NotDecided, match="taken back first"):
        disputes.reopen(case, reason="More", actor="fay")
    entry = Entry.objects.get(kind=EntryKind.ADJUSTMENT)
    for change in (entry.delete, Adjustment.objects.all().delete, _doubled):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    row = Adjustment.objects.get()
    services.take_back(row, reason="A mistake", actor="fay")
    with pytest.raises((NotDecided, services.NotPossible)):
        services.take_back(row, reason="Again", actor="fay")
    assert amounts(statement) == (0, "0", "0")
    assert Entry.objects.filter(kind=EntryKind.ADJUSTMENT).count() == 2
    disputes.reopen(case, reason="More", actor="fay")


def _doubled() -> None:
    Entry.objects.filter(kind=EntryKind.ADJUSTMENT).update(before_tax=-2)


def test_who_entered_it_does_not_approve_the_statement() -> None:
    statement = adjusted(partly(Biller()), actor="ada")
    Statement.objects.filter(pk=statement.pk).update(month="2025-11-01")
    services.close(statement, actor="fay")
    with pytest.raises(services.NotPossible, match="adjustment of yours"):
        services.approve(statement, actor="ada")
    assert services.approve(statement, actor="eve").state == StatementState.APPROVED


def test_a_credit_that_comes_after_it_is_held_up() -> None:
    biller = Biller()
    case = partly(biller)
    adjusted(case)
    biller.credit("C1")
    checking.drain()
    row = CDRReview.objects.get(cdr__credit=True)
    assert (row.state, row.reasons) == (ReviewState.FLAGGED, ["credit_adjusted"])
    assert "It may be double" in case_events(case)


def case_events(case: Dispute) -> str:
    return " ".join(Event.objects.filter(subject=case.reference).values_list("message", flat=True))


def test_the_page_of_the_dispute_offers_it_and_the_files_have_it(log_in: LogIn) -> None:
    client: Client = log_in(permissions.FINANCE)
    case = partly(Biller())
    page = reverse("admin:review_dispute_change", args=[case.pk])
    assert "were agreed and are on no statement" in client.get(page).content.decode()
    given = {"off": "", "tax_rate": "21", "reason": "They pay less"}
    address = reverse("admin:review_dispute_adjust", args=[case.pk])
    assert "EUR 1.00 before tax" in client.get(address).content.decode()
    answer = client.post(address, given, follow=True)
    text = answer.content.decode()
    assert f"{case.number}: They pay less" in text
    assert "Adjustments by hand" in text
    statement = Statement.objects.get(entries__kind=EntryKind.ADJUSTMENT)
    csv = client.get(reverse("admin:settlement_statement_csv", args=[statement.pk]))
    lines = b"".join(csv.streaming_content).decode()  # type: ignore[attr-defined]
    assert "Adjustment by hand" in lines
    entries = client.get(
        reverse("admin:settlement_entry_changelist"), {"statement__id__exact": statement.pk}
    )
    assert f">{case.number}</a>" in entries.content.decode()
    assert "Take back the adjustment" in client.get(page).content.decode()
    viewer = log_in(permissions.VIEWERS)
    assert "Take back the adjustment" not in viewer.get(page).content.decode()
