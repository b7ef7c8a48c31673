"""Whether a CDR costs what its tariff says, and whether that is the tariff which should hold."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from cdrs import words
from ocpi.datetimes import parse_datetime
from review import causes, pricing
from review.checks.declaration import Check, Choice, Found, Parameter, Unit, Values
from review.checks.facts import Awaits, Context
from review.choices import AwaitedKind, Severity
from tariffs.pricing import RULE_SET_LABELS, RULE_SETS, MixedCurrencies

RULES = "rules"
"""The parameter that says by which reading of OCPI a partner's CDRs are priced."""
_HUNDRED = Decimal(100)
_NOT_SAID_BY_IT = frozenset({pricing.Source.AGREED, pricing.Source.CONNECTOR})
_TOLERANCES = (
    Parameter(
        "amount", "A difference up to this does not count", Unit.AMOUNT, usual=Decimal("0.02")
    ),
    Parameter(
        "percent",
        "Nor one up to this share of the price that we make it",
        Unit.PERCENT,
        usual=Decimal("0.5"),
        most=_HUNDRED,
        explanation="The larger of the two counts.",
    ),
)


def _price(context: Context, values: Values) -> Found | None:
    """A credit takes back what was billed, right or wrong: it is not priced."""
    cdr, priced = context.cdr, context.pricing.priced
    if cdr.credit or priced is None or priced.currency != cdr.currency:
        return None
    stated: Decimal | None = cdr.total_cost
    computed, tax = context.pricing.before_taxes, "before tax"
    if computed is None:
        stated, computed, tax = cdr.total_cost_after_tax, context.pricing.after_taxes, "with tax"
    if stated is None or computed is None:
        return None
    if _is_small(stated - computed, computed, values):
        return None
    cause = causes.cause_of(context, stated, values["amount"])
    said = words.amount(stated, cdr.currency)
    ours = words.amount(round(computed, 4), cdr.currency)
    reason = f" {causes.sentence(cause)}" if cause else ""
    return Found(
        f"It costs {said} {tax}; by {pricing.Source(context.pricing.source).label} it would be"
        f" {ours}, {_more(stated - computed, cdr.currency)}.{reason}",
        abs(stated - computed),
        cause,
        awaits=_terms(context) if context.pricing.source in _NOT_SAID_BY_IT else (),
    )


def _is_small(difference: Decimal, computed: Decimal, values: Values) -> bool:
    return abs(difference) <= max(values["amount"], abs(computed) * values["percent"] / _HUNDRED)


def _more(difference: Decimal, currency: str) -> str:
    amount = words.amount(abs(round(difference, 4)), currency)
    return f"{amount} {'less' if difference > 0 else 'more'}"


def _unpriced(context: Context, values: Values) -> Found | None:
    cdr = context.cdr
    if cdr.credit or context.pricing.priced is not None or not context.pricing.why_not:
        return None
    if cdr.total_cost == 0 and cdr.energy > 0:
        return Found(
            "Energy was charged for nothing, and no tariff says why.", awaits=_tariffs(context)
        )
    if cdr.total_cost == 0:
        return None
    return Found(
        f"Its price cannot be checked. {context.pricing.why_not}",
        abs(cdr.total_cost),
        awaits=_tariffs(context),
    )


def _tariffs(context: Context) -> tuple[Awaits, ...]:
    """The tariffs that it, the agreement or the connector names, and that the agreement names any."""
    keys = dict.fromkeys(
        [
            *pricing.named(context.document),
            *context.agreed,
            *(context.connector.tariffs if context.connector else ()),
        ]
    )
    owner = context.cdr.owner_id
    return (
        *(Awaits(AwaitedKind.TARIFF, owner, key) for key in keys if key),
        *_terms(context),
    )


def _terms(context: Context) -> tuple[Awaits, ...]:
    cdr = context.cdr
    if cdr.emsp_id is None:
        return ()
    return (Awaits(AwaitedKind.TERMS, cdr.owner_id, str(cdr.emsp_id)),)


