"""Minimum and maximum prices (OCPI 2.3.0, mod_tariffs, Tariff object; A-07)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

from tariffs.pricing.charge import ZERO
from tariffs.pricing.exact import settled
from tariffs.pricing.priced import Bound, Line, Price, added_up
from tariffs.pricing.rules import Limits, RuleSet
from tariffs.pricing.tariff import CompiledTariff
from tariffs.pricing.taxing import with_amounts

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
    yield _within(subtotal._replace(lines=inside), bounds, notes)


def _within(subtotal: Subtotal, bounds: list[Bound], notes: dict[str, None]) -> Price:
    tariff, price = subtotal.tariff, added_up(subtotal.lines)
    before, after = price.before_taxes, price.after_taxes
    for field, choose in _LIMITS:
        limit = tariff.minimum if choose is max else tariff.maximum
        if limit is None:
            continue
        bound_before = _bound(before, limit.before_taxes, choose)
        if limit.after_taxes is not None:
            bound_after = _bound(after, limit.after_taxes, choose)
        elif bound_before != before:
            bound_after = _taxed(subtotal, bound_before)
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


def _taxed(subtotal: Subtotal, bound: Decimal | None) -> Decimal | None:
    """After tax where the Tariff limits only the price before: taxed as the price was, or would be."""
    if bound is None:
        return None
    lines = [line for line in subtotal.lines if line.cost]
    rates = {line.tax_rate for line in lines} or {subtotal.tariff.single_vat}
    if len(rates) == 1:
        return settled(bound + bound * (rates.pop() or 0) / _HUNDRED)
    before = sum((line.before_taxes or ZERO for line in lines), ZERO)
    after = sum((line.after_taxes or ZERO for line in lines), ZERO)
    return settled(bound * after / before) if before else bound
