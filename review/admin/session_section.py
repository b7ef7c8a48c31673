"""The section “What it has come to, as we price it” of a session's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from cdrs.words import COSTS
from charging.models import Session
from review import words
from review.models import CDRReview
from review.pricing import Source
from review.session_price import price_of
from staff.links import may_view
from staff.sections import Section
from tariffs.pricing.words import passages


def context(request: HttpRequest, session: Session) -> dict[str, Any] | None:
    """The price until now with its parts and its reasons; ``None`` for those who see no reviews."""
    if not may_view(request, CDRReview):
        return None
    price = price_of(session)
    priced = price.pricing.priced
    if priced is None:
        return {"why_not": price.pricing.why_not, "until": price.until, "session": session}
    parts = [(label, getattr(priced, name)) for name, label in COSTS if name != "total_cost"]
    total = priced.total_cost
    return {
        "session": session,
        "until": price.until,
        "total": words.amount(total.before_taxes, priced.currency).shown,
        "with_tax": words.amount(total.after_taxes, priced.currency).shown,
        "said": words.amount(session.total_cost, session.currency).shown,
        "parts": [
            {"name": label, "amount": words.amount(part.before_taxes, priced.currency).shown}
            for label, part in parts
            if part.before_taxes
        ],
        "source": Source(price.pricing.source).label if price.pricing.source else "",
        "passages": passages(price.trace) if price.trace else (),
    }


SECTION = Section("review/session.html", context)
