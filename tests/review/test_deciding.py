"""Every CDR has a review, and what is decided about it is written down."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cdrs.models import CDR
from parties.models import Event
from review import checking, services
from review.choices import Direction, ReviewState
from review.decided import Change, changed
from review.models import CDRReview, ReviewDecision
from tests import builders
from tests.cdrs.support import hold

pytestmark = pytest.mark.django_db


def review() -> CDRReview:
    return CDRReview.objects.get()


def flagged() -> CDRReview:
    hold(builders.cdr())
    CDRReview.objects.update(state=ReviewState.FLAGGED, at_stake=3)
    return review()


def test_a_cdr_arrives_with_a_review_that_waits() -> None:
    hold(builders.cdr())
    cdr = CDR.objects.get()
    found = review()
    assert (found.pk, found.state) == (cdr.pk, ReviewState.WAITING)
    assert found.direction == Direction.RECEIVABLE
    assert (found.ours, found.partner) == (cdr.owner, cdr.emsp)
    assert (found.stated, found.ended_at) == (cdr.total_cost, cdr.end_date_time)


def test_cdrs_from_before_get_their_reviews() -> None:
    hold(builders.cdr("C1"), builders.cdr("C2"))
    CDRReview.objects.all().delete()
    last = services.expect_all(most=1)
    assert last is not None
    assert services.expect_all(after=last) is not None
    assert CDRReview.objects.count() == 2


def test_a_worker_checks_what_waits() -> None:
    hold(builders.cdr())
    assert checking.drain() == 1
    assert review().state != ReviewState.WAITING
    assert checking.drain() == 0


def test_a_decision_needs_a_reason_and_is_written_down() -> None:
    row = flagged()
    with pytest.raises(services.NotPossible, match="reason"):
        services.accept([row.pk], reason=" ", actor="ada")
    services.accept([row.pk], reason="Agreed by phone", actor="ada")
    assert (review().state, review().decided_by) == (ReviewState.ACCEPTED, "ada")
    decision = ReviewDecision.objects.get()
    assert (decision.from_state, decision.to_state) == ("flagged", "accepted")
    assert (int(decision.amount), decision.reason) == (3, "Agreed by phone")


def test_nobody_decides_about_other_amounts_than_were_seen() -> None:
    row = flagged()
    seen = {row.pk: services.Seen("flagged", Decimal(2))}
    with pytest.raises(services.NotPossible, match="checked again meanwhile"):
        services.accept([row.pk], reason="Fine", actor="ada", seen=seen)
    assert review().state == ReviewState.FLAGGED


def test_nobody_decides_over_a_decision_they_did_not_see() -> None:
    row = flagged()
    seen = {row.pk: services.Seen("flagged", Decimal(3))}
    services.accept([row.pk], reason="Fine", actor="ada", seen=seen)
    with pytest.raises(services.NotPossible, match="by ada"):
        services.drop([row.pk], reason="Test charge", actor="bob", seen=seen)
    assert (review().state, ReviewDecision.objects.count()) == (ReviewState.ACCEPTED, 1)


def test_what_is_disputed_waits_for_the_end_of_its_dispute() -> None:
    row = flagged()
    services.dispute([row.pk], reason="Too dear", actor="ada")
    for decide in (services.accept, services.drop, services.reopen):
        with pytest.raises(services.NotPossible):
            decide([row.pk], reason="Fine", actor="ada")
    services.settle_dispute([row.pk], pays=False, reason="Credited", actor="ada")
    assert review().state == ReviewState.DROPPED


def test_a_decision_stands_in_the_stream_of_the_cdr() -> None:
    row = flagged()
    services.accept([row.pk], reason="Agreed by phone", actor="ada")
    event = Event.objects.get(subject="NL*ABC/C1", name="review.accept")
    assert (event.actor, event.message) == (
        "ada",
        "CDR NL*ABC/C1 was accepted: Agreed by phone",
    )


def test_one_of_many_that_cannot_be_decided_leaves_all_as_they_were() -> None:
    flagged()
    hold(builders.cdr("C2"))
    with pytest.raises(services.NotPossible, match="C2"):
        services.accept(
            list(CDRReview.objects.values_list("pk", flat=True)), reason="Fine", actor="ada"
        )
    assert not ReviewDecision.objects.exists()


def test_what_lies_above_learns_of_every_change() -> None:
    row = flagged()
    seen: list[Change] = []

    def follow(changes: list[Change], **kwargs: object) -> None:
        seen.extend(changes)

    changed.connect(follow)
    try:
        services.drop([row.pk], reason="Test charge", actor="ada")
        services.reopen([row.pk], reason="It was none", actor="ada")
    finally:
        changed.disconnect(follow)
    assert seen == [
        Change(row.pk, "flagged", "dropped"),
        Change(row.pk, "dropped", "flagged"),
    ]
