"""Charging periods of a Session: what a PATCH appends, and what a partner still lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ocpi import json

Period = Mapping[str, Any]

# What a PATCH may say of a session that goes on; anything else, and anything taken away, needs a PUT.
PATCHED = frozenset(
    {
        "start_date_time",
        "end_date_time",
        "kwh",
        "auth_method",
        "authorization_reference",
        "meter_id",
        "total_cost",
        "status",
        "last_updated",
    }
)
FROM = "periods:"
"""How deliveries name a change: nothing but ``PATCHED``, and periods from this number on."""


def appended(present: Sequence[Period], more: Sequence[Period]) -> list[Period]:
    """Periods with those of a PATCH behind them (OCPI 2.2.1, mod_sessions, PATCH method).

    What is there already is not added again, so that a PATCH that comes twice changes nothing.
    """
    seen = {_identity(period) for period in present}
    result = list(present)
    for period in more:
        identity = _identity(period)
        if identity not in seen:
            seen.add(identity)
            result.append(period)
    return result


def change(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """What changed, as deliveries name it; ``None`` when only a PUT can say it."""
    names = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    old, new = before.get("charging_periods") or [], after.get("charging_periods") or []
    if not names - {"charging_periods"} <= PATCHED:
        return None
    if any(after.get(name) is None for name in names - {"charging_periods"}):
        return None
    if list(new[: len(old)]) != list(old):
        return None
    return f"{FROM}{len(old)}"


def known_before(changed: Sequence[str]) -> int | None:
    """How many periods the partner holds, where a change says so."""
    if len(changed) != 1 or not changed[0].startswith(FROM):
        return None
    return int(changed[0].removeprefix(FROM))


def _identity(period: Period) -> bytes:
    dimensions = sorted((d["type"], float(d["volume"])) for d in period["dimensions"])
    moment = str(period["start_date_time"]).rstrip("Z")
    return json.dumps([moment, str(period.get("tariff_id") or "").upper(), dimensions])
