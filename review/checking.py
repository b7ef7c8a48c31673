"""Checking CDRs: many at once, in the order in which they came."""

from __future__ import annotations

from django.db import transaction

from review.choices import ReviewState
from review.decided import Change
from review.models import CDRReview
from review.services import deciding

BATCH = 500


def drain(*, most: int | None = None) -> int:
    """Check what waits, batch by batch, until nothing is left or ``most`` were checked; returns how many."""
    checked = 0
    while most is None or checked < most:
        done = check_batch(BATCH)
        checked += done
        if done < BATCH:
            break
    return checked


@transaction.atomic
def check_batch(size: int) -> int:
    """Check up to ``size`` CDRs that wait and are not being checked elsewhere; returns how many."""
    rows = list(
        CDRReview.objects.select_for_update(skip_locked=True)
        .filter(state=ReviewState.WAITING)
        .order_by("pk")[:size]
    )
    CDRReview.objects.filter(pk__in=[row.pk for row in rows]).update(state=ReviewState.CLEAN)
    deciding.tell(Change(row.pk, row.state, ReviewState.CLEAN.value) for row in rows)
    return len(rows)
