"""The price of one CDR, part by part: what it states beside what we make it, and how we come to that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from cdrs.documents import after_tax
from cdrs.words import COSTS
from charging.words import is_number
from ocpi.numbers import exact_decimal
from review import pricing
from review.checking import Plan, examine
from review.checking.rows import chosen
from review.checks import settings
from review.models import CDRReview
from review.pricing import NOT_PRICED, Pricing
from tariffs.pricing import (
    RULE_SETS,
    MixedCurrencies,
    Priced,
    Trace,
    credit_of,
    explain,
)

_CENT = Decimal("0.01")


class Part(NamedTuple):
    """A part of the price: as stated and as we make it; ``None`` is what is not said or not known.

    ``matters``: the two differ by more than rounding can make.
    """

    name: str
    stated: Decimal | None
    computed: Decimal | None
    is_total: bool = False

    @property
    def difference(self) -> Decimal | None:
        if self.stated is None or self.computed is None:
            return None
        return self.stated - self.computed

    @property
    def matters(self) -> bool:
        return self.difference is not None and abs(self.difference) >= _CENT


@dataclass(frozen=True, slots=True)
class Breakdown:
    """How one CDR is priced now: by its tariffs of then, and the partner's reading of OCPI.

    ``parts`` are before tax, but for the tax and the total with it. ``trace`` is ``None`` where it cannot be priced;
    ``pricing.why_not`` says why.
    """

    pricing: Pricing
    parts: tuple[Part, ...]
    trace: Trace | None = None


def break_down(
    review: CDRReview, document: Mapping[str, Any], found: Pricing | None = None
) -> Breakdown:
    """Price a CDR anew, with the tariffs that were held when it began; ``document`` is canonical.

    ``found`` is its pricing where :func:`pricings` has made it for many already.
    """
    if found is None:
        found = pricings([review.pk]).get(review.pk, NOT_PRICED)
    priced = found.priced if found.priced and found.priced.currency == review.currency else None
    if priced and document.get("credit") is True:
        # It takes back the total, and repeats the parts (OCPI 2.3.0, mod_cdrs, Credit CDRs).
        priced = credit_of(priced)
    return Breakdown(found, tuple(_parts(document, priced)), trace_of(found))


def pricings(cdrs: Collection[int]) -> dict[int, Pricing]:
    """How these CDRs (primary keys) are priced now, a handful of statements for all of them."""
    rule_set = settings.load().rule_set
    outcomes = examine(chosen(list(cdrs)), Plan(lambda partner: (), rule_set))
    return {outcome.cdr.id: outcome.pricing for outcome in outcomes}


def trace_of(found: Pricing) -> Trace | None:
    """How a price came about; ``None`` where there is none."""
    if found.priced is None or found.charge is None:
        return None
    tariffs = pricing.at_hand(found.charge, found.tariffs)
    try:
        return explain(found.charge, tariffs, RULE_SETS[found.rule_set])
    except MixedCurrencies:
        return None


def _parts(document: Mapping[str, Any], priced: Priced | None) -> list[Part]:
    """The parts that either of the two names, and the totals."""
    rows = []
    for name, label in COSTS:
        said = document.get(name)
        stated = _before(said) if isinstance(said, Mapping) else None
        computed = getattr(priced, name).before_taxes if priced else None
        if stated or computed or (stated is not None and not priced):
            rows.append(Part(label, stated, computed))
    total = document.get("total_cost")
    said = total if isinstance(total, Mapping) else {}
    before, after = _before(said), after_tax(said)
    ours = priced.total_cost if priced else None
    our_before = ours.before_taxes if ours else None
    our_after = ours.after_taxes if ours else None
    rows.append(Part("Total before tax", before, our_before, is_total=True))
    rows.append(Part("Tax", _less(after, before), _less(our_after, our_before)))
    rows.append(Part("Total with tax", after, our_after, is_total=True))
    return rows


def _before(price: Mapping[str, Any]) -> Decimal | None:
    number = price.get("before_taxes")
    return exact_decimal(number) if is_number(number) else None


def _less(whole: Decimal | None, part: Decimal | None) -> Decimal | None:
    return None if whole is None or part is None else whole - part
