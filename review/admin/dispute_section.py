"""The cases of a CDR, on its page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from cdrs.admin.sections import Document
from cdrs.models import CDR
from review.admin.desk_cells import money
from review.admin.dispute_case import state_badges
from review.admin.dispute_editing import ADD, open_address
from review.choices import Direction, DisputeState, ReviewState
from review.disputes import selectors
from review.models import CDRReview
from staff import fragments
from staff.links import page_url
from staff.sections import Section

VIEW = "review.view_dispute"
_DISPUTABLE = {ReviewState.FLAGGED, ReviewState.CLEAN, ReviewState.ACCEPTED}
_WITH_A_PARTNER = {Direction.PAYABLE, Direction.RECEIVABLE}


def context(request: HttpRequest, cdr: CDR, document: Document) -> dict[str, Any] | None:
    """The cases about a CDR, and where one is opened; ``None`` where there is neither."""
    if not request.user.has_perm(VIEW):
        return None
    rows = list(selectors.of_cdr(cdr.pk))
    review = CDRReview.objects.filter(pk=cdr.pk).first()
    possible = (
        review is not None
        and review.state in _DISPUTABLE
        and review.direction in _WITH_A_PARTNER
        and all(row.dispute.state == DisputeState.CLOSED for row in rows)
        and request.user.has_perm(ADD)
    )
    if not rows and not possible:
        return None
    return {
        "cases": [
            {
                "case": row.dispute,
                "url": page_url(row.dispute),
                "badges": state_badges(row.dispute),
                "claimed": money(row.claimed, row.dispute.currency),
                "settles": row.credit_id == cdr.pk,
                "due": fragments.ago(row.dispute.deadline, empty=fragments.EMPTY),
            }
            for row in rows
        ],
        "open_url": open_address([cdr.pk]) if possible else "",
    }


SECTION = Section("review/disputes_of_cdr.html", context, place=50)
