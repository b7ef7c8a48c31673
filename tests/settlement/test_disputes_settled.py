"""A dispute on statements: what is settled in the end is what was agreed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db.models import Sum

from review import checking, services
from review.choices import ReviewState
from review.disputes import services as disputes
from review.models import CDRReview
from settlement.models import Entry
from tests.review.disputing import Biller, opened, told

pytestmark = pytest.mark.django_db


def settled() -> Decimal:
    """All that stands on statements, before tax."""
    total = Entry.objects.aggregate(total=Sum("before_tax"))["total"]
    return Decimal(total or 0)


def credit() -> CDRReview:
    """The review of the Credit CDR, checked."""
    checking.drain()
    return CDRReview.objects.get(cdr__credit=True)


@pytest.mark.parametrize(
    ("outcome", "total"),
    [("paid", Decimal("2.5")), ("withdrawn", Decimal(0)), ("credited", Decimal(0))],
)
def test_every_end_leaves_on_statements_what_is_owed(outcome: str, total: Decimal) -> None:
    case = told(Biller().bill("C1"))
    assert settled() == 0
    disputes.close(case, outcome=outcome, reason="Agreed", actor="fay")
    assert settled() == total


def test_a_credit_is_settled_with_what_it_takes_back_and_not_before() -> None:
    biller = Biller()
    case = told(biller.bill("C1"))
    biller.credit("C1")
    assert (credit().state, credit().reasons) == (ReviewState.FLAGGED, ["credit_unsettled"])
    assert settled() == 0
    disputes.close(case, outcome="credited", reason="Agreed", actor="fay")
    assert credit().state == ReviewState.ACCEPTED
    assert (Entry.objects.count(), settled()) == (2, Decimal(0))

    disputes.reopen(case, reason="Another reading", actor="fay")
    assert credit().state == ReviewState.FLAGGED
    assert (Entry.objects.count(), settled()) == (0, Decimal(0))


def test_a_credit_is_dropped_with_what_nobody_pays() -> None:
    biller = Biller()
    case = told(biller.bill("C1"))
    biller.credit("C1")
    assert credit().state == ReviewState.FLAGGED
    disputes.close(case, outcome="withdrawn", reason="Agreed", actor="fay")
    assert credit().state == ReviewState.DROPPED
    assert settled() == 0


def test_a_credit_after_nobody_paid_is_not_settled() -> None:
    biller = Biller()
    case = told(biller.bill("C1"))
    disputes.close(case, outcome="credited", reason="They promised", actor="fay")
    biller.credit("C1")
    assert credit().state == ReviewState.FLAGGED
    assert settled() == 0


def test_a_credit_that_was_here_before_the_case_waits_with_its_cdr() -> None:
    biller = Biller()
    rows = biller.bill("C1")
    services.accept([rows[0].pk], reason="Fine", actor="ada")
    biller.credit("C1")
    assert credit().state == ReviewState.CLEAN
    assert (Entry.objects.count(), settled()) == (2, Decimal(0))
    case = opened(rows)
    assert case.disputed.get().credit is not None
    assert credit().state == ReviewState.FLAGGED
    assert Entry.objects.count() == 0


def test_a_credit_that_is_wrong_itself_stays_to_be_reviewed() -> None:
    biller = Biller()
    case = told(biller.bill("C1"))
    biller.credit("C1", total_cost={"before_taxes": -1})
    disputes.close(case, outcome="partly", agreed=Decimal(1), reason="Agreed", actor="fay")
    assert credit().state == ReviewState.FLAGGED
