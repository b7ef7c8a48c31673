"""What differs on an invoice becomes a dispute about its CDRs."""

from __future__ import annotations

from collections.abc import Sequence

from parties import events
from review import services as reviews
from review.choices import ReviewState
from review.models import CDRReview
from settlement.reconciliation.models import InvoiceRecord

_DISPUTABLE = (ReviewState.CLEAN, ReviewState.FLAGGED, ReviewState.ACCEPTED)


def open_dispute(
    record: InvoiceRecord, cdrs: Sequence[int], *, reason: str, actor: events.Actor
) -> str:
    """Dispute these CDRs (primary keys) as far as that is possible; returns the address of the case, or nothing.

    Call it in a transaction.
    """
    found = CDRReview.objects.filter(pk__in=cdrs, state__in=_DISPUTABLE).order_by("pk")
    ids = list(found.values_list("pk", flat=True))
    if ids:
        reviews.dispute(ids, reason=f"Invoice {record}: {reason}", actor=actor)
    return ""
