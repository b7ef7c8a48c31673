"""What staff should know about one CDR: where its numbers, its credits or its times do not fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from cdrs import selectors, words
from cdrs.models import CDR
from ocpi.numbers import exact_decimal

_CENT = Decimal("0.01")
_SHARE = Decimal("0.01")
_TIME = timedelta(minutes=2)
_PARTS = [name for name, _ in words.COSTS]


def check(cdr: CDR, document: Mapping[str, Any]) -> list[str]:
    """Sentences; none when everything fits. Prices are not worked out anew here."""
    return [
        *_credits(cdr),
        *_costs(cdr, document),
        *_energy(document),
        *_times(cdr, document),
    ]


def _credits(cdr: CDR) -> Iterator[str]:
    if not cdr.credit:
        if len(selectors.credits_of(cdr)) > 1:
            yield "It was credited more than once."
        return
    original = selectors.credited_by(cdr)
    if not cdr.credit_reference_key:
        yield "It is a credit, and does not say of which CDR."
    elif original is None:
        yield f"The CDR it credits ({cdr.credit_reference_key}) is not here."
    else:
        if len(selectors.credits_of(original)) > 1:
            yield f"{original.cdr_id} was credited more than once."
        if cdr.total_cost != -original.total_cost or cdr.currency != original.currency:
            cost = words.amount(original.total_cost, original.currency)
            yield f"It does not take back what {original.cdr_id} cost ({cost})."
    if cdr.total_cost > 0:
        yield "It is a credit with a positive amount."


def _costs(cdr: CDR, document: Mapping[str, Any]) -> Iterator[str]:
    parts = [
        exact_decimal(document[name]["before_taxes"])
        for name in _PARTS
        if isinstance(document.get(name), Mapping) and "before_taxes" in document[name]
    ]
    # A credit repeats the parts of its original; only the total is turned round.
    total = abs(cdr.total_cost)
    if len(parts) > 1 and abs(sum(parts) - total) > _CENT * len(parts):
        yield (
            f"Its parts come to {words.amount(sum(parts), cdr.currency)} before tax, the total is"
            f" {words.amount(cdr.total_cost, cdr.currency)}."
        )
    if cdr.total_cost == 0 and cdr.energy > 0 and not document.get("tariffs"):
        yield "Energy was charged for nothing, and no tariff says why."


def _energy(document: Mapping[str, Any]) -> Iterator[str]:
    total = document.get("total_energy")
    volumes = [
        exact_decimal(dimension["volume"])
        for period in document.get("charging_periods") or ()
        for dimension in period.get("dimensions") or ()
        if dimension.get("type") == "ENERGY" and "volume" in dimension
    ]
    if not volumes or total is None:
        return
    counted, said = sum(volumes), exact_decimal(total)
    if abs(counted - said) > max(abs(said) * _SHARE, Decimal("0.05")):
        yield f"Its periods come to {words.energy(counted)}, the total is {words.energy(said)}."


def _times(cdr: CDR, document: Mapping[str, Any]) -> Iterator[str]:
    if cdr.end_date_time < cdr.start_date_time:
        yield "It ends before it starts."
        return
    first = (document.get("charging_periods") or [{}])[0].get("start_date_time")
    if first and document.get("start_date_time") and first < document["start_date_time"]:
        yield "Its first period begins before the charge."
    parking = cdr.parking_time or Decimal(0)
    if parking > cdr.duration:
        yield "It says more parking than time in all."
    told = timedelta(hours=float(cdr.duration))
    passed = cdr.end_date_time - cdr.start_date_time
    if not cdr.is_reservation and abs(told - passed) > _TIME + passed * 0.02:
        yield (
            f"From start to end are {words.duration(passed.total_seconds() / 3600)}, the total time is"
            f" {words.duration(cdr.duration)}."
        )
