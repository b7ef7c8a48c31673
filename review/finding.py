"""Finding reviews the way people name their CDRs."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from cdrs import finding
from cdrs.models import CDR
from parties.choices import Role
from parties.models import Party
from review.models import CDRReview, ReviewDecision

HELP = "CDR ID, session, contract, invoice reference, or NL*ABC/12345"


def matching(rows: QuerySet[CDRReview], term: str) -> QuerySet[CDRReview]:
    """Reviews of CDRs by the beginning of their ID or of a contract, by session, by invoice reference, or by
    ``NL*ABC/12345``.
    """
    return rows.filter(pk__in=_cdrs(term).values("pk")) if term.strip() else rows


def decisions_matching(rows: QuerySet[ReviewDecision], term: str) -> QuerySet[ReviewDecision]:
    """Decisions about such CDRs."""
    return rows.filter(review__in=_cdrs(term).values("pk")) if term.strip() else rows


def _cdrs(term: str) -> QuerySet[CDR]:
    found = finding.matching(CDR.objects.order_by(), term)
    sessions = CDR.objects.filter(
        # The owners are named because the index of sessions begins with them.
        Q(owner__in=Party.objects.filter(role=Role.CPO).values("pk")),
        session_key=term.strip().rsplit("/", 1)[-1].upper(),
    )
    return CDR.objects.filter(
        Q(pk__in=found.values("pk")) | Q(pk__in=sessions.exclude(session_key="").values("pk"))
    )
