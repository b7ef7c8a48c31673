"""How long partners have to answer, and whom we tell."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from parties import events
from parties.models import Party
from review.models import DisputeTerms

USUAL_DAYS = 14


class Terms(NamedTuple):
    """Days a partner has to answer from when it was told, and whom we tell."""

    answer_days: int = USUAL_DAYS
    contact: str = ""

    def deadline(self, told_at: datetime) -> datetime:
        return told_at + timedelta(days=self.answer_days)


def terms_of(partner: Party) -> Terms:
    """The partner's own terms, else those for everybody, else 14 days."""
    rows = DisputeTerms.objects.filter(Q(partner=partner) | Q(partner=None))
    row = rows.order_by(F("partner").asc(nulls_last=True)).first()
    return Terms(row.answer_days, row.contact) if row is not None else Terms()


@transaction.atomic
def set_terms(
    partner: Party | None, answer_days: int, contact: str = "", *, actor: events.Actor
) -> DisputeTerms:
    """Set the terms of one partner, or of everybody without terms of their own. Running deadlines stay."""
    row, _ = DisputeTerms.objects.update_or_create(
        partner=partner,
        defaults={
            "answer_days": answer_days,
            "contact": contact.strip(),
            "changed_by": events.actor_name(actor)[:150],
            "changed_at": timezone.now(),
        },
    )
    events.record(
        "dispute.terms",
        f"{row}: {answer_days} days to answer{f', told to {row.contact}' if row.contact else ''}.",
        actor=actor,
        subject="disputes",
    )
    return row
