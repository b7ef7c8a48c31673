"""What tests of the desk start from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse

from review.choices import ReviewState
from review.models import CDRReview
from tests import builders
from tests.cdrs.support import hold

LIST = "admin:review_cdrreview_changelist"
FINDING = {
    "code": "price",
    "severity": "hold",
    "message": "It costs EUR 2.50 before tax; by the tariff in the CDR it would be EUR 2.00.",
    "amount": "0.5",
    "detail": {},
}


def exception(identifier: str = "C1", stake: str = "3", **fields: Any) -> CDRReview:
    """A CDR of ours that a check holds up: DE*XYZ owes us 2.50 for it, of which ``stake`` is in question.

    ``fields`` are of the review, but for ``cdr``, which are of the CDR.
    """
    hold(builders.cdr(identifier, **fields.pop("cdr", {})))
    review = CDRReview.objects.get(cdr__cdr_key=identifier.upper())
    given = {
        "state": ReviewState.FLAGGED,
        "at_stake": Decimal(stake),
        "computed": Decimal(2),
        "difference": Decimal("0.5"),
        "reasons": ["price"],
        "findings": [FINDING],
        "cause": "NO_STEP",
        **fields,
    }
    CDRReview.objects.filter(pk=review.pk).update(**given)
    return CDRReview.objects.get(pk=review.pk)


def page_of(review: CDRReview, query: str = "") -> str:
    return reverse("admin:review_cdrreview_change", args=[review.pk]) + query


def decide_url(action: str, query: str) -> str:
    return f"{reverse('admin:review_cdrreview_decide', args=[action])}?{query}"
