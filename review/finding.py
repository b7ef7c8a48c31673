"""Finding reviews the way people name their CDRs."""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from cdrs import finding
from cdrs.models import CDR
from parties.choices import Role
from parties.models import Party
from review.models import CDRReview, ReviewDecision

HELP = "CDR ID, session, contract, invoice reference, or NL*ABC/12345"


FEW = 5000
"""Up to so many CDRs are named one by one; of more, the database decides where to begin."""


def matching(rows: QuerySet[CDRReview], term: str) -> QuerySet[CDRReview]:
    """Reviews of CDRs by the beginning of their ID or of a contract, by session, by invoice reference, or by
    ``NL*ABC/12345``.
    """
    return rows.filter(pk__in=_among(_cdrs(term))) if term.strip() else rows


def decisions_matching(rows: QuerySet[ReviewDecision], term: str) -> QuerySet[ReviewDecision]:
    """Decisions about such CDRs."""
    return rows.filter(review__in=_among(_cdrs(term))) if term.strip() else rows


def _among(keys: list[int] | QuerySet[CDR, int]) -> RawSQL | QuerySet[CDR, int]:
    """These: as an array, because a thousand values one by one take longer to plan than to find."""
    if isinstance(keys, QuerySet):
        return keys
    return RawSQL("SELECT unnest(%s::bigint[])", [keys])


def _cdrs(term: str) -> list[int] | QuerySet[CDR, int]:
    """Primary keys; without sessions where the rest is many already."""
    sessions = CDR.objects.order_by().filter(
        # The owners are named because the index of sessions begins with them.
        owner__in=list(Party.objects.filter(role=Role.CPO).values_list("pk", flat=True)),
        session_key=term.strip().rsplit("/", 1)[-1].upper(),
    )
    in_session = sessions.exclude(session_key="").values_list("pk", flat=True)
    first, *others = finding.keys(term)
    few = list(dict.fromkeys(first.union(*others, in_session, all=True)[: FEW + 1]))
    if len(few) <= FEW:
        return few
    return finding.matching(CDR.objects.order_by(), term).values_list("pk", flat=True)
