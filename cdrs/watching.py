"""What somebody should look at: conflicts, credits that do not add up, CDRs and sessions without each other."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from cdrs.models import CDR, CDRConflict
from charging.choices import SessionStatus
from charging.models import Session

WAIT = timedelta(days=1)
"""For how long a session may be without its CDR, and a CDR without its session."""
LOOKED_BACK = timedelta(days=90)


def open_conflicts() -> QuerySet[CDRConflict]:
    """Other versions of CDRs that nobody has settled, the oldest first."""
    return CDRConflict.objects.filter(settled_at=None).order_by("received_at", "id")


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


def without_cdr(sessions: QuerySet[Session], now: datetime | None = None) -> QuerySet[Session]:
    """Of these sessions those that were completed more than a day (and less than 90) ago and have no CDR.

    The oldest first. Sessions without energy are among them: whether they are billed is for the CPO to say.
    """
    at = now or timezone.now()
    cdr = CDR.objects.filter(owner=OuterRef("owner"), session_key=OuterRef("session_key"))
    return (
        sessions.filter(
            status=SessionStatus.COMPLETED,
            started_at__gt=at - LOOKED_BACK,
            heard_at__lt=at - WAIT,
        )
        .filter(~Exists(cdr))
        .order_by(F("started_at"), "id")
    )


def cdrs_of(sessions: Collection[Session]) -> dict[int, list[CDR]]:
    """The CDRs of each session, by its primary key; one query."""
    keys = {(session.owner_id, session.session_key): session.pk for session in sessions}
    if not keys:
        return {}
    rows = (
        CDR.objects.filter(
            owner__in={owner for owner, _ in keys}, session_key__in={key for _, key in keys}
        )
        .exclude(session_key="")
        .select_related("owner")
        .order_by("id")
    )
    found: dict[int, list[CDR]] = {}
    for cdr in rows:
        pk = keys.get((cdr.owner_id, cdr.session_key))
        if pk is not None:
            found.setdefault(pk, []).append(cdr)
    return found
