"""Credit CDRs of disputed CDRs are found as they arrive, and a case says when it can be closed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from cdrs.models import CDR
from charging.words import amount
from parties import events
from review.checks.taking_back import CREDIT_UNSETTLED
from review.choices import DisputeOutcome, DisputeState, ReviewState
from review.disputes import steps
from review.models import CDRReview, Dispute, DisputedCDR
from review.services import deciding


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


def follow_earlier(rows: Sequence[DisputedCDR], *, actor: events.Actor) -> None:
    """Link Credit CDRs that were here before the case; they are held up until it ends. Call it in a transaction."""
    for row in rows:
        cdr = row.review.cdr
        found = CDR.objects.filter(
            owner=cdr.owner_id, credit_reference_key=cdr.cdr_key, credit=True
        ).defer("document")
        credit = found.order_by("pk").first()
        if credit is not None:
            _link(row, credit)
    hold(rows, actor=actor)


def hold(rows: Sequence[DisputedCDR], *, actor: events.Actor) -> None:
    """Credit CDRs of what is disputed (again) are checked anew, and then wait for the end of the case."""
    _decide(
        rows, {ReviewState.CLEAN, ReviewState.ACCEPTED, ReviewState.DROPPED}, deciding.retry, actor
    )


def settle(rows: Sequence[DisputedCDR], *, pays: bool, reason: str, actor: events.Actor) -> None:
    """Settle the Credit CDRs with what they take back, or drop them with it.

    What is held up by something else than the case stays to be reviewed. Call it in the transaction of the end.
    """
    if pays:
        accept = partial(deciding.accept, reason=reason)
        _decide(rows, {ReviewState.FLAGGED}, accept, actor, reasons=[CREDIT_UNSETTLED])
    else:
        possible = {ReviewState.FLAGGED, ReviewState.CLEAN, ReviewState.ACCEPTED}
        _decide(rows, possible, partial(deciding.drop, reason=reason), actor)


def _decide(
    rows: Sequence[DisputedCDR],
    states: Collection[str],
    decision: Callable[..., object],
    actor: events.Actor,
    **further: Any,
) -> None:
    credits_ = [row.credit_id for row in rows if row.credit_id]
    found = CDRReview.objects.filter(pk__in=credits_, state__in=states, **further)
    keys = list(found.values_list("pk", flat=True))
    if keys:
        decision(keys, actor=actor)


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
