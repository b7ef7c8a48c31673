"""The price of a CDR in words: stated, as we make it, and how we come to that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdrs import words
from review.models import CDRReview


def lines(review: CDRReview, document: Mapping[str, Any]) -> Iterator[str]:
    """Line by line; amounts exact."""
    currency = review.currency
    yield f"Stated before tax: {words.amount(review.stated, currency)}"
    if review.stated_after is not None:
        yield f"Stated with tax: {words.amount(review.stated_after, currency)}"
    for cost in words.costs(document, currency)[:-1]:
        yield f"  of which {cost.name}: {cost.before or 'not said'}"
    if review.computed is None:
        yield "As we make it: it could not be priced from what is here."
        return
    yield f"As we make it, before tax: {words.amount(review.computed, currency)}"
    if review.computed_after is not None:
        yield f"As we make it, with tax: {words.amount(review.computed_after, currency)}"
    if review.difference is not None:
        yield f"Difference before tax: {words.amount(review.difference, currency)}"
    if review.rule_set:
        yield f"Priced by the rules: {review.rule_set}"
