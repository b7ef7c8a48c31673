"""Charging preferences and the answers to them in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from ocpi.charging_classes import ChargingPreferencesResponse
from ocpi.numbers import plain
from tokens.words import PROFILES

ANSWERS: frozenset[str] = frozenset(get_args(ChargingPreferencesResponse))
SENTENCES = {
    "ACCEPTED": "The CPO accepted them and will try to meet them.",
    "DEPARTURE_REQUIRED": "The CPO needs to know when the driver leaves.",
    "ENERGY_NEED_REQUIRED": "The CPO needs to know how much energy the driver wants.",
    "NOT_POSSIBLE": "They cannot be met at this EVSE.",
    "PROFILE_TYPE_NOT_SUPPORTED": "The EVSE does not offer this kind of charging.",
}


def described(preferences: Mapping[str, Any]) -> str:
    """``as cheaply as possible, 20 kWh, until 2026-11-20T18:00:00Z, may be discharged``."""
    kind = str(preferences.get("profile_type"))
    said = [PROFILES.get(kind, kind)]
    if preferences.get("energy_need") is not None:
        said.append(f"{plain(preferences['energy_need'])} kWh")
    if preferences.get("departure_time"):
        said.append(f"until {preferences['departure_time']}")
    # Without a word on it the battery must not be discharged (S-022).
    if preferences.get("discharge_allowed"):
        said.append("may be discharged")
    return ", ".join(said)
