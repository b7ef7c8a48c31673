"""Whether a Credit CDR takes back what was billed, once."""

from __future__ import annotations

from cdrs import words
from review.checks.declaration import Check, Found, Values
from review.checks.facts import Context


def _credit_original(context: Context, values: Values) -> Found | None:
    cdr = context.cdr
    if not cdr.credit or context.original is not None:
        return None
    if not cdr.credit_reference_key:
        return Found("It is a credit, and does not say of which CDR.", abs(cdr.total_cost))
    return Found(
        f"The CDR it credits ({cdr.credit_reference_key}) is not here.", abs(cdr.total_cost)
    )


def _credited_twice(context: Context, values: Values) -> Found | None:
    """Of several credits of one original the later ones are in question, not the first."""
    cdr = context.cdr
    before = [one for one in context.credits if one.id < cdr.id]
    if not cdr.credit or not cdr.credit_reference_key or not before:
        return None
    return Found(
        f"{cdr.credit_reference_key} was credited before, by {before[0].cdr_id}.",
        abs(cdr.total_cost),
        detail={"cdr": before[0].id},
    )


def _credit_amount(context: Context, values: Values) -> Found | None:
    cdr, original = context.cdr, context.original
    if not cdr.credit:
        return None
    if cdr.total_cost > 0:
        return Found("It is a credit with a positive amount.", abs(cdr.total_cost))
    if original is None:
        return None
    if cdr.total_cost == -original.total_cost and cdr.currency == original.currency:
        return None
    cost = words.amount(original.total_cost, original.currency)
    off = abs(cdr.total_cost + original.total_cost)
    return Found(
        f"It does not take back what {original.cdr_id} cost ({cost}).",
        off if cdr.currency == original.currency else abs(cdr.total_cost),
    )


CHECKS = (
    Check(
        "credit_original",
        "Credit without its original",
        "A Credit CDR takes back a CDR that is not here, or does not say which.",
        "Fetch the partner's CDRs, or ask which CDR is meant; nothing may be paid back before.",
        _credit_original,
    ),
    Check(
        "credited_twice",
        "Credited twice",
        "The same CDR was taken back by another Credit CDR before.",
        "Ask the CPO which of the credits holds.",
        _credited_twice,
    ),
    Check(
        "credit_amount",
        "Credit of another amount",
        "A Credit CDR takes back the whole of its original: its total is the same with a minus.",
        "Ask the CPO. What was only in part wrong is credited whole and billed anew.",
        _credit_amount,
    ),
)
