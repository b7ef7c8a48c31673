"""What staff and the end of a connection decide about deliveries: send again, skip, forget."""

from __future__ import annotations

from django.db.models import F
from django.db.models.functions import Now

from exchange.choices import DeliveryResult
from exchange.models import Delivery
from parties import events
from parties.models import Connection


def replay(delivery_ids: list[int], *, actor: events.Actor) -> int:
    """Send the current state again, whatever came of the last attempt; returns how many."""
    count = Delivery.objects.filter(pk__in=delivery_ids).update(
        sent_version=0,
        dead_version=0,
        attempts=0,
        confirm_after=None,
        changed=["*"],
        next_attempt_at=Now(),
        changed_at=Now(),
        last_error="",
    )
    events.record(
        "deliveries.replayed", f"{count} deliveries were set to be sent again.", actor=actor
    )
    return count


def forget_pending(connection: Connection) -> int:
    """Nothing is owed to a partner that is unregistered; what it was told stays. Returns how many."""
    pending = Delivery.objects.pending().filter(connection=connection)
    return pending.delete()[0]


def skip(delivery_ids: list[int], *, actor: events.Actor) -> int:
    """Give up the current version of deliveries; a newer change is delivered normally."""
    count = (
        Delivery.objects.pending()
        .filter(pk__in=delivery_ids)
        .update(
            dead_version=F("wanted_version"),
            last_result=DeliveryResult.DEAD,
            last_error="Skipped by staff.",
        )
    )
    events.record("deliveries.skipped", f"{count} deliveries were skipped.", actor=actor)
    return count
