"""A case goes its way: told, answered, asked again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from parties import events
from review.choices import DisputeState
from review.disputes import steps
from review.disputes.terms import terms_of
from review.models import Dispute
from review.services import NotPossible


@transaction.atomic
def tell(
    dispute: Dispute,
    *,
    contact: str = "",
    deadline: datetime | None = None,
    actor: events.Actor,
) -> Dispute:
    """The partner was told, by mail, phone or portal: it has until ``deadline``, or as long as its terms say.

    Nothing is sent from here: OCPI has no message for it. Raises :class:`NotPossible` where it was told before.
    """
    row = steps.taken(dispute, {DisputeState.DRAFT})
    _wait(row, contact, deadline)
    row.sent_at = timezone.now()
    row.save()
    to = f" {row.contact}" if row.contact else " the partner"
    steps.happened(
        row, "told", f"Told{to}; an answer is expected by {_day(row.deadline)}.", actor=actor
    )
    return row


@transaction.atomic
def answered(
    dispute: Dispute, *, answer: str, partner_reference: str = "", actor: events.Actor
) -> Dispute:
    """What the partner said; from now on it waits for us. A later answer is written under the earlier one."""
    if not answer.strip():
        raise NotPossible("Write down what they say.")
    row = steps.taken(dispute)
    row.state, row.answered_at = DisputeState.ANSWERED, timezone.now()
    row.answer = "\n\n".join(filter(None, [row.answer, answer.strip()]))
    row.partner_reference = partner_reference.strip()[:100] or row.partner_reference
    row.save()
    about = f" (their reference {row.partner_reference})" if row.partner_reference else ""
    steps.happened(row, "answered", f"The partner answered{about}.", actor=actor, text=answer)
    return row


@transaction.atomic
def ask_again(
    dispute: Dispute,
    *,
    text: str,
    deadline: datetime | None = None,
    actor: events.Actor,
) -> Dispute:
    """We replied, or reminded them: it waits for the partner again, with a new deadline."""
    row = steps.taken(dispute, {DisputeState.OPEN, DisputeState.ANSWERED})
    _wait(row, row.contact, deadline)
    row.save()
    message = f"Asked again; an answer is expected by {_day(row.deadline)}."
    steps.happened(row, "asked", message, actor=actor, text=text)
    return row


@transaction.atomic
def postpone(
    dispute: Dispute, *, deadline: datetime, reason: str = "", actor: events.Actor
) -> Dispute:
    """Another deadline for a case that waits for the partner."""
    row = steps.taken(dispute, {DisputeState.OPEN})
    if deadline <= timezone.now():
        raise NotPossible("The deadline is in the past.")
    row.deadline = deadline
    row.save(update_fields=["deadline"])
    message = f"They have until {_day(deadline)} now."
    steps.happened(row, "deadline", message, actor=actor, text=reason)
    return row


def _wait(row: Dispute, contact: str, deadline: datetime | None) -> None:
    now, terms = timezone.now(), terms_of(row.partner)
    if deadline is not None and deadline <= now:
        raise NotPossible("The deadline is in the past.")
    row.state = DisputeState.OPEN
    row.contact = (contact.strip() or row.contact or terms.contact)[:200]
    row.deadline = deadline or terms.deadline(now)


def _day(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d}" if at else "no particular day"
