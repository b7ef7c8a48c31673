"""Amounts, energy and times of CDRs in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cdrs.documents import after_tax
from charging.words import METHODS, amount, duration, energy, is_number, local
from ocpi.currencies import money
from ocpi.numbers import plain

__all__ = ["METHODS", "Cost", "amount", "costs", "duration", "energy", "local"]

COSTS = (
    ("total_fixed_cost", "Fixed fees"),
    ("total_energy_cost", "Energy"),
    ("total_time_cost", "Charging time"),
    ("total_parking_cost", "Parking"),
    ("total_reservation_cost", "Reservation"),
)


class Cost(NamedTuple):
    """A part of the costs: before and after tax, and its taxes in words; empty where it is not said."""

    name: str
    before: str
    after: str
    taxes: str


def costs(document: Mapping[str, Any], currency: str) -> list[Cost]:
    """The parts that a canonical CDR names, and the total."""
    rows = [
        _cost(label, document[name], currency)
        for name, label in COSTS
        if isinstance(document.get(name), Mapping)
    ]
    total = document.get("total_cost")
    return [*rows, _cost("Total", total if isinstance(total, Mapping) else {}, currency)]


def _cost(label: str, price: Mapping[str, Any], currency: str) -> Cost:
    after = after_tax(price)
    taxes = [tax for tax in price.get("taxes") or () if isinstance(tax, Mapping)]
    said = ", ".join(_tax(tax, currency) for tax in taxes)
    before = amount(price.get("before_taxes"), currency)
    return Cost(label, before, "" if after is None else money(after, currency), said)


def _tax(tax: Mapping[str, Any], currency: str) -> str:
    percentage = tax.get("percentage")
    rate = f" {plain(percentage)} %" if is_number(percentage) else ""
    return f"{tax.get('name') or 'Tax'}{rate}: {amount(tax.get('amount'), currency)}"
