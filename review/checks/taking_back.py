"""Whether a Credit CDR takes back what was billed, once."""

from __future__ import annotations

from cdrs import words
from review.checks.declaration import Check, Found, Values
from review.checks.facts import Context
from review.choices import ReviewState

CREDIT_UNSETTLED = "credit_unsettled"


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
    if not cdr.credit and len(context.credits) > 1:
        return Found("It was credited more than once.", detail={"cdr": context.credits[1].id})
    before = [one for one in context.credits if one.id < cdr.id]
    if not cdr.credit or not cdr.credit_reference_key or not before:
        return None
    return Found(
        f"{cdr.credit_reference_key} was credited before, by {before[0].cdr_id}.",
        abs(cdr.total_cost),
        detail={"cdr": before[0].id},
    )


def _credit_unsettled(context: Context, values: Values) -> Found | None:
    cdr, original = context.cdr, context.original
    if not cdr.credit or original is None:
        return None
    if original.state == ReviewState.DISPUTED:
        said = f"{original.cdr_id}, which it takes back, is disputed."
    elif original.state == ReviewState.DROPPED:
        said = f"{original.cdr_id}, which it takes back, was dropped: nobody pays it."
    else:
        return None
    return Found(said, abs(cdr.total_cost), detail={"cdr": original.id})


def _credit_adjusted(context: Context, values: Values) -> Found | None:
    """An adjustment on a statement and a Credit CDR about the same are double."""
    cdr, adjusted = context.cdr, context.adjusted
    if not cdr.credit or adjusted is None:
        return None
    off = words.amount(adjusted.amount, cdr.currency)
    return Found(
        f"It may be double: {off} were taken off by hand already, for the dispute {adjusted.number}.",
        abs(cdr.total_cost),
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
        "The same CDR was taken back by more than one Credit CDR.",
        "Ask the CPO which of the credits holds.",
        _credited_twice,
    ),
    Check(
        CREDIT_UNSETTLED,
        "Credit of what is not settled",
        "The CDR that it takes back is disputed, or was dropped. Settled by itself, the credit would pay back what"
        " nobody paid.",
        "Close the dispute, which settles the credit together with the CDR; drop the credit of what was dropped.",
        _credit_unsettled,
    ),
    Check(
        "credit_adjusted",
        "Credited by hand already",
        "What it takes back was in a dispute that was credited in part, and the agreed amount was taken off a"
        " statement by hand. Settled too, it would be credited twice.",
        "If both are about the same, take the adjustment back on the page of the dispute and accept the credit, or"
        " drop the credit.",
        _credit_adjusted,
    ),
    Check(
        "credit_amount",
        "Credit of another amount",
        "A Credit CDR takes back the whole of its original: its total is the same with a minus.",
        "Ask the CPO. What was only in part wrong is credited whole and billed anew.",
        _credit_amount,
    ),
)
