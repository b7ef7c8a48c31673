"""What charges would cost by one tariff, or by several beside each other.

Pure, but for what :mod:`tariffs.selling` adds: documents in, exact prices out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from ocpi.currencies import money, rounded
from ocpi.numbers import plain
from tariffs.pricing import CompiledTariff, NotATariff, Priced, clock, compile_tariff, price
from tariffs.selling import Rule, Sold, sell
from tariffs.workshop.uses import Use, charge_of

CHEAPEST, DEAREST = "cheapest", "most expensive"

RuleAt = Callable[[datetime], Rule | None]
"""By which rule a charge that starts at a moment is sold on."""


class Cost(NamedTuple):
    """What a use costs from a moment on; ``after`` tax is ``None`` where the tax is not known, likewise ``before``.

    ``free`` names what was used and has no price at that time, although the tariff has one for it at others.
    ``sold`` is what it is sold on for, before tax. ``mark`` says where it stands beside others, in words.
    """

    use: Use
    start: datetime
    currency: str
    before: Decimal | None
    after: Decimal | None
    free: tuple[str, ...]
    sold: Sold | None = None
    mark: str = ""

    @property
    def shown(self) -> Decimal | None:
        """After tax where it is known, else before."""
        return self.before if self.after is None else self.after

    @property
    def margin(self) -> Decimal | None:
        """What is left of selling it, before tax."""
        if self.sold is None or self.before is None:
            return None
        return self.sold.before_taxes - self.before


def compiled(document: Mapping[str, Any]) -> CompiledTariff | None:
    """The tariff made ready to price by; ``None`` when it says no price that could be computed with."""
    try:
        return compile_tariff(document)
    except NotATariff:
        return None


def cost(
    tariff: CompiledTariff, use: Use, start: datetime, zone: str, rule_at: RuleAt | None = None
) -> Cost:
    """What a use costs at a place in ``zone`` (IANA), and what it is sold for where a rule says so."""
    priced = price(charge_of(use, start, zone), tariff)
    before, after = priced.total_cost.before_taxes, _after(priced)
    rule = rule_at(start) if rule_at is not None else None
    sold = sell(before, use.kwh, rule) if rule is not None and before is not None else None
    return Cost(use, start, priced.currency, before, after, _free(priced), sold)


def _after(priced: Priced) -> Decimal | None:
    """A tax that is added and not stated is not known, so that neither is the price after it."""
    return None if "TAX_NOT_STATED" in priced.notes else priced.total_cost.after_taxes


def _free(priced: Priced) -> tuple[str, ...]:
    """Energy; or time, if the tariff has no price for energy."""
    missed = {one.dimension for one in priced.unpriced if one.reason == "NO_MATCH"}
    by_energy = any(line.dimension == "ENERGY" for line in priced.lines) or "ENERGY" in missed
    wanted = "ENERGY" if by_energy else "TIME"
    return (_WHAT[wanted],) if wanted in missed else ()


_WHAT = {"ENERGY": "energy", "TIME": "charging time"}


def basis(costs: Iterable[Cost | None]) -> str:
    """What can be compared: ``after`` or ``before`` tax, empty where neither is known of all of them."""
    known = [one for one in costs if one is not None and not one.free]
    for side in ("after", "before"):
        if known and all(getattr(one, side) is not None for one in known):
            return side
    return ""


def marked(costs: Sequence[Cost | None], side: str) -> list[Cost | None]:
    """The same costs of one use, those of different tariffs, with the cheapest and the dearest marked.

    ``side`` is what is compared. Nothing is marked unless there are two in one currency that differ; where a
    part has no price at that time nothing is cheap about it.
    """
    known = [one for one in costs if one is not None and not one.free]
    amounts = {getattr(one, side) for one in known} if side else set()
    if len({one.currency for one in known}) != 1 or len(amounts) < 2:
        return list(costs)
    marks = {min(amounts): CHEAPEST, max(amounts): DEAREST}
    return [
        one if one is None or one.free else one._replace(mark=marks.get(getattr(one, side), ""))
        for one in costs
    ]


def in_order(costs: Iterable[Cost | None], side: str) -> list[int]:
    """The places of costs, the cheapest first, each currency apart; what is not known comes last."""
    numbered = [(place, one) for place, one in enumerate(costs)]
    return [place for place, _ in sorted(numbered, key=lambda one: _rank(one[1], side))]


def _rank(one: Cost | None, side: str) -> tuple[bool, bool, str, Decimal]:
    amount = getattr(one, side) if one is not None and side else None
    if one is None or amount is None:
        return True, True, "", Decimal(0)
    return False, bool(one.free), one.currency, amount


def shown(amount: Decimal | None, currency: str) -> str:
    """An amount to read, rounded half up to the decimals of its currency; empty where it is not known."""
    if amount is None:
        return ""
    return money(rounded(amount, currency), currency)


def exact(amount: Decimal | None, currency: str) -> str:
    """The same with every digit."""
    return "" if amount is None else f"{currency} {plain(amount)}".strip()


def is_zone(name: str) -> bool:
    """Whether a time zone (IANA) of this name exists."""
    return clock.zone(name) is not None
