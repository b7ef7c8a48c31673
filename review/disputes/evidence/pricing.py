"""The price of a CDR in words: stated, as we make it, and every step to that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cdrs.words import amount
from review.breakdown import Breakdown, break_down
from review.models import CDRReview
from tariffs.pricing import RULE_SET_LABELS
from tariffs.pricing.words import passages


def lines(review: CDRReview, document: Mapping[str, Any]) -> Iterator[str]:
    """Line by line; amounts exact, times where it was. Priced anew, with the tariffs that were held then."""
    found = break_down(review, document)
    yield "The price, part by part"
    for part in found.parts:
        stated, ours = _said(part.stated, review), _said(part.computed, review)
        apart = f", {_said(part.difference, review)} apart" if part.matters else ""
        yield f"  {part.name}: stated {stated}, as we make it {ours}{apart}"
    yield ""
    yield from _how(found)


def _said(number: Decimal | None, review: CDRReview) -> str:
    return "not said" if number is None else amount(number, review.currency)


def _how(found: Breakdown) -> Iterator[str]:
    if found.trace is None:
        yield f"It cannot be priced from what is here. {found.pricing.why_not}".strip()
        return
    keys = ", ".join(used.key for used in found.pricing.tariffs)
    yield f"Priced by tariff {keys}, by the rules “{_rules(found.pricing.rule_set)}”."
    for passage in passages(found.trace):
        yield ""
        yield passage.title
        yield from (f"  {sentence}" for sentence in passage.sentences)


def _rules(rule_set: str) -> str:
    return str(RULE_SET_LABELS.get(rule_set, rule_set))
