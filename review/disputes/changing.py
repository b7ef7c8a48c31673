"""Changing what a case says, and which CDRs it is about, while it runs."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from charging.words import amount
from parties import events
from review.choices import Action, ReviewState
from review.disputes import opening, steps
from review.models import CDRReview, Dispute, DisputedCDR
from review.services import NotPossible, deciding


@transaction.atomic
def change(
    dispute: Dispute,
    *,
    title: str,
    claim: str,
    claimed: opening.Claimed | None = None,
    actor: events.Actor,
) -> Dispute:
    """Other words, or other amounts per CDR (by the primary key of its review); the rest stays."""
    row = steps.taken(dispute)
    if not title.strip() or not claim.strip():
        raise NotPossible("A case has a title and says what is wrong.")
    row.title, row.claim = title.strip()[:200], claim.strip()
    before = row.claimed
    for one in row.disputed.filter(review__in=list(claimed or {})):
        one.claimed = (claimed or {})[one.review_id]
        if one.claimed < 0:
            raise NotPossible("What is claimed cannot be negative.")
        one.save(update_fields=["claimed"])
    steps.sum_up(row)
    row.save()
    amounts = ""
    if row.claimed != before:
        then, now = (amount(number, row.currency) for number in (before, row.claimed))
        amounts = f" from {then} to {now}"
    message = f"The claim was changed{amounts}."
    steps.happened(row, "changed", message, actor=actor, text=claim)
    return row


@transaction.atomic
def note(dispute: Dispute, *, text: str, actor: events.Actor) -> None:
    """Something to remember, also about a closed case; partners are not told."""
    if not text.strip():
        raise NotPossible("Write something.")
    row = steps.taken(dispute, (*steps.RUNNING, "closed"))
    steps.happened(row, "note", text.strip(), actor=actor, text=text)


@transaction.atomic
def add(
    dispute: Dispute,
    reviews: Sequence[int],
    *,
    claimed: opening.Claimed | None = None,
    actor: events.Actor,
) -> Dispute:
    """More CDRs (primary keys) of the same partner, direction and currency; see ``open_dispute``."""
    row = steps.taken(dispute)
    more = opening.reviews_by_key(reviews)
    shared = opening.shared_by(more.values())
    same = (shared.ours, shared.partner, shared.direction, shared.currency)
    if same != (row.ours, row.partner, row.direction, row.currency):
        raise NotPossible("A case is about one partner, one direction and one currency.")
    if row.disputed.count() + len(more) > steps.MOST:
        raise NotPossible(f"A case has at most {steps.MOST} CDRs. Open another one.")
    rows = opening.take_in(row, more, claimed or {}, actor=actor)
    steps.happened(row, "added", f"{opening.counted(len(rows))} more.".capitalize(), actor=actor)
    return row


@transaction.atomic
def remove(dispute: Dispute, review: int, *, reason: str, actor: events.Actor) -> Dispute:
    """A CDR (primary key) leaves the case, and is to be reviewed again."""
    row = steps.taken(dispute)
    found = row.disputed.select_related("review__cdr__owner").filter(review=review).first()
    if found is None:
        raise NotPossible("That CDR is not in this case.")
    if row.disputed.count() == 1:
        raise NotPossible("It is the only CDR of the case. Close the case instead.")
    to_review([found], reason=reason or f"Taken out of {row.number}", actor=actor)
    name = found.review.cdr.cdr_id
    steps.of_cdrs(row, [found], "removed", "Taken out of", actor)
    found.delete()
    steps.sum_up(row)
    row.save(update_fields=["claimed"])
    steps.happened(row, "removed", f"{name} was taken out.", actor=actor, text=reason)
    return row


def to_review(rows: Sequence[DisputedCDR], *, reason: str, actor: events.Actor) -> None:
    """Those still disputed are to be reviewed again. Call it in a transaction."""
    reviews = list(
        CDRReview.objects.select_for_update(of=("self",))
        .filter(pk__in=[row.review_id for row in rows], state=ReviewState.DISPUTED)
        .order_by("pk")
    )
    if reviews:
        deciding.move(reviews, Action.REOPEN, ReviewState.FLAGGED, reason=reason, actor=actor)
