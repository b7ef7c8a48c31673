"""What somebody should look at: conflicts, credits that do not add up, CDRs without their session or payer.

What of that is late is found by ``cdrs.detectors``; these are conditions for the list.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cdrs.models import CDR, CDRConflict
from charging.models import Session

WAIT = timedelta(days=1)
"""For how long a CDR may be without its session."""
LOOKED_BACK = timedelta(days=90)


def in_conflict() -> Q:
    """CDRs with such another version."""
    return Q(Exists(CDRConflict.objects.filter(cdr=OuterRef("pk"), settled_at=None)))


def credit_without_original() -> Q:
    """Credit CDRs whose original is not here, or that name none."""
    original = CDR.objects.filter(owner=OuterRef("owner"), cdr_key=OuterRef("credit_reference_key"))
    return Q(credit=True) & ~Q(Exists(original))


def credited_twice() -> Q:
    """Credit CDRs beside another one of the same original."""
    another = CDR.objects.filter(
        owner=OuterRef("owner"), credit_reference_key=OuterRef("credit_reference_key"), credit=True
    ).exclude(pk=OuterRef("pk"))
    return Q(credit=True) & ~Q(credit_reference_key="") & Q(Exists(another))


def credit_of_another_amount() -> Q:
    """Credit CDRs that do not take back what their original cost (D-007)."""
    original = CDR.objects.filter(
        owner=OuterRef("owner"), cdr_key=OuterRef("credit_reference_key")
    ).exclude(currency=OuterRef("currency"), total_cost=-OuterRef("total_cost"))
    return Q(credit=True) & ~Q(credit_reference_key="") & Q(Exists(original))


def without_session(now: datetime | None = None) -> Q:
    """CDRs of the last 90 days, at least a day old, that name a session which is not here.

    Those of a CPO that tells us no sessions at all are left out.
    """
    at = now or timezone.now()
    named = Session.objects.filter(owner=OuterRef("owner"), session_key=OuterRef("session_key"))
    any_session = Session.objects.filter(owner=OuterRef("owner"))
    return (
        Q(received_at__gt=at - LOOKED_BACK, received_at__lt=at - WAIT)
        & ~Q(session_key="")
        & ~Q(Exists(named))
        & Q(Exists(any_session))
    )


def without_payer() -> Q:
    """CDRs of which nobody could tell whose driver it was."""
    return Q(emsp=None)
