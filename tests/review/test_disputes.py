"""The life of a dispute: opened, told, answered, credited, closed, and what it means for its CDRs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from exchange import detectors
from parties.models import Event
from review import services
from review.choices import DisputeOutcome, DisputeState, ReviewState
from review.disputes import crediting, selectors, steps
from review.disputes import services as disputes
from review.disputes.detectors import OVERDUE
from review.models import CDRReview, Dispute, ReviewDecision
from tests import builders
from tests.cdrs.support import hold
from tests.review.disputing import Biller, opened, states, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller() -> Biller:
    return Biller()


def fresh(case: Dispute) -> Dispute:
    return Dispute.objects.get(pk=case.pk)


def happened(case: Dispute) -> list[str]:
    rows = Event.objects.filter(subject=case.reference).order_by("id")
    return [name.removeprefix("dispute.") for name in rows.values_list("name", flat=True)]


def test_a_case_disputes_its_cdrs_at_once_and_claims_what_was_found(biller: Biller) -> None:
    case = opened(biller.bill("C1", "C2"))
    assert states() == [ReviewState.DISPUTED] * 2
    assert (case.claimed, case.currency, case.direction) == (Decimal(1), "EUR", "payable")
    assert (str(case.partner.identity), str(case.ours.identity)) == ("NL*ABC", "DE*XYZ")
    decision = ReviewDecision.objects.first()
    assert decision is not None
    assert decision.reason.startswith(case.number)
    assert Event.objects.filter(subject="NL*ABC/C1", name="dispute.opened").exists()


def test_what_is_claimed_can_be_said(biller: Biller) -> None:
    one, two = biller.bill("C1", "C2")
    case = opened([one, two], claimed={one.pk: Decimal("2.5")})
    assert case.claimed == Decimal(3)
    with pytest.raises(services.NotPossible, match="negative"):
        disputes.change(case, title="T", claim="C", claimed={one.pk: Decimal(-1)}, actor="fay")
    disputes.change(case, title="T", claim="C", claimed={one.pk: Decimal(1)}, actor="fay")
    assert fresh(case).claimed == Decimal("1.5")


def test_a_case_is_about_one_partner_one_direction_and_one_currency(biller: Biller) -> None:
    (one,) = biller.bill("C1")
    (other,) = biller.bill("C2", currency="CHF")
    with pytest.raises(services.NotPossible, match="currencies"):
        opened([one, other])
    assert states() == [ReviewState.FLAGGED] * 2
    for given, why in (({"title": " "}, "title"), ({"claim": ""}, "what is wrong")):
        with pytest.raises(services.NotPossible, match=why):
            opened([one], **given)
    with pytest.raises(services.NotPossible, match="at least one"):
        opened([])


def test_no_cdr_is_in_two_running_cases(biller: Biller) -> None:
    (one,) = biller.bill("C1")
    case = opened([one])
    with pytest.raises(services.NotPossible, match=case.number):
        opened([one])
    disputes.close(case, outcome="paid", reason="Fine", actor="fay")
    assert opened([one]).pk != case.pk


def test_nobody_is_there_to_dispute_a_charge_between_parties_of_ours() -> None:
    builders.party("DE*XYZ", "EMSP", ours=True)
    builders.party("NL*ABC", "CPO", ours=True)
    hold(builders.cdr())
    CDRReview.objects.update(state=ReviewState.FLAGGED, direction="internal")
    with pytest.raises(services.NotPossible, match="not between us and a partner"):
        opened(list(CDRReview.objects.all()))


def test_the_deadline_follows_from_the_terms_of_the_partner(biller: Biller) -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    rows = biller.bill("C1", "C2", "C3")
    with time_machine.travel(now, tick=False):
        assert told(rows[:1]).deadline == now + timedelta(days=14)
        disputes.set_terms(None, 10, actor="fay")
        disputes.set_terms(rows[0].partner, 7, "disputes@biller.example", actor="fay")
        case = told(rows[1:2])
        assert case.deadline == now + timedelta(days=7)
        assert case.contact == "disputes@biller.example"
        chosen = told(rows[2:], contact="Ann", deadline=now + timedelta(days=2))
        assert (chosen.contact, chosen.deadline) == ("Ann", now + timedelta(days=2))
        with pytest.raises(services.NotPossible, match="past"):
            disputes.postpone(chosen, deadline=now, actor="fay")


def test_a_case_is_overdue_until_the_partner_answers(biller: Biller) -> None:
    case = told(biller.bill("C1"))
    assert not selectors.is_overdue(case)
    with time_machine.travel(timezone.now() + timedelta(days=15), tick=False):
        assert selectors.is_overdue(fresh(case))
        assert list(Dispute.objects.filter(selectors.overdue())) == [case]
        disputes.answered(case, answer="We look into it.", partner_reference="T-7", actor="fay")
        assert not selectors.is_overdue(fresh(case))
        assert list(Dispute.objects.filter(selectors.for_us())) == [case]
        disputes.ask_again(case, text="Any news?", actor="fay")
    again = fresh(case)
    assert again.state == DisputeState.OPEN
    assert again.deadline
    assert again.deadline > timezone.now() + timedelta(days=25)
    assert (again.answer, again.partner_reference) == ("We look into it.", "T-7")
    assert happened(case) == ["opened", "told", "answered", "asked"]


def test_what_is_overdue_is_among_what_is_late(biller: Biller) -> None:
    case = told(biller.bill("C1"))
    told(biller.bill("C2"))
    assert detectors.find(OVERDUE) == []
    Dispute.objects.filter(pk=case.pk).update(deadline=timezone.now() - timedelta(hours=1))
    (late,) = detectors.find(OVERDUE)
    assert late.reference == case.number
    assert OVERDUE.url(late.reference) == reverse("admin:review_dispute_change", args=[case.pk])


def test_steps_come_in_their_order(biller: Biller) -> None:
    case = told(biller.bill("C1"))
    with pytest.raises(services.NotPossible, match="waiting for the partner"):
        disputes.tell(case, actor="fay")
    with pytest.raises(services.NotPossible, match="waiting for the partner"):
        disputes.take_back(case, reason="Oops", actor="fay")
    with pytest.raises(services.NotPossible):
        disputes.reopen(case, reason="Again", actor="fay")


@pytest.mark.parametrize(
    ("outcome", "agreed", "taken_off", "state"),
    [
        ("paid", None, 0, ReviewState.ACCEPTED),
        ("partly", Decimal("0.7"), Decimal("0.7"), ReviewState.ACCEPTED),
        ("credited", None, 5, ReviewState.DROPPED),
        ("withdrawn", None, 5, ReviewState.DROPPED),
    ],
)
def test_every_end_settles_the_cdrs(
    biller: Biller, outcome: str, agreed: Decimal | None, taken_off: Decimal, state: str
) -> None:
    case = told(biller.bill("C1", "C2"))
    disputes.close(case, outcome=outcome, agreed=agreed, reason="Agreed by phone", actor="fay")
    ended = fresh(case)
    assert (ended.state, ended.outcome, ended.agreed) == ("closed", outcome, taken_off)
    assert states() == [state] * 2
    assert happened(case)[-1] == "closed"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"outcome": "", "reason": "x"}, "how it ended"),
        ({"outcome": "paid", "reason": " "}, "why"),
        ({"outcome": "partly", "reason": "x"}, "how much"),
        ({"outcome": "partly", "agreed": Decimal(9), "reason": "x"}, "between 0 and EUR 2.50"),
    ],
)
def test_an_end_has_to_be_said_whole(biller: Biller, given: dict[str, Any], why: str) -> None:
    case = told(biller.bill("C1"))
    with pytest.raises(services.NotPossible, match=why):
        disputes.close(case, **given, actor="fay")
    assert states() == [ReviewState.DISPUTED]


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


def test_a_draft_can_be_taken_back(biller: Biller) -> None:
    case = opened(biller.bill("C1"))
    disputes.take_back(case, reason="Wrong partner", actor="fay")
    assert states() == [ReviewState.FLAGGED]
    assert fresh(case).state == DisputeState.CLOSED


@pytest.mark.parametrize("outcome", ["paid", "withdrawn"])
def test_a_closed_case_can_go_on(biller: Biller, outcome: str) -> None:
    case = told(biller.bill("C1", "C2"))
    disputes.close(case, outcome=outcome, reason="Fine", actor="fay")
    disputes.reopen(case, reason="New readings", actor="fay")
    again = fresh(case)
    assert (again.state, again.outcome, again.agreed) == (DisputeState.ANSWERED, "", None)
    assert states() == [ReviewState.DISPUTED] * 2


def test_cdrs_come_and_go_while_a_case_runs(biller: Biller) -> None:
    one, two, three = biller.bill("C1", "C2", "C3")
    case = opened([one, two])
    disputes.add(case, [three.pk], actor="fay")
    assert fresh(case).claimed == Decimal("1.5")
    disputes.remove(case, one.pk, reason="It was right", actor="fay")
    disputes.remove(case, two.pk, reason="", actor="fay")
    assert fresh(case).claimed == Decimal("0.5")
    assert states() == [ReviewState.FLAGGED, ReviewState.FLAGGED, ReviewState.DISPUTED]
    with pytest.raises(services.NotPossible, match="only CDR"):
        disputes.remove(case, three.pk, reason="", actor="fay")
    (other,) = biller.bill("C4", currency="CHF")
    with pytest.raises(services.NotPossible, match="one currency"):
        disputes.add(case, [other.pk], actor="fay")


def test_what_was_decided_otherwise_meanwhile_stays(biller: Biller) -> None:
    one, two = biller.bill("C1", "C2")
    case = told([one, two])
    services.settle_dispute([one.pk], pays=True, reason="By hand", actor="ada")
    disputes.close(case, outcome="withdrawn", reason="Fine", actor="fay")
    assert states() == [ReviewState.ACCEPTED, ReviewState.DROPPED]


def test_notes_are_kept_whole_and_for_closed_cases_too(biller: Biller) -> None:
    case = told(biller.bill("C1"))
    disputes.close(case, outcome="paid", reason="Fine", actor="fay")
    disputes.note(case, text="Their meter was replaced. " * 40, actor="fay")
    event = Event.objects.filter(subject=case.reference)[0]
    assert len(event.detail["text"]) > 900
    with pytest.raises(services.NotPossible):
        disputes.note(case, text=" ", actor="fay")
