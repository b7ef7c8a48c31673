"""How we settle with a partner."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import available_timezones

from django.db import transaction
from django.utils import timezone

from parties import events
from parties.models import Party
from settlement.choices import Billing, TaxTreatment
from settlement.models import SettlementTerms
from settlement.services import rebooking

_CHANGES_BOOKING = ("tax", "time_zone")


class UnknownTimeZone(ValueError):
    """There is no time zone of that name."""


@dataclass(frozen=True)
class Terms:
    """What is agreed on; ``time_zone`` is an IANA name, ``payment_days`` count from the closing of a statement."""

    billing: str = Billing.DIRECT.value
    tax: str = TaxTreatment.AS_STATED.value
    time_zone: str = "UTC"
    payment_days: int = 30
    notes: str = ""


def set_terms(ours: Party, partner: Party, terms: Terms, *, actor: events.Actor) -> SettlementTerms:
    """Agree on terms. What is closed stays as it was; open statements are made anew by a job where it matters."""
    if terms.time_zone not in available_timezones():
        raise UnknownTimeZone(f"There is no time zone “{terms.time_zone}”.")
    with transaction.atomic():
        row, _ = SettlementTerms.objects.select_for_update().get_or_create(
            ours=ours, partner=partner
        )
        changed = [
            name
            for name in Terms.__dataclass_fields__
            if getattr(row, name) != getattr(terms, name)
        ]
        before = {name: getattr(row, name) for name in changed}
        for name in changed:
            setattr(row, name, getattr(terms, name))
        row.changed_by, row.changed_at = events.actor_name(actor)[:150], timezone.now()
        row.save()
        if changed:
            events.record(
                "settlement.terms",
                f"{row}: {', '.join(name.replace('_', ' ') for name in changed)} changed.",
                actor=actor,
                subject=subject(row),
                detail={"before": before, "after": {name: getattr(row, name) for name in changed}},
            )
        if set(changed) & set(_CHANGES_BOOKING):
            rebooking.start(ours, partner, actor=actor)
    return row


def subject(terms: SettlementTerms) -> str:
    """How the stream of events names them."""
    return f"terms:{terms.ours_id}:{terms.partner_id}"
