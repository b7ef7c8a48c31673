"""Whether what a CDR costs fits together: its parts, its taxes and its currency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cdrs import words
from cdrs.documents import after_tax
from charging.words import is_number
from ocpi.currencies import DECIMALS
from ocpi.numbers import exact_decimal, plain
from review.checks.declaration import Check, Found, Parameter, Unit, Values
from review.checks.facts import Context

_PARTS = tuple(name for name, _ in words.COSTS)
_PRICES = (("total_cost", "the total"), *((name, label.lower()) for name, label in words.COSTS))
_HUNDRED = Decimal(100)


def _parts(context: Context, values: Values) -> Found | None:
    """The sum of the parts is the total, unless a minimum or maximum price came between them (A-16)."""
    cdr = context.cdr
    parts = [
        exact_decimal(before)
        for name in _PARTS
        if (before := _before(context.document.get(name))) is not None
    ]
    if len(parts) < 2 or _is_limited(context):
        return None
    # A credit repeats the parts of its original; only the total is turned round (PF-40).
    total = abs(cdr.total_cost)
    missing = total - sum(parts)
    if abs(missing) <= values["tolerance"] * len(parts):
        return None
    return Found(
        f"Its parts come to {words.amount(sum(parts), cdr.currency)} before tax, the total is"
        f" {words.amount(cdr.total_cost, cdr.currency)}.",
        abs(missing),
    )


def _is_limited(context: Context) -> bool:
    priced = context.pricing.priced
    return priced is not None and bool(priced.bounds)


def _before(price: Any) -> Any:
    before = price.get("before_taxes") if isinstance(price, Mapping) else None
    return before if is_number(before) else None


def _tax(context: Context, values: Values) -> Found | None:
    """Each tax is its percentage of what it is on, and the total with tax is what the tariff makes of it."""
    if _is_limited(context):
        return None
    for message, amount in _taxes(context, values["tolerance"]):
        return Found(message, amount)
    return None


def _taxes(context: Context, tolerance: Decimal) -> Iterator[tuple[str, Decimal]]:
    currency = context.cdr.currency
    for name, label in _PRICES:
        price = context.document.get(name)
        if not isinstance(price, Mapping) or (before := _before(price)) is None:
            continue
        given = after_tax(price)
        bounds = _tax_bounds(price, exact_decimal(before))
        if given is None or bounds is None:
            continue
        least, most = bounds
        tax = given - exact_decimal(before)
        if least - tolerance <= tax <= most + tolerance:
            continue
        expected = words.amount(least if tax < least else most, currency)
        rates = ", ".join(f"{plain(rate)} %" for rate in _rates(price))
        message = (
            f"Its tax on {label} is {words.amount(tax, currency)};"
            f" {rates} of {words.amount(before, currency)} would be {expected}."
        )
        yield message, least - tax if tax < least else tax - most
    yield from _tax_by_tariff(context, tolerance)


def _tax_bounds(price: Mapping[str, Any], before: Decimal) -> tuple[Decimal, Decimal] | None:
    """The least and the most that the taxes can come to: which part of it each one is on is not said."""
    rates = _rates(price)
    taxes = [tax for tax in price.get("taxes") or () if isinstance(tax, Mapping)]
    if not rates or len(rates) != len(taxes):
        return None
    edges = [before * min(rates) / _HUNDRED, before * sum(rates) / _HUNDRED]
    # What is only on a part of it can be less than the lowest rate of all of it.
    least = edges[0] if len(rates) == 1 else min(Decimal(0), *edges)
    return min(least, edges[1]), max(least, edges[1])


def _rates(price: Mapping[str, Any]) -> list[Decimal]:
    return [
        exact_decimal(tax["percentage"])
        for tax in price.get("taxes") or ()
        if isinstance(tax, Mapping) and is_number(tax.get("percentage"))
    ]


def _tax_by_tariff(context: Context, tolerance: Decimal) -> Iterator[tuple[str, Decimal]]:
    """Only where the price before tax is right: else the tax follows from what is wrong already."""
    cdr, pricing = context.cdr, context.pricing
    before, after, said = pricing.before_taxes, pricing.after_taxes, cdr.total_cost_after_tax
    if cdr.credit or before is None or after is None or said is None or pricing.priced is None:
        return
    if "TAX_NOT_STATED" in pricing.priced.notes:
        # The tariff leaves the tax to the CPO.
        return
    tax, expected = said - cdr.total_cost, after - before
    if abs(cdr.total_cost - before) <= tolerance and abs(tax - expected) > tolerance:
        message = (
            f"Its tax is {words.amount(tax, cdr.currency)}; by its tariff it would be"
            f" {words.amount(expected, cdr.currency)}."
        )
        yield message, abs(tax - expected)


def _currency(context: Context, values: Values) -> Found | None:
    cdr = context.cdr
    if cdr.currency not in DECIMALS:
        shown = f"“{cdr.currency}”" if cdr.currency else "Nothing"
        return Found(f"{shown} is given as its currency, which is none.", abs(cdr.total_cost))
    for tariff in context.pricing.tariffs:
        other = str(tariff.document.get("currency") or "").upper()
        if other and other != cdr.currency:
            return Found(
                f"It is in {cdr.currency}, its tariff {tariff.key} is in {other}.",
                abs(cdr.total_cost),
            )
    session = context.session
    if session is not None and session.currency and session.currency != cdr.currency:
        return Found(
            f"It is in {cdr.currency}, its session was in {session.currency}.",
            abs(cdr.total_cost),
        )
    return None


CHECKS = (
    Check(
        "parts",
        "Parts do not add up",
        "Fixed fees, energy, time, parking and reservation come to something else than the total before tax.",
        "Ask the CPO which of the figures is meant; the total is what is settled.",
        _parts,
        parameters=(
            Parameter(
                "tolerance",
                "A difference up to this does not count, for each part",
                Unit.AMOUNT,
                usual=Decimal("0.01"),
                explanation="For what each part may have been rounded by.",
            ),
        ),
    ),
    Check(
        "tax",
        "Tax does not fit",
        "A tax is not its percentage of the amount that it is on, or not what the tariff says.",
        "Ask the CPO; with a wrong tax its invoice can be refused.",
        _tax,
        parameters=(
            Parameter(
                "tolerance", "A difference up to this does not count", Unit.AMOUNT, Decimal("0.02")
            ),
        ),
        needs_price=True,
    ),
    Check(
        "currency",
        "Another currency",
        "The CDR is in another currency than its tariff or its session, or in none that exists.",
        "Dispute it: nobody converts amounts in roaming without saying so.",
        _currency,
        needs_price=True,
    ),
)
