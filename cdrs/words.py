"""Amounts, energy and times of CDRs in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeGuard
from zoneinfo import ZoneInfo

from cdrs.documents import after_tax
from ocpi.numbers import exact_decimal, plain
from ocpi.tariff_table import money

COSTS = (
    ("total_fixed_cost", "Fixed fees"),
    ("total_energy_cost", "Energy"),
    ("total_time_cost", "Charging time"),
    ("total_parking_cost", "Parking"),
    ("total_reservation_cost", "Reservation"),
)
DIMENSIONS = {
    "ENERGY": ("Energy", "kWh"),
    "ENERGY_EXPORT": ("Energy fed back", "kWh"),
    "ENERGY_IMPORT": ("Energy drawn", "kWh"),
    "MAX_CURRENT": ("Highest current, all phases", "A"),
    "MIN_CURRENT": ("Lowest current, all phases", "A"),
    "MAX_POWER": ("Highest power", "kW"),
    "MIN_POWER": ("Lowest power", "kW"),
    "PARKING_TIME": ("Parking", "h"),
    "RESERVATION_TIME": ("Reserved", "h"),
    "TIME": ("Charging", "h"),
    "CURRENT": ("Average current", "A"),
    "POWER": ("Average power", "kW"),
    "STATE_OF_CHARGE": ("State of charge", "%"),
}
METHODS = {
    "AUTH_REQUEST": "The eMSP was asked",
    "COMMAND": "Started remotely by the eMSP",
    "WHITELIST": "Whitelist of the CPO",
}


class Cost(NamedTuple):
    """A part of the costs: before and after tax, and its taxes in words; empty where it is not said."""

    name: str
    before: str
    after: str
    taxes: str


def amount(number: Any, currency: str) -> str:
    """An amount of money; empty where there is none."""
    return money(number, currency) if _is_number(number) else ""


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
    rate = f" {plain(percentage)} %" if _is_number(percentage) else ""
    return f"{tax.get('name') or 'Tax'}{rate}: {amount(tax.get('amount'), currency)}"


def energy(number: Any) -> str:
    """``10.5 kWh``."""
    return f"{plain(number)} kWh" if _is_number(number) else ""


def duration(hours: Any) -> str:
    """Hours as people say them: ``1 h 05 min``, ``42 s``; empty where there are none."""
    if not _is_number(hours):
        return ""
    seconds = round(exact_decimal(hours) * 3600)
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    if seconds < 60:
        return f"{sign}{seconds} s"
    whole, minutes = divmod(round(seconds / 60), 60)
    return f"{sign}{whole} h {minutes:02} min" if whole else f"{sign}{minutes} min"


def volume(dimension: Mapping[str, Any]) -> str:
    """One dimension of a period: ``Energy 10 kWh``."""
    kind, number = str(dimension.get("type") or ""), dimension.get("volume")
    name, unit = DIMENSIONS.get(kind, (kind.replace("_", " ").capitalize(), ""))
    if unit == "h":
        return f"{name} {duration(number)}"
    shown = plain(number) if _is_number(number) else str(number)
    return f"{name} {shown} {unit}".strip()


def local(at: datetime, zone: ZoneInfo | None) -> str:
    """A moment where the charge was: ``2026-11-20 14:05:30 CET``, or UTC where the zone is not known."""
    moment = at.astimezone(zone or ZoneInfo("UTC"))
    return f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzname()}"


def decimal(number: Decimal) -> str:
    """A stored decimal without the zeros that fill its column."""
    return plain(number)


def _is_number(number: Any) -> TypeGuard[int | float | Decimal]:
    return isinstance(number, int | float | Decimal) and not isinstance(number, bool)
