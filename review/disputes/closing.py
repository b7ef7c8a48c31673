"""How a case ends, and what that means for its CDRs."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from charging.words import amount
from parties import events
from review.choices import DisputeOutcome, DisputeState, ReviewState
from review.disputes import crediting, steps
from review.disputes.changing import to_review
from review.models import CDRReview, Dispute, DisputedCDR
from review.services import NotPossible, deciding


@transaction.atomic
def close(
    dispute: Dispute,
    *,
    outcome: str,
    agreed: Decimal | None = None,
    reason: str,
    actor: events.Actor,
) -> Dispute:
    """End a case with an outcome of ``DisputeOutcome``. What it means for each CDR that is still disputed:

    accepted as it is, or credited in part: it is settled as stated. Credited: it is settled as stated where a Credit
    CDR takes it back, so that both cancel out; without one, nobody pays it. Dropped: nobody pays it. ``agreed`` is
    what is taken off, before tax; needed where it is credited in part, else it follows. Raises :class:`NotPossible`,
    also where what lies above refuses, such as a locked statement.
    """
    row = steps.taken(dispute)
    if outcome not in DisputeOutcome.values:
        raise NotPossible("Say how it ended.")
    if not reason.strip():
        raise NotPossible("Say why it ended so.")
    rows = steps.reviews_of(row)
    row.agreed = _agreed(outcome, agreed, row, rows)
    why = f"{row.number}: {DisputeOutcome(outcome).label}. {reason.strip()}"
    for pays in (True, False):
        keys = [one.review_id for one in rows if _pays(outcome, one) is pays]
        still = _still_disputed(keys)
        if still:
            deciding.settle_dispute(still, pays=pays, reason=why, actor=actor)
            settled = [one for one in rows if one.review_id in still]
            crediting.settle(settled, pays=pays, reason=why, actor=actor)
    row.state, row.outcome = DisputeState.CLOSED, outcome
    row.closed_at, row.closed_by = timezone.now(), events.actor_name(actor)[:150]
    row.save()
    label = DisputeOutcome(outcome).label
    taken_off = f", {amount(row.agreed, row.currency)} less" if row.agreed else ""
    steps.happened(row, "closed", f"Closed: {label}{taken_off}.", actor=actor, text=reason)
    steps.of_cdrs(row, rows, "closed", f"{label} in", actor)
    return row


@transaction.atomic
def take_back(dispute: Dispute, *, reason: str, actor: events.Actor) -> Dispute:
    """Close a case that nobody was told of and that should not have been opened; its CDRs are reviewed again."""
    row = steps.taken(dispute, {DisputeState.DRAFT})
    rows = steps.reviews_of(row)
    to_review(rows, reason=f"{row.number} was taken back. {reason}", actor=actor)
    row.state, row.outcome = DisputeState.CLOSED, ""
    row.closed_at, row.closed_by = timezone.now(), events.actor_name(actor)[:150]
    row.save()
    steps.happened(
        row, "taken_back", "Taken back before anybody was told.", actor=actor, text=reason
    )
    steps.of_cdrs(row, rows, "taken_back", "No longer disputed in", actor)
    return row


@transaction.atomic
def reopen(dispute: Dispute, *, reason: str, actor: events.Actor) -> Dispute:
    """Go on with a closed case: its CDRs are disputed again, and it waits for us.

    Raises :class:`NotPossible` where a CDR is in another case meanwhile, or what lies above refuses.
    """
    if not reason.strip():
        raise NotPossible("Say why it goes on.")
    row = steps.taken(dispute, {DisputeState.CLOSED})
    if row.adjusted:
        raise NotPossible("What was taken off by hand has to be taken back first.")
    rows = steps.reviews_of(row)
    why = f"{row.number} goes on. {reason.strip()}"
    for one in rows:
        others = Dispute.objects.filter(disputed__review=one.review_id).exclude(pk=row.pk)
        if others.exclude(state=DisputeState.CLOSED).exists():
            raise NotPossible(f"{one.review.cdr.cdr_id} is in another case meanwhile.")
    keys = [one.review_id for one in rows]
    states = dict(CDRReview.objects.filter(pk__in=keys).values_list("pk", "state"))
    dropped = [key for key, state in states.items() if state == ReviewState.DROPPED]
    if dropped:
        deciding.reopen(dropped, reason=why, actor=actor)
    rest = [key for key, state in states.items() if state != ReviewState.DISPUTED]
    if rest:
        deciding.dispute(rest, reason=why, actor=actor)
    crediting.hold(rows, actor=actor)
    was_told = row.sent_at is not None
    row.state = DisputeState.ANSWERED if was_told else DisputeState.DRAFT
    row.outcome, row.agreed, row.closed_at, row.closed_by = "", None, None, ""
    row.save()
    steps.happened(row, "reopened", "Opened again.", actor=actor, text=reason)
    steps.of_cdrs(row, rows, "reopened", "Disputed again in", actor)
    return row


def _pays(outcome: str, row: DisputedCDR) -> bool:
    """Whether the CDR is settled as stated; see :func:`close`."""
    if outcome == DisputeOutcome.CREDITED:
        return row.credit_id is not None
    return outcome in {DisputeOutcome.PAID, DisputeOutcome.PARTLY}


def _still_disputed(keys: list[int]) -> list[int]:
    """Those that nobody decided about otherwise meanwhile."""
    rows = CDRReview.objects.filter(pk__in=keys, state=ReviewState.DISPUTED)
    return list(rows.values_list("pk", flat=True))


def _agreed(
    outcome: str, agreed: Decimal | None, dispute: Dispute, rows: list[DisputedCDR]
) -> Decimal:
    """What is taken off in all, before tax."""
    stated = sum((abs(row.review.stated) for row in rows), Decimal(0))
    if outcome == DisputeOutcome.PAID:
        return Decimal(0)
    if outcome == DisputeOutcome.WITHDRAWN:
        return stated
    if outcome == DisputeOutcome.PARTLY and agreed is None:
        raise NotPossible("Say how much is credited.")
    off = stated if agreed is None else agreed
    if not 0 <= off <= stated:
        words = amount(stated, dispute.currency)
        raise NotPossible(f"What is credited is between 0 and {words}.")
    return off
