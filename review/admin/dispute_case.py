"""What the page of a case shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from cdrs.models import CDR
from charging.words import amount
from exchange.admin.owned import owner_words
from parties.models import Event
from review import words
from review.admin.desk_cells import money
from review.choices import (
    BADGES,
    Direction,
    DisputeOutcome,
    DisputeState,
    ReviewState,
)
from review.disputes import crediting, evidence, selectors, steps
from review.models import Dispute, DisputedCDR
from staff import badges
from staff.links import page_url

EVENTS_SHOWN = 100
STATE_BADGES = {
    DisputeState.DRAFT.value: "default",
    DisputeState.OPEN.value: "info",
    DisputeState.ANSWERED.value: "warning",
    DisputeState.CLOSED.value: "default",
}
OUTCOME_BADGES = {
    DisputeOutcome.CREDITED.value: "success",
    DisputeOutcome.PARTLY.value: "success",
    DisputeOutcome.PAID.value: "default",
    DisputeOutcome.WITHDRAWN.value: "default",
}


def state_badges(row: Dispute) -> SafeString:
    """Where a case stands, that it is overdue, and how it ended."""
    found = [badges.badge(row.state, DisputeState, STATE_BADGES)]
    if selectors.is_overdue(row):
        found.append(badges.label_badge("Overdue", "danger", title="The partner did not answer."))
    if row.outcome:
        found.append(badges.badge(row.outcome, DisputeOutcome, OUTCOME_BADGES))
    elif row.state == DisputeState.CLOSED:
        found.append(badges.label_badge("Taken back"))
    return format_html_join(" ", "{}", ((one,) for one in found))


def context(request: HttpRequest, case: Dispute) -> dict[str, Any]:
    """Everything about one case, for its template."""
    rows = steps.reviews_of(case)
    runs = case.state != DisputeState.CLOSED
    proposal = crediting.proposal(case, rows)
    elsewhere = runs and all(row.review.state != ReviewState.DISPUTED for row in rows)
    anew = crediting.replacements(rows)
    return {
        "case": case,
        "lead": _lead(case, len(rows)),
        "badges": state_badges(case),
        "partner": owner_words(case.partner),
        "partner_url": page_url(case.partner),
        "ours": owner_words(case.ours),
        "overdue": selectors.is_overdue(case),
        "claimed": amount(case.claimed, case.currency),
        "agreed": amount(case.agreed, case.currency),
        "rows": [_row(row, anew.get(row.pk, ())) for row in rows],
        "proposal": proposal,
        "proposal_label": DisputeOutcome(proposal.outcome).label if proposal else "",
        "proposal_amount": amount(proposal.agreed, case.currency) if proposal else "",
        "decided_elsewhere": elsewhere,
        "may_change": runs and request.user.has_perm("review.change_dispute"),
        "evidence_most": evidence.MOST,
        "evidence_cut": len(rows) > evidence.MOST,
        "may_take_evidence": request.user.has_perm("cdrs.view_cdr"),
        "events": Event.objects.filter(subject=case.reference)[:EVENTS_SHOWN],
    }


def _lead(case: Dispute, number: int) -> str:
    """The case in a sentence, seen from us."""
    what = "one CDR" if number == 1 else f"{number} CDRs"
    claimed = words.amount(case.claimed, case.currency).shown
    if case.direction == Direction.RECEIVABLE:
        return f"{case.partner.identity} does not agree with {what} of ours, about {claimed} before tax."
    return (
        f"We do not agree with {what} that {case.partner.identity} bills us,"
        f" about {claimed} before tax."
    )


def _row(row: DisputedCDR, replacements: Sequence[CDR]) -> dict[str, Any]:
    review, cdr = row.review, row.review.cdr
    return {
        "cdr": cdr,
        "url": page_url(cdr),
        "start": cdr.start_date_time,
        "stated": money(review.stated, review.currency),
        "computed": money(review.computed, review.currency) if review.computed is not None else "",
        "claimed": money(row.claimed, review.currency),
        "state": badges.label_badge(review.get_state_display(), BADGES[ReviewState(review.state)]),
        "credit": row.credit,
        "credit_url": page_url(row.credit) if row.credit else "",
        "credit_amount": money(row.credit.total_cost, row.credit.currency) if row.credit else "",
        "replacements": [
            {
                "cdr": other,
                "url": page_url(other),
                "amount": money(other.total_cost, other.currency),
            }
            for other in replacements
        ],
    }


def evidence_view(request: HttpRequest, case: Dispute) -> StreamingHttpResponse:
    """The evidence as one ZIP file, made while it is sent."""
    return evidence.response(request, case)
