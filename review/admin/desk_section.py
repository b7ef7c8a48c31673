"""The section “Review” of a CDR's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from cdrs.admin.sections import Document
from cdrs.models import CDR
from review import words
from review.admin.desk_cells import money, reasons
from review.choices import BADGES, ReviewState
from review.models import CDRReview
from staff import badges
from staff.links import may_view, page_url
from staff.sections import Section


def context(request: HttpRequest, cdr: CDR, document: Document) -> dict[str, Any] | None:
    """What the checks found and what was decided, in short; ``None`` for who may not look at reviews."""
    if not may_view(request, CDRReview):
        return None
    review = CDRReview.objects.select_related("partner").filter(pk=cdr.pk).first()
    if review is None:
        return None
    return {
        "review": review,
        "url": page_url(review),
        "state": badges.badge(review.state, ReviewState, BADGES),
        "meaning": words.STATE_MEANINGS[review.state],
        "reasons": reasons(review),
        "lead": words.lead(review),
        "computed": money(review.computed, review.currency),
        "difference": money(review.difference, review.currency, signed=True),
        "cause": words.cause(review.cause),
        "last": review.decisions.order_by("-id").first(),
    }


SECTION = Section("review/section.html", context, place=10)
