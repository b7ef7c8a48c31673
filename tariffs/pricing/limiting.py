"""Minimum and maximum prices (OCPI 2.3.0, mod_tariffs, Tariff object; A-07)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

from tariffs.pricing.exact import quotient
from tariffs.pricing.priced import Bound, Line, Price
from tariffs.pricing.rules import Limits, RuleSet
from tariffs.pricing.tariff import CompiledTariff
from tariffs.pricing.taxing import added_up, with_amounts

_HUNDRED = Decimal(100)
_Choose = Callable[[Decimal, Decimal], Decimal]
_LIMITS: tuple[tuple[str, _Choose], ...] = (("min_price", max), ("max_price", min))


class Subtotal(NamedTuple):
    """The lines of one Tariff; `connected` says whether a vehicle was connected under it."""

    tariff: CompiledTariff
    lines: list[Line]
    connected: bool


def limited(
    subtotal: Subtotal, rules: RuleSet, bounds: list[Bound], notes: dict[str, None]
) -> Iterator[Price]:
    """The price of a Tariff within its limits, in one part or, with the reservation outside, two."""
    if rules.limits is Limits.NEVER:
        yield added_up(subtotal.lines)
        return
    inside = subtotal.lines
    if rules.limits is Limits.WITHOUT_RESERVATION:
        yield added_up([line for line in inside if not line.phase.is_connected])
        if not subtotal.connected:
            return
        inside = [line for line in inside if line.phase.is_connected]
    yield _within(subtotal.tariff, added_up(inside), bounds, notes)


def _within(
    tariff: CompiledTariff, price: Price, bounds: list[Bound], notes: dict[str, None]
) -> Price:
    before, after = price.before_taxes, price.after_taxes
    for field, choose in _LIMITS:
        limit = tariff.minimum if choose is max else tariff.maximum
        if limit is None:
            continue
        bound_before = _bound(before, limit.before_taxes, choose)
        if limit.after_taxes is not None:
            bound_after = _bound(after, limit.after_taxes, choose)
        elif bound_before != before:
            bound_after = _in_proportion(tariff, before, after, bound_before)
        else:
            bound_after = after
            if before is None and limit.before_taxes is not None:
                notes["LIMIT_NOT_APPLIED"] = None
        for side, old, new in (
            ("before_taxes", before, bound_before),
            ("after_taxes", after, bound_after),
        ):
            if old is not None and new is not None and old != new:
                bounds.append(Bound(tariff.tariff_id, field, side, old, new))
        before, after = bound_before, bound_after
    return with_amounts(price, before, after)


def _bound(amount: Decimal | None, limit: Decimal | None, choose: _Choose) -> Decimal | None:
    return amount if amount is None or limit is None else choose(amount, limit)


def _in_proportion(
    tariff: CompiledTariff,
    before: Decimal | None,
    after: Decimal | None,
    bound: Decimal | None,
) -> Decimal | None:
    """After tax where the Tariff limits only the price before: taxed as the price was, or would be."""
    if before is None or after is None or bound is None:
        return after
    if before:
        return quotient(bound * after, before)
    return bound + bound * (tariff.single_vat or 0) / _HUNDRED
