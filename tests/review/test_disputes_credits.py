"""Credit CDRs of disputed CDRs: found as they come, and what they propose."""

from __future__ import annotations

from decimal import Decimal

import pytest

from parties.models import Event
from review.choices import DisputeOutcome, ReviewState
from review.disputes import crediting, steps
from review.disputes import services as disputes
from tests import builders
from tests.review.disputing import Biller, happened, states, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller() -> Biller:
    return Biller()


def test_a_credit_cdr_is_found_when_it_arrives_and_closes_the_case(biller: Biller) -> None:
    """OCPI 2.3.0, mod_cdrs, Credit CDRs: the credit names the CDR it takes back."""
    case = told(biller.bill("C1", "C2"))
    biller.credit("C1")
    assert crediting.proposal(case, steps.reviews_of(case)) is None
    biller.credit("C2")
    found = crediting.proposal(case, steps.reviews_of(case))
    assert found is not None
    assert (found.outcome, found.agreed) == (DisputeOutcome.CREDITED, Decimal(5))
    assert happened(case)[-2:] == ["credited", "credited"]

    disputes.close(
        case, outcome=found.outcome, agreed=found.agreed, reason=found.words, actor="fay"
    )
    # The CDR and its Credit CDR cancel out: settling one without the other would be wrong.
    assert states() == [ReviewState.ACCEPTED] * 2


def test_what_is_billed_anew_makes_it_a_part(biller: Biller) -> None:
    case = told(biller.bill("C1"))
    biller.credit("C1")
    biller.send(builders.cdr("C1-2", total_cost={"before_taxes": 2}))
    found = crediting.proposal(case, steps.reviews_of(case))
    assert found is not None
    assert (found.outcome, found.agreed) == (DisputeOutcome.PARTLY, Decimal("0.5"))


def test_a_credit_of_somebody_else_or_of_another_cdr_settles_nothing(biller: Biller) -> None:
    case = told(biller.bill("C1"))
    biller.bill("C2")
    biller.credit("C2")
    assert case.disputed.get().credit is None


def test_a_credit_that_comes_after_nobody_paid_is_said(biller: Biller) -> None:
    case = told(biller.bill("C1"))
    disputes.close(case, outcome="credited", reason="They promised", actor="fay")
    biller.credit("C1")
    assert "drop the Credit CDR as well" in Event.objects.filter(subject=case.reference)[0].message
    assert case.disputed.get().credit is not None
