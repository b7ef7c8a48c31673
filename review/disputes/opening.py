"""Opening a case about CDRs of one partner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from parties import events
from parties.models import Party
from review.choices import Direction, DisputeState
from review.disputes import steps
from review.models import CDRReview, Dispute, DisputedCDR
from review.services import NotPossible, deciding

Claimed = Mapping[int, Decimal]


class Shared(NamedTuple):
    """What all CDRs of a case have in common."""

    ours: Party
    partner: Party
    direction: str
    currency: str


def open_dispute(
    reviews: Sequence[int],
    *,
    title: str,
    claim: str,
    claimed: Claimed | None = None,
    actor: events.Actor,
) -> Dispute:
    """Open a case about CDRs (primary keys) of one partner, as a draft that nobody was told of yet.

    ``claimed`` is what is wrong about each, before tax; of those it leaves out it is what the checks say.
    The CDRs are disputed from now on, and settled by nobody until the case ends. Raises
    :class:`NotPossible` where they are of several partners, directions or currencies, or one is disputed already.
    """
    if not title.strip():
        raise NotPossible("Give the case a title.")
    if not claim.strip():
        raise NotPossible("Say what is wrong: the partner will want to know.")
    with transaction.atomic():
        rows = reviews_by_key(reviews)
        shared = shared_by(rows.values())
        dispute = Dispute.objects.create(
            **shared._asdict(),
            title=title.strip()[:200],
            claim=claim.strip(),
            opened_by=events.actor_name(actor)[:150],
            opened_at=timezone.now(),
        )
        taken_in = take_in(dispute, rows, claimed or {}, actor=actor)
        steps.happened(
            dispute,
            "opened",
            f"Opened about {counted(len(taken_in))} of {steps.party_words(shared.partner)}.",
            actor=actor,
            text=claim,
        )
    return dispute


def reviews_by_key(keys: Sequence[int]) -> dict[int, CDRReview]:
    """Reviews with their CDRs by primary key; raises :class:`NotPossible` for none, too many or unknown ones."""
    wanted = set(keys)
    if not wanted:
        raise NotPossible("Choose at least one CDR.")
    if len(wanted) > steps.MOST:
        raise NotPossible(f"A case has at most {steps.MOST} CDRs. Open several.")
    rows = CDRReview.objects.filter(pk__in=wanted).select_related("cdr__owner", "ours", "partner")
    found = {row.pk: row for row in rows.defer("cdr__document")}
    if len(found) < len(wanted):
        raise NotPossible("One of these CDRs is not here.")
    return found


def shared_by(reviews: Iterable[CDRReview]) -> Shared:
    """What these reviews have in common; raises :class:`NotPossible` where they differ."""
    rows = list(reviews)
    first = rows[0]
    for row in rows:
        if row.direction not in {Direction.PAYABLE, Direction.RECEIVABLE}:
            name = row.cdr.cdr_id
            raise NotPossible(f"{name} is not between us and a partner: nobody to dispute it with.")
        if (row.partner_id, row.ours_id) != (first.partner_id, first.ours_id):
            raise NotPossible("These CDRs are of several partners. Open a case with each.")
        if row.direction != first.direction:
            raise NotPossible("Some of these CDRs we owe and some are owed to us. Open two cases.")
        if row.currency != first.currency:
            raise NotPossible("These CDRs are in several currencies. Open a case for each.")
    if first.ours is None or first.partner is None:
        raise NotPossible(f"Nobody knows whose driver {first.cdr.cdr_id} was for.")
    return Shared(first.ours, first.partner, first.direction, first.currency)


def take_in(
    dispute: Dispute,
    reviews: Mapping[int, CDRReview],
    claimed: Claimed,
    *,
    actor: events.Actor,
) -> list[DisputedCDR]:
    """Put CDRs into a locked or new case, and mark them as disputed. Call it in a transaction."""
    running = DisputedCDR.objects.filter(review__in=list(reviews)).exclude(
        dispute__state=DisputeState.CLOSED
    )
    if other := running.select_related("dispute", "review__cdr").first():
        raise NotPossible(f"{other.review.cdr.cdr_id} is in {other.dispute.number} already.")
    deciding.dispute(list(reviews), reason=f"{dispute.number}: {dispute.claim}", actor=actor)
    rows = [
        DisputedCDR(dispute=dispute, review=row, claimed=claimed.get(key, steps.suggested(row)))
        for key, row in reviews.items()
    ]
    if any(row.claimed < 0 for row in rows):
        raise NotPossible("What is claimed cannot be negative.")
    DisputedCDR.objects.bulk_create(rows)
    steps.sum_up(dispute)
    dispute.save(update_fields=["claimed"])
    steps.of_cdrs(dispute, rows, "opened", "Disputed in", actor)
    return rows


def counted(number: int) -> str:
    return "one CDR" if number == 1 else f"{number} CDRs"
