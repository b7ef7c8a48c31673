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

MOST_ANEW = 2000


def follow(ids: Sequence[int], **kwargs: Any) -> None:
    """Link Credit CDRs among new CDRs to the cases about what they take back; in the transaction of their arrival.

    One query where there are no credits. The newest case counts, a running one before a closed one.
    """
    arrived = CDR.objects.filter(pk__in=list(ids), credit=True).exclude(credit_reference_key="")
    by_original: dict[tuple[int, str], CDR] = {}
    for credit in arrived.defer("document").order_by("pk"):
        by_original.setdefault((credit.owner_id, credit.credit_reference_key), credit)
    if not by_original:
        return
    rows = DisputedCDR.objects.filter(
        credit=None,
        review__cdr__owner__in={owner for owner, _ in by_original},
        review__cdr__cdr_key__in={key for _, key in by_original},
    ).select_related("dispute", "review__cdr")
    waiting: dict[tuple[int, str], list[DisputedCDR]] = {}
    for row in rows.defer("review__cdr__document"):
        cdr = row.review.cdr
        waiting.setdefault((cdr.owner_id, cdr.cdr_key), []).append(row)
    for original, credit in by_original.items():
        if original in waiting:
            _link(min(waiting[original], key=_newest), credit)


def _newest(row: DisputedCDR) -> tuple[bool, int]:
    return row.dispute.state == DisputeState.CLOSED, -row.dispute_id


def follow_earlier(rows: Sequence[DisputedCDR], *, actor: events.Actor) -> None:
    """Link Credit CDRs that were here before the case; they are held up until it ends. Call it in a transaction."""
    by_key = {(row.review.cdr.owner_id, row.review.cdr.cdr_key): row for row in rows}
    found = CDR.objects.filter(
        owner__in={owner for owner, _ in by_key},
        credit_reference_key__in={key for _, key in by_key},
        credit=True,
    )
    for credit in found.defer("document").order_by("-pk"):
        row = by_key.get((credit.owner_id, credit.credit_reference_key))
        if row is not None:
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
    if row.dispute.adjusted:
        off = amount(row.dispute.adjusted, row.dispute.currency)
        what += f" It may be double: {off} were taken off by hand already."
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
    anew = {cdr.pk: cdr for found in replacements(rows).values() for cdr in found}
    again = sum((cdr.total_cost for cdr in anew.values()), Decimal(0))
    agreed = max(taken_back - again, Decimal(0))
    stated = sum((abs(row.review.stated) for row in rows), Decimal(0))
    billed = f" {amount(again, dispute.currency)} were billed anew." if again else ""
    words = f"Every CDR of the case has its Credit CDR.{billed}"
    if agreed >= stated:
        return Proposal(DisputeOutcome.CREDITED, stated, words)
    return Proposal(DisputeOutcome.PARTLY, agreed, words)


def replacements(rows: Sequence[DisputedCDR]) -> dict[int, list[CDR]]:
    """What is billed instead of CDRs of a case that were taken back, by the primary key of the disputed CDR.

    Later CDRs of the same session that take nothing back and are not in the case themselves.
    """
    credited = [row for row in rows if row.credit_id and row.review.cdr.session_key]
    if not credited:
        return {}
    later = CDR.objects.filter(
        owner__in={row.review.cdr.owner_id for row in credited},
        session_key__in={row.review.cdr.session_key for row in credited},
        credit=False,
    ).exclude(pk__in=[row.review_id for row in rows])
    found: dict[int, list[CDR]] = {}
    by_session: dict[tuple[int, str], list[CDR]] = {}
    for cdr in later.defer("document").order_by("pk")[:MOST_ANEW]:
        by_session.setdefault((cdr.owner_id, cdr.session_key), []).append(cdr)
    for row in credited:
        cdr = row.review.cdr
        others = by_session.get((cdr.owner_id, cdr.session_key), ())
        found[row.pk] = [one for one in others if one.pk > cdr.pk]
    return found
