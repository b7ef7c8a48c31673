"""Staff look at a conflict and say that it is settled, whatever was agreed with the partner."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from cdrs.models import CDRConflict
from parties import events


def settle(conflict: CDRConflict, *, actor: events.Actor = None) -> None:
    """Close a conflict. The CDR stays as it is, and so does the other version."""
    with transaction.atomic():
        settled = CDRConflict.objects.filter(pk=conflict.pk, settled_at=None).update(
            settled_at=timezone.now(), settled_by=events.actor_name(actor)[:150]
        )
        if settled:
            events.record(
                "cdr.conflict_settled",
                f"The conflict about CDR {conflict.cdr.reference} was settled.",
                connection=conflict.received_from,
                actor=actor,
                subject=conflict.cdr.reference,
            )
    conflict.refresh_from_db()
