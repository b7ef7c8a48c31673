"""Credit CDRs of disputed CDRs are found as they arrive, and a case says when it can be closed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from cdrs.models import CDR
from charging.words import amount
from review.choices import DisputeOutcome, DisputeState, ReviewState
from review.disputes import steps
from review.models import Dispute, DisputedCDR


def follow(ids: Sequence[int], **kwargs: Any) -> None:
    """Link Credit CDRs among new CDRs to the cases about what they take back; in the transaction of their arrival.

    One query where there are no credits. The newest case counts, a running one before a closed one.
    """
    found = CDR.objects.filter(pk__in=list(ids), credit=True).exclude(credit_reference_key="")
    for credit in found.select_related("owner").defer("document").order_by("pk"):
        rows = DisputedCDR.objects.filter(
            credit=None,
            review__cdr__owner=credit.owner_id,
            review__cdr__cdr_key=credit.credit_reference_key,
        ).select_related("dispute", "review")
        newest = min(
            rows,
            key=lambda row: (row.dispute.state == DisputeState.CLOSED, -row.dispute_id),
            default=None,
        )
        if newest is not None:
            _link(newest, credit)


def _link(row: DisputedCDR, credit: CDR) -> None:
    row.credit = credit
    row.save(update_fields=["credit"])
    what = f"The Credit CDR {credit.cdr_id} came: {amount(credit.total_cost, credit.currency)}."
    if row.dispute.state == DisputeState.CLOSED and row.review.state == ReviewState.DROPPED:
        what += " Nobody pays what it takes back, so drop the Credit CDR as well."
    steps.happened(row.dispute, "credited", what, actor="partner")


class Proposal(NamedTuple):
    """How a case could be closed: an outcome, what is taken off in all before tax, and why, in a sentence."""

    outcome: str
    agreed: Decimal
    words: str


def proposal(dispute: Dispute, rows: Sequence[DisputedCDR]) -> Proposal | None:
    """``None`` while a CDR of a running case has no Credit CDR. ``rows`` are those of ``steps.reviews_of``."""
    if dispute.state == DisputeState.CLOSED or not rows or any(not row.credit_id for row in rows):
        return None
    taken_back = sum((abs(row.credit.total_cost) for row in rows if row.credit), Decimal(0))
    anew = {cdr.pk: cdr for row in rows for cdr in replacements(row)}
    again = sum((cdr.total_cost for cdr in anew.values()), Decimal(0))
    agreed = max(taken_back - again, Decimal(0))
    stated = sum((abs(row.review.stated) for row in rows), Decimal(0))
    billed = f" {amount(again, dispute.currency)} were billed anew." if again else ""
    words = f"Every CDR of the case has its Credit CDR.{billed}"
    if agreed >= stated:
        return Proposal(DisputeOutcome.CREDITED, stated, words)
    return Proposal(DisputeOutcome.PARTLY, agreed, words)


def replacements(row: DisputedCDR) -> list[CDR]:
    """What is billed instead: later CDRs of the same session that take nothing back and are not in the case too."""
    cdr = row.review.cdr
    if not cdr.session_key:
        return []
    later = CDR.objects.filter(
        owner=cdr.owner_id, session_key=cdr.session_key, credit=False, pk__gt=cdr.pk
    )
    of_the_case = DisputedCDR.objects.filter(dispute=row.dispute_id).values("review")
    rows = later.exclude(pk__in=of_the_case).select_related("owner").defer("document")
    return list(rows.order_by("pk")[:5])
