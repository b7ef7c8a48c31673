"""Deciding about reviews: accept, dispute, drop, check again, take back. In bulk and one by one the same way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from parties import events
from review import waking
from review.choices import DECIDED, Action, ReviewState
from review.decided import Change, changed
from review.models import CDRReview, ReviewDecision

_ACCEPTABLE = frozenset({ReviewState.FLAGGED.value, ReviewState.DROPPED.value})
_DISPUTABLE = frozenset(
    {ReviewState.FLAGGED.value, ReviewState.CLEAN.value, ReviewState.ACCEPTED.value}
)
_RETRIED = frozenset(ReviewState.values) - {
    ReviewState.DISPUTED.value,
    ReviewState.WAITING.value,
}
POSSIBLE: Mapping[Action, frozenset[str]] = {
    Action.ACCEPT: _ACCEPTABLE,
    Action.DISPUTE: _DISPUTABLE,
    Action.DROP: _DISPUTABLE,
    Action.RETRY: _RETRIED,
    Action.REOPEN: DECIDED - {ReviewState.DISPUTED.value},
}
"""From which states staff can decide what. What is disputed waits for the end of its dispute."""
_DONE = {
    Action.ACCEPT: "accepted",
    Action.DISPUTE: "disputed",
    Action.DROP: "dropped",
    Action.RETRY: "sent to be checked again",
    Action.REOPEN: "taken back, to be reviewed again",
}


class NotPossible(ValueError):
    """It cannot be decided so; the message says which CDR and why."""


class Seen(NamedTuple):
    """What a person saw of a review before deciding: its state, and the amount at stake."""

    state: str
    at_stake: Decimal


def accept(
    reviews: Collection[int],
    *,
    reason: str,
    actor: events.Actor,
    seen: Mapping[int, Seen] | None = None,
) -> list[Change]:
    """Let these CDRs (primary keys) be settled as they are stated. See :func:`_decide`."""
    return _decide(reviews, Action.ACCEPT, ReviewState.ACCEPTED, reason, actor, seen)


def drop(
    reviews: Collection[int],
    *,
    reason: str,
    actor: events.Actor,
    seen: Mapping[int, Seen] | None = None,
) -> list[Change]:
    """Leave these CDRs (primary keys) out of every statement. See :func:`_decide`."""
    return _decide(reviews, Action.DROP, ReviewState.DROPPED, reason, actor, seen)


def dispute(reviews: Collection[int], *, reason: str, actor: events.Actor) -> list[Change]:
    """Mark these CDRs (primary keys) as disputed; called by ``review.disputes``, which makes the case."""
    return _decide(reviews, Action.DISPUTE, ReviewState.DISPUTED, reason, actor, None)


def settle_dispute(
    reviews: Collection[int], *, pays: bool, reason: str, actor: events.Actor
) -> list[Change]:
    """A dispute about these CDRs (primary keys) ended: they are settled as stated, or nobody pays them."""
    action = Action.ACCEPT if pays else Action.DROP
    to_state = ReviewState.ACCEPTED if pays else ReviewState.DROPPED
    disputed = frozenset({ReviewState.DISPUTED.value})
    return _decide(reviews, action, to_state, reason, actor, None, possible=disputed)


def retry(
    reviews: Collection[int],
    *,
    actor: events.Actor,
    reason: str = "",
    seen: Mapping[int, Seen] | None = None,
) -> list[Change]:
    """Check these CDRs (primary keys) again; what was decided about them is forgotten, and stays in the audit."""
    changes = _decide(reviews, Action.RETRY, ReviewState.WAITING, reason, actor, seen)
    transaction.on_commit(waking.wake)
    return changes


def reopen(
    reviews: Collection[int],
    *,
    reason: str,
    actor: events.Actor,
    seen: Mapping[int, Seen] | None = None,
) -> list[Change]:
    """Take a decision back: these CDRs (primary keys) are to be reviewed again."""
    return _decide(reviews, Action.REOPEN, ReviewState.FLAGGED, reason, actor, seen)


@transaction.atomic
def _decide(
    reviews: Collection[int],
    action: Action,
    to_state: ReviewState,
    reason: str,
    actor: events.Actor,
    seen: Mapping[int, Seen] | None,
    *,
    possible: Collection[str] | None = None,
) -> list[Change]:
    """Move reviews that are in one of the ``possible`` states; raises :class:`NotPossible` and changes nothing else.

    ``possible`` are those of :data:`POSSIBLE` where nothing else is said. ``seen`` is what the person saw, by primary
    key: what somebody decided or what was checked again since then is refused. What lies above may refuse too.
    """
    if action != Action.RETRY and not reason.strip():
        raise NotPossible("Say why: a reason is needed.")
    states = POSSIBLE[action] if possible is None else possible
    rows = _locked(reviews, states, seen)
    changes = move(rows, action, to_state, reason=reason, actor=actor)
    _record(rows, action, reason, actor)
    return changes


def hold(seen: Mapping[int, Seen], action: Action) -> None:
    """Lock reviews (by primary key) until the end of the transaction, for what is decided about them by others.

    Raises :class:`NotPossible` for one that is not as it was seen, or that ``action`` is not possible for.
    """
    _locked(seen, POSSIBLE[action], seen)


def _locked(
    reviews: Collection[int], possible: Collection[str], seen: Mapping[int, Seen] | None
) -> list[CDRReview]:
    rows = list(
        CDRReview.objects.select_for_update(of=("self",))
        .select_related("cdr", "cdr__owner")
        .defer("cdr__document", "findings")
        .filter(pk__in=list(reviews))
        .order_by("pk")
    )
    for row in rows:
        _refuse_what_changed(row, possible, seen.get(row.pk) if seen is not None else None)
    return rows


def _refuse_what_changed(row: CDRReview, possible: Collection[str], seen: Seen | None) -> None:
    state = row.get_state_display().lower()
    by = f", by {row.decided_by}" if row.decided_by else ""
    if row.state not in possible:
        raise NotPossible(f"{row.cdr.cdr_id} is “{state}” now{by}, so that this is not possible.")
    if seen is None:
        return
    if seen.state != row.state:
        raise NotPossible(f"{row.cdr.cdr_id} is “{state}” by now{by}. Look at it once more.")
    if seen.at_stake != row.at_stake:
        raise NotPossible(f"{row.cdr.cdr_id} was checked again meanwhile. Look at it once more.")


def _record(rows: Sequence[CDRReview], action: Action, reason: str, actor: events.Actor) -> None:
    """One event, on the CDR's own stream where it is about one; each CDR's decision is a row of its own."""
    if not rows:
        return
    one = rows[0].cdr if len(rows) == 1 else None
    what = f"CDR {one.reference} was" if one else f"{len(rows)} CDRs were"
    said = f": {reason.strip()}" if reason.strip() else "."
    events.record(
        f"review.{action.value}",
        f"{what} {_DONE[action]}{said}",
        actor=actor,
        subject=one.reference if one else "",
        detail={} if one else {"cdrs": [row.cdr.reference for row in rows[:100]]},
    )


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
            currency=row.currency,
            partner_id=row.partner_id,
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
