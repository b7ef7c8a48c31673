"""Why a price differs: usual mistakes, each tried until one makes exactly the price that was billed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from review import pricing
from review.pricing import Pricing, Used
from tariffs.pricing import RULE_SET_LABELS, RULE_SETS, MixedCurrencies, Phase, Priced, RuleSet

if TYPE_CHECKING:
    from review.checks.facts import Context

WORDS: dict[str, str] = {
    "TAX_ADDED": "The price before tax is what it would be with tax",
    "TAX_TAKEN_OUT": "Tax was taken out of prices that are without it",
    "NOT_BILLED": "Nothing was billed",
    "HELD_TARIFF": "It is billed by the tariff that was here then, not by the one in the CDR",
    "FORMER_TARIFF": "It is billed by what the tariff said before",
    "NO_PARKING": "Parking was not billed",
    "NO_ENERGY": "Energy was not billed",
    "NO_TIME": "Charging time was not billed",
    "NO_FIXED": "The fixed fee was not billed",
    "NO_RESERVATION": "The reservation was not billed",
    "FIXED_TWICE": "The fixed fee was billed twice",
    "PARKING_TWICE": "Parking was billed twice",
    "WH_AS_KWH": "Energy in Wh was billed as kWh",
    "KWH_AS_WH": "Energy in kWh was billed as Wh",
    "MINUTES_AS_HOURS": "The price per hour was billed per minute",
    "HOURS_AS_MINUTES": "The price per minute was billed per hour",
    "ALL_TIME_AS_CHARGING": "All time was billed as charging, parking included",
    "NO_LIMITS": "Minimum or maximum price was not applied",
    "NO_STEP": "Step size was not applied",
    "STEP_PER_PERIOD": "Step size was applied to every period instead of the total",
    "ROUNDING": "It is within what rounding each line can make",
}
"""The cause of a difference by its code; other codes are those of ``RULE_SETS``."""

_PARTS = (
    ("NO_PARKING", "total_parking_cost"),
    ("NO_TIME", "total_time_cost"),
    ("NO_FIXED", "total_fixed_cost"),
    ("NO_ENERGY", "total_energy_cost"),
    ("NO_RESERVATION", "total_reservation_cost"),
)
_CENT = Decimal("0.01")
_THOUSAND, _SIXTY, _ONE = Decimal(1000), Decimal(60), Decimal(1)


def sentence(cause: str) -> str:
    """What the code of a cause says, as a sentence; empty without one."""
    said = label(cause)
    return f"{said}." if said else ""


def label(cause: str) -> str:
    """A cause in words."""
    return WORDS.get(cause) or RULE_SET_LABELS.get(cause, cause)


def cause_of(context: Context, stated: Decimal, tolerance: Decimal) -> str:
    """The code of the likely reason why a CDR costs ``stated``; empty where no usual mistake makes that price.

    Before tax where that is known, else with tax, as ``stated`` is. A hypothesis holds when it comes to the price
    billed within ``tolerance``.
    """
    found = context.pricing
    if found.priced is None or found.charge is None:
        return ""
    for cause, amount in _hypotheses(found, found.priced):
        if abs(amount - stated) <= tolerance:
            return cause
    computed = _total(found.priced)
    lines = len(found.priced.lines)
    if computed is not None and abs(computed - stated) <= _CENT * lines / 2:
        return "ROUNDING"
    return ""


def _hypotheses(found: Pricing, priced: Priced) -> Iterator[tuple[str, Decimal]]:
    """The cheapest first: what the price we have tells, then other prices, then other readings."""
    computed = _total(priced)
    if computed is None:
        return
    yield "NOT_BILLED", Decimal(0)
    after = priced.total_cost.after_taxes
    if priced.total_cost.before_taxes is not None and after is not None and after != computed:
        yield "TAX_ADDED", after
        if after:
            yield "TAX_TAKEN_OUT", computed * computed / after
    yield from _held(found)
    own = RULE_SETS[found.rule_set]
    for name, rules in _readings(own):
        yield from _priced(name, found, found.tariffs, rules)
    yield from _parts(priced, computed)
    yield from _priced("ALL_TIME_AS_CHARGING", _as_charging(found), found.tariffs, own)
    yield from _factors(priced, computed)


def _held(found: Pricing) -> Iterator[tuple[str, Decimal]]:
    held = found.held or {}
    tariffs = [held.get(one.key, one) for one in found.tariffs]
    if any(one.digest != other.digest for one, other in zip(tariffs, found.tariffs, strict=True)):
        yield from _priced("HELD_TARIFF", found, tariffs, RULE_SETS[found.rule_set])


def _readings(own: RuleSet) -> Iterator[tuple[str, RuleSet]]:
    return ((name, rules) for name, rules in RULE_SETS.items() if rules != own)


def _priced(
    name: str, found: Pricing, tariffs: Iterable[Used], rules: RuleSet
) -> Iterator[tuple[str, Decimal]]:
    if found.charge is None:
        return
    try:
        amount = _total(pricing.price_by(found.charge, tariffs, rules))
    except MixedCurrencies:
        return
    if amount is not None:
        yield name, amount


def _as_charging(found: Pricing) -> Pricing:
    """The same charge with all of its time as charging time."""
    if found.charge is None:
        return found
    periods = tuple(
        one._replace(phase=Phase.CHARGING, time=None, parking=None)
        if one.phase in (Phase.PARKING, Phase.SUSPENDED)
        else one
        for one in found.charge.periods
    )
    return replace(found, charge=found.charge._replace(periods=periods))


def _parts(priced: Priced, computed: Decimal) -> Iterator[tuple[str, Decimal]]:
    for name, part in _PARTS:
        amount = getattr(priced, part).before_taxes
        if amount:
            yield name, computed - amount
    for name, part in (
        ("FIXED_TWICE", "total_fixed_cost"),
        ("PARKING_TWICE", "total_parking_cost"),
    ):
        amount = getattr(priced, part).before_taxes
        if amount:
            yield name, computed + amount


def _factors(priced: Priced, computed: Decimal) -> Iterator[tuple[str, Decimal]]:
    energy = priced.total_energy_cost.before_taxes
    if energy:
        yield "WH_AS_KWH", computed + energy * (_THOUSAND - _ONE)
        yield "KWH_AS_WH", computed - energy * (_ONE - _ONE / _THOUSAND)
    time = (priced.total_time_cost.before_taxes or 0) + (
        priced.total_parking_cost.before_taxes or 0
    )
    if time:
        yield "MINUTES_AS_HOURS", computed + time * (_SIXTY - _ONE)
        yield "HOURS_AS_MINUTES", computed - time * (_ONE - _ONE / _SIXTY)


def former(context: Context, versions: Iterable[Used], stated: Decimal, tolerance: Decimal) -> bool:
    """Whether one of these former versions of a tariff makes the price that was billed."""
    found = context.pricing
    if found.charge is None:
        return False
    rules = RULE_SETS[found.rule_set]
    for version in versions:
        tariffs = [version if one.key == version.key else one for one in found.tariffs]
        for _, amount in _priced("", found, tariffs, rules):
            if abs(amount - stated) <= tolerance:
                return True
    return False


def _total(priced: Priced) -> Decimal | None:
    total = priced.total_cost
    return total.after_taxes if total.before_taxes is None else total.before_taxes
