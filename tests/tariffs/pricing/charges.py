"""Charges built from minutes: C charging, P parking, S paused by the EVSE, R reserved, X expired."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tariffs.pricing import Charge, Period, Phase

BERLIN = "Europe/Berlin"
MONDAY = "2024-06-03"
SATURDAY = "2024-06-08"

_PHASES = {
    "C": Phase.CHARGING,
    "P": Phase.PARKING,
    "S": Phase.SUSPENDED,
    "R": Phase.RESERVATION,
    "X": Phase.RESERVATION_EXPIRED,
}


def part(kind: str, minutes: float = 60, kwh: object = 0, **flow: Any) -> tuple[Any, ...]:
    """A stretch of `minutes` with `kwh`; `flow` holds fields of Period such as max_current."""
    return kind, minutes, Decimal(str(kwh)), flow


def charge(*parts: tuple[Any, ...], at: str = f"{MONDAY}T12:00", time_zone: str = BERLIN) -> Charge:
    """The stretches one after the other from the local time `at`."""
    begins = datetime.fromisoformat(at)
    if begins.tzinfo is None:
        begins = begins.replace(tzinfo=ZoneInfo(time_zone))
    begins = begins.astimezone(ZoneInfo("UTC"))
    periods: list[Period] = []
    for place, (kind, minutes, kwh, flow) in enumerate(parts):
        ends = begins + timedelta(minutes=minutes)
        decimals = {name: _decimal(value) for name, value in flow.items()}
        periods.append(Period(begins, ends, _PHASES[kind], kwh, source=place, **decimals))
        begins = ends
    start = next((one.start for one in periods if one.phase.is_connected), periods[0].start)
    return Charge(tuple(periods), time_zone, start)


def _decimal(value: Any) -> Any:
    return value if isinstance(value, str) else Decimal(str(value))
