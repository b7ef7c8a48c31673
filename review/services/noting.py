"""Noting where the checks themselves moved a review that had been checked before."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from parties import events
from review.choices import Action
from review.decided import Change
from review.models import ReviewDecision


class Moved(NamedTuple):
    """A change of state by the checks, and what is at stake by now."""

    change: Change
    at_stake: Decimal
    currency: str
    partner_id: int | None


def note_checks(moved: Iterable[Moved], *, reason: str, actor: events.Actor) -> None:
    """Keep it beside what people decided. Call it in the transaction that moved them."""
    at, by = timezone.now(), events.actor_name(actor)[:150]
    ReviewDecision.objects.bulk_create(
        ReviewDecision(
            review_id=one.change.cdr_id,
            action=Action.CHECK,
            from_state=one.change.before,
            to_state=one.change.after,
            reason=reason,
            amount=one.at_stake,
            currency=one.currency,
            partner_id=one.partner_id,
            by=by,
            at=at,
        )
        for one in moved
    )
