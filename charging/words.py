"""Amounts, energy and times of charges in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo

from ocpi.currencies import money
from ocpi.numbers import exact_decimal, plain

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


def amount(number: Any, currency: str) -> str:
    """An amount of money; empty where there is none."""
    return money(number, currency) if is_number(number) else ""


def energy(number: Any) -> str:
    """``10.5 kWh``."""
    return f"{plain(number)} kWh" if is_number(number) else ""


def duration(hours: Any) -> str:
    """Hours as people say them: ``1 h 05 min``, ``42 s``; empty where there are none."""
    if not is_number(hours):
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
    shown = plain(number) if is_number(number) else str(number)
    return f"{name} {shown} {unit}".strip()


def local(at: datetime, zone: ZoneInfo | None) -> str:
    """A moment where the charge was: ``2026-11-20 14:05:30 CET``, or UTC where the zone is not known."""
    moment = at.astimezone(zone or ZoneInfo("UTC"))
    return f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzname()}"


def is_number(number: Any) -> TypeGuard[int | float | Decimal]:
    return isinstance(number, int | float | Decimal) and not isinstance(number, bool)
