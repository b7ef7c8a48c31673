"""What every step of a dispute does alike: take the case, write what happened."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal

from parties import events
from parties.models import Party
from review.choices import DisputeState
from review.models import CDRReview, Dispute, DisputedCDR
from review.services import NotPossible

MOST = 500
"""CDRs in one case: more is another conversation."""

RUNNING = (DisputeState.DRAFT, DisputeState.OPEN, DisputeState.ANSWERED)


def taken(dispute: Dispute, possible: Collection[str] = RUNNING) -> Dispute:
    """The case, locked, in one of the ``possible`` states; raises :class:`NotPossible`. Call it in a transaction."""
    row = (
        Dispute.objects.select_for_update(of=("self",))
        .select_related("ours", "partner")
        .get(pk=dispute.pk)
    )
    if row.state not in possible:
        state = row.get_state_display().lower()
        raise NotPossible(f"{row.number} is “{state}” now, so that this is not possible.")
    return row


def happened(
    dispute: Dispute, name: str, message: str, *, actor: events.Actor, text: str = ""
) -> None:
    """Write a step into the stream of events; ``text`` is what somebody wrote, kept whole."""
    detail = {"text": text.strip()} if text.strip() else {}
    events.record(f"dispute.{name}", message, actor=actor, subject=dispute.reference, detail=detail)


def of_cdrs(
    dispute: Dispute, rows: Iterable[DisputedCDR], name: str, words: str, actor: events.Actor
) -> None:
    """Write into the stream of each CDR what a case meant for it."""
    for row in rows:
        cdr = row.review.cdr
        events.record(
            f"dispute.{name}", f"{words} {dispute.number}.", actor=actor, subject=cdr.reference
        )


def reviews_of(dispute: Dispute) -> list[DisputedCDR]:
    """The CDRs of a case with their reviews, in the order in which they were added."""
    rows = dispute.disputed.select_related(
        "review__cdr__owner", "review__cdr__emsp", "credit__owner"
    )
    return list(rows.defer("review__cdr__document", "credit__document").order_by("pk"))


def sum_up(dispute: Dispute) -> None:
    """What is claimed in all; writes nothing."""
    claimed = dispute.disputed.values_list("claimed", flat=True)
    dispute.claimed = sum(claimed, Decimal(0))


def suggested(review: CDRReview) -> Decimal:
    """What is likely wrong about a CDR, before tax and never negative: what the checks put in question, else all."""
    if review.at_stake:
        return review.at_stake
    return abs(review.difference or review.stated)


def party_words(party: Party) -> str:
    """A party in a sentence."""
    return f"{party.identity}{f' ({party.name})' if party.name else ''}"
