"""What we sell a charge for that we bought: mark-up, price per kWh, fee, floor and cap, step by step.

Pure: exact decimals, no rounding, no clock, no database. All amounts are before tax and in one currency.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import NamedTuple

from ocpi.currencies import money
from ocpi.numbers import plain

HUNDRED, NOTHING = Decimal(100), Decimal(0)
DIGITS = 80
"""More than amounts, energy and rates of our columns have together, so that nothing is rounded."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is added to a charge: percent of what it was bought for, an amount per kWh, an amount per charge.

    ``floor`` and ``cap`` bound what a charge is sold for; ``None`` bounds nothing.
    """

    currency: str
    markup_percent: Decimal = NOTHING
    price_per_kwh: Decimal = NOTHING
    fee: Decimal = NOTHING
    floor: Decimal | None = None
    cap: Decimal | None = None


class Step(NamedTuple):
    """One step of the calculation in words, what it added, and what there was after it."""

    words: str
    added: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Sold:
    """What a charge is sold for before tax, exactly, and how that came about."""

    before_taxes: Decimal
    steps: tuple[Step, ...]


def sell(bought_before_tax: Decimal, energy: Decimal, rule: Rule) -> Sold:
    """What a charge of ``energy`` kWh that was bought for ``bought_before_tax`` is sold for by ``rule``.

    Both are of one CDR, in the rule's currency. What is negative is a credit, and comes to the negative of
    what it credits, fee, floor and cap included. Mark-up, price per kWh and fee add up; then the floor
    counts, then the cap.
    """
    sign = -1 if bought_before_tax < 0 or (not bought_before_tax and energy < 0) else 1
    steps: list[Step] = []
    total = NOTHING
    with localcontext() as context:
        context.prec = DIGITS
        for words, added in _parts(sign * bought_before_tax, sign * energy, rule):
            total += added
            steps.append(Step(words, sign * added + NOTHING, sign * total + NOTHING))
        for words, bound in _bounds(total, rule):
            steps.append(Step(words, sign * (bound - total) + NOTHING, sign * bound + NOTHING))
            total = bound
    return Sold(steps[-1].total, tuple(steps))


def in_words(rule: Rule) -> str:
    """What a rule does, in a line: ``+ 12 %, + EUR 0.05 per kWh, at most EUR 40.00 per charge``."""
    currency = rule.currency
    said = [
        f"{_sign(rule.markup_percent)} {plain(abs(rule.markup_percent))} %"
        if rule.markup_percent
        else "",
        _added(rule.price_per_kwh, currency, "per kWh"),
        _added(rule.fee, currency, "per charge"),
        "" if rule.floor is None else f"at least {money(rule.floor, currency)} per charge",
        "" if rule.cap is None else f"at most {money(rule.cap, currency)} per charge",
    ]
    return ", ".join(filter(None, said)) or "sold for what it was bought for"


def _added(amount: Decimal, currency: str, per: str) -> str:
    return f"{signed(amount, currency)} {per}" if amount else ""


def signed(amount: Decimal, currency: str) -> str:
    """An amount that is added or taken away: ``+ EUR 0.35``."""
    return f"{_sign(amount)} {money(abs(amount), currency)}"


def _sign(amount: Decimal) -> str:
    return "+" if amount >= 0 else "\N{MINUS SIGN}"


def _parts(bought: Decimal, energy: Decimal, rule: Rule) -> Iterator[tuple[str, Decimal]]:
    yield "Bought for", bought
    if rule.markup_percent:
        kind = "Mark-up" if rule.markup_percent > 0 else "Discount"
        words = f"{kind} of {plain(abs(rule.markup_percent))} %"
        yield words, bought * rule.markup_percent / HUNDRED
    if rule.price_per_kwh:
        price = money(rule.price_per_kwh, rule.currency)
        yield f"{plain(energy)} kWh at {price}", energy * rule.price_per_kwh
    if rule.fee:
        yield "Fee per charge", rule.fee


def _bounds(total: Decimal, rule: Rule) -> Iterator[tuple[str, Decimal]]:
    """The floor and the cap, each where it changes something; the cap has the last word."""
    if rule.floor is not None and total < rule.floor:
        total = rule.floor
        yield f"At least {money(rule.floor, rule.currency)} per charge", rule.floor
    if rule.cap is not None and total > rule.cap:
        yield f"At most {money(rule.cap, rule.currency)} per charge", rule.cap