def _tariff_changed(context: Context, values: Values) -> Found | None:
    """The tariff in the CDR is not the one we held: what the charge costs by each of them."""
    cdr, found = context.cdr, context.pricing
    if cdr.credit or found.priced is None or found.source != pricing.Source.EMBEDDED:
        return None
    held = found.held or {}
    changed = [
        one for one in found.tariffs if one.key in held and pricing.other_prices(one, held[one.key])
    ]
    if not changed or found.charge is None:
        return None
    try:
        ours = pricing.price_by(
            found.charge,
            [held.get(one.key, one) for one in found.tariffs],
            RULE_SETS[found.rule_set],
        )
    except MixedCurrencies:
        return None
    by_ours, by_theirs = ours.total_cost.before_taxes, found.before_taxes
    if by_ours is None or by_theirs is None or ours.currency != cdr.currency:
        return None
    if _is_small(by_theirs - by_ours, by_ours, values):
        return None
    return Found(
        f"Its tariff {changed[0].key} has other prices than the one that was here when the charge began:"
        f" {words.amount(round(by_theirs, 4), cdr.currency)} instead of"
        f" {words.amount(round(by_ours, 4), cdr.currency)} before tax.",
        abs(by_theirs - by_ours),
        detail={"tariff": changed[0].key},
    )


def _tariff_not_agreed(context: Context, values: Values) -> Found | None:
    cdr = context.cdr
    if cdr.credit or not context.agreed:
        return None
    used = {one.key for one in context.pricing.tariffs} | set(pricing.named(context.document))
    others = sorted(used - set(context.agreed))
    if not others:
        return None
    agreed = ", ".join(context.agreed)
    return Found(
        f"It is billed by {', '.join(others)}; agreed is {agreed}.",
        abs(cdr.total_cost),
        detail={"tariff": others[0]},
        awaits=_terms(context),
    )


def _tariff_validity(context: Context, values: Values) -> Found | None:
    cdr = context.cdr
    if cdr.credit:
        return None
    for one in context.pricing.tariffs:
        begins = _moment(one.document.get("start_date_time"))
        ends = _moment(one.document.get("end_date_time"))
        if begins is not None and cdr.start < begins:
            when = f"begins to hold only on {words.local(begins, None)}"
        elif ends is not None and cdr.start >= ends:
            when = f"held until {words.local(ends, None)}"
        else:
            continue
        return Found(
            f"Its tariff {one.key} {when}; the charge began on {words.local(cdr.start, None)}.",
            abs(cdr.total_cost),
        )
    return None


def _moment(value: Any) -> datetime | None:
    try:
        return parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None


CHECKS = (
    Check(
        "price",
        "Price differs",
        "The total is not what the tariff makes of the charging periods. Where a usual mistake explains the"
        " difference exactly, it is named.",
        "Look at how the price comes about on the page of the CDR, and dispute it with that.",
        _price,
        parameters=(
            *_TOLERANCES,
            Choice(
                RULES,
                "Read tariffs",
                lambda: RULE_SET_LABELS,
                usual="SPEC",
                explanation="Where OCPI leaves open how a price comes about, partners agree on a reading.",
            ),
        ),
        needs_price=True,
    ),
    Check(
        "unpriced",
        "Price cannot be checked",
        "No tariff came with the CDR and none was here when the charge began, or it cannot be read.",
        "Ask the CPO for its tariffs, or fetch them; then check again.",
        _unpriced,
        severity=Severity.NOTE,
        needs_price=True,
    ),
    Check(
        "tariff_changed",
        "Other prices than we held",
        "The tariff in the CDR says other prices than the tariff of the same ID that was here when the charge"
        " began, and by that the charge would cost something else.",
        "Compare both on the page of the CDR. Prices may not change after a driver has begun to charge.",
        _tariff_changed,
        parameters=_TOLERANCES,
        needs_price=True,
    ),
    Check(
        "tariff_not_agreed",
        "Tariff was not agreed",
        "The agreement with the partner names other tariffs for such a charge.",
        "Dispute it with the agreement, or add the tariff to the agreement.",
        _tariff_not_agreed,
        needs_price=True,
    ),
    Check(
        "tariff_validity",
        "Tariff did not hold then",
        "The charge began before or after the time for which the tariff holds.",
        "Ask the CPO which tariff held then.",
        _tariff_validity,
        needs_price=True,
    ),
)
