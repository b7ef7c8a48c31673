"""Deciding about reviews: accept, dispute, drop, check again, take back. In bulk and one by one the same way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from parties import events
from review import waking
from review.choices import DECIDED, Action, ReviewState
from review.decided import Change, changed
from review.models import CDRReview, ReviewDecision

_ACCEPTABLE = frozenset(
    {ReviewState.FLAGGED.value, ReviewState.DISPUTED.value, ReviewState.DROPPED.value}
)
_DISPUTABLE = frozenset(
    {ReviewState.FLAGGED.value, ReviewState.CLEAN.value, ReviewState.ACCEPTED.value}
)
_DROPPABLE = _DISPUTABLE | {ReviewState.DISPUTED.value}


class NotPossible(ValueError):
    """It cannot be decided so; the message says which CDR and why."""


def accept(
    reviews: Collection[int],
    *,
    reason: str,
    actor: events.Actor,
    seen: Mapping[int, Any] | None = None,
) -> list[Change]:
    """Let these CDRs (primary keys) be settled as they are stated. See :func:`_decide`."""
    return _decide(reviews, Action.ACCEPT, ReviewState.ACCEPTED, _ACCEPTABLE, reason, actor, seen)


def drop(
    reviews: Collection[int],
    *,
    reason: str,
    actor: events.Actor,
    seen: Mapping[int, Any] | None = None,
) -> list[Change]:
    """Leave these CDRs (primary keys) out of every statement. See :func:`_decide`."""
    return _decide(reviews, Action.DROP, ReviewState.DROPPED, _DROPPABLE, reason, actor, seen)


def dispute(reviews: Collection[int], *, reason: str, actor: events.Actor) -> list[Change]:
    """Mark these CDRs (primary keys) as disputed; called by ``review.disputes``, which makes the case."""
    return _decide(reviews, Action.DISPUTE, ReviewState.DISPUTED, _DISPUTABLE, reason, actor, None)


def settle_dispute(
    reviews: Collection[int], *, pays: bool, reason: str, actor: events.Actor
) -> list[Change]:
    """A dispute about these CDRs (primary keys) ended: they are settled as stated, or nobody pays them."""
    if pays:
        return _decide(
            reviews,
            Action.ACCEPT,
            ReviewState.ACCEPTED,
            {ReviewState.DISPUTED.value},
            reason,
            actor,
            None,
        )
    return _decide(
        reviews, Action.DROP, ReviewState.DROPPED, {ReviewState.DISPUTED.value}, reason, actor, None
    )


def retry(reviews: Collection[int], *, actor: events.Actor, reason: str = "") -> list[Change]:
    """Check these CDRs (primary keys) again; what was decided about them is forgotten, and stays in the audit."""
    possible = frozenset(ReviewState.values) - {
        ReviewState.DISPUTED.value,
        ReviewState.WAITING.value,
    }
    changes = _decide(reviews, Action.RETRY, ReviewState.WAITING, possible, reason, actor, None)
    transaction.on_commit(waking.wake)
    return changes


def reopen(reviews: Collection[int], *, reason: str, actor: events.Actor) -> list[Change]:
    """Take a decision back: these CDRs (primary keys) are to be reviewed again."""
    return _decide(
        reviews,
        Action.REOPEN,
        ReviewState.FLAGGED,
        DECIDED - {ReviewState.DISPUTED.value},
        reason,
        actor,
        None,
    )


@transaction.atomic
def _decide(
    reviews: Collection[int],
    action: Action,
    to_state: ReviewState,
    possible: Collection[str],
    reason: str,
    actor: events.Actor,
    seen: Mapping[int, Any] | None,
) -> list[Change]:
    """Move reviews that are in one of the ``possible`` states; raises :class:`NotPossible` and changes nothing else.

    ``seen`` are the amounts at stake that the person saw, by primary key: another amount by now is refused.
    What lies above may refuse too, such as a locked statement.
    """
    if action != Action.RETRY and not reason.strip():
        raise NotPossible("Say why: a reason is needed.")
    rows = list(
        CDRReview.objects.select_for_update(of=("self",))
        .select_related("cdr")
        .filter(pk__in=list(reviews))
        .order_by("pk")
    )
    for row in rows:
        if row.state not in possible:
            state = row.get_state_display().lower()
            raise NotPossible(f"{row.cdr.cdr_id} is “{state}” now, so that this is not possible.")
        if seen is not None and row.pk in seen and seen[row.pk] != row.at_stake:
            raise NotPossible(
                f"{row.cdr.cdr_id} was checked again meanwhile. Look at it once more."
            )
    return move(rows, action, to_state, reason=reason, actor=actor)


def move(
    rows: Sequence[CDRReview],
    action: Action,
    to_state: ReviewState,
    *,
    reason: str,
    actor: events.Actor,
) -> list[Change]:
    """Write a decision about locked rows, and tell what lies above. Call it in a transaction."""
    at, by = timezone.now(), events.actor_name(actor)[:150]
    changes = [Change(row.pk, row.state, to_state.value) for row in rows if row.state != to_state]
    ReviewDecision.objects.bulk_create(
        ReviewDecision(
            review=row,
            action=action,
            from_state=row.state,
            to_state=to_state,
            reason=reason.strip(),
            amount=row.at_stake,
            by=by,
            at=at,
        )
        for row in rows
    )
    is_decision = to_state.value in DECIDED
    CDRReview.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=to_state,
        decided_at=at if is_decision else None,
        decided_by=by if is_decision else "",
    )
    tell(changes)
    return changes


def tell(changes: Iterable[Change]) -> None:
    """Let what lies above follow; it may raise :class:`NotPossible`. Call it in the transaction."""
    if found := list(changes):
        changed.send(sender=CDRReview, changes=found)
