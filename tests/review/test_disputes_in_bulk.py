"""Many CDRs are disputed at once, a case per partner, direction and currency."""

from __future__ import annotations

import pytest

from review import bulk
from review.choices import Action, ReviewState
from review.models import CDRReview, Dispute
from review.services.deciding import Seen
from tests.review.disputing import Biller, states

pytestmark = pytest.mark.django_db


def test_the_desk_opens_a_case_for_each_currency() -> None:
    biller = Biller()
    biller.bill("C1", "C2")
    biller.bill("C3", currency="CHF")
    rows = CDRReview.objects.all()
    seen = {row.pk: Seen(row.state, row.at_stake) for row in rows}
    opened = bulk.decide(Action.DISPUTE, seen, reason="Night price", title="March", actor="fay")
    assert {(case.currency, case.disputed.count()) for case in opened} == {("EUR", 2), ("CHF", 1)}
    assert {case.claim for case in Dispute.objects.all()} == {"Night price"}
    assert states() == [ReviewState.DISPUTED] * 3
