"""What was agreed is taken off by hand, where no Credit CDR does it; the amounts stand where statements are made."""

from __future__ import annotations

from decimal import Decimal

from charging.words import amount
from parties import events
from review.choices import DisputeOutcome, DisputeState
from review.disputes import steps
from review.models import Dispute
from review.services import NotPossible


def left(dispute: Dispute) -> Decimal:
    """What was agreed and is taken off neither by hand nor by a Credit CDR, before tax; nothing while it runs.

    A Credit CDR takes back the whole of its CDR. Where one is here, what is billed anew settles the rest.
    """
    if dispute.state != DisputeState.CLOSED or dispute.outcome != DisputeOutcome.PARTLY:
        return Decimal(0)
    if dispute.disputed.exclude(credit=None).exists():
        return Decimal(0)
    return max((dispute.agreed or Decimal(0)) - dispute.adjusted, Decimal(0))


def adjust(
    dispute: Dispute, off: Decimal, *, where: str, reason: str, actor: events.Actor
) -> Dispute:
    """Remember that ``off`` was taken off by hand, before tax; negative takes that back. ``where`` says on what.

    The case is locked and returned. Raises :class:`NotPossible` for more than is left of what was agreed, or more
    back than was taken off. Call it in the transaction that takes it off.
    """
    row = steps.taken(dispute, {DisputeState.CLOSED})
    if off > 0 and off > left(row):
        shown = amount(left(row), row.currency)
        raise NotPossible(f"At most {shown} of what was agreed in {row.number} can be taken off.")
    if not off or row.adjusted + off < 0:
        raise NotPossible("There is nothing to take off.")
    row.adjusted += off
    row.save(update_fields=["adjusted"])
    what = "was taken off by hand" if off > 0 else "taken off by hand was taken back"
    steps.happened(
        row,
        "adjusted",
        f"{amount(abs(off), row.currency)} {what}, on {where}.",
        actor=actor,
        text=reason,
    )
    return row
