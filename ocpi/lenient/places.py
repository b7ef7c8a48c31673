"""In which time zone a site lies, for reading local times."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from ocpi.countries import ALPHA_2, ALPHA_3
from ocpi.places import zone_of_country
from ocpi.types import TIME_ZONES


def zone_of_site(document: dict[str, Any], given: str | None) -> ZoneInfo | None:
    """The zone whose local time an object's sender writes: its own, one given, its country's.

    None where the country has several zones, or nothing says which country it is.
    """
    named = _zone_named(document.get("time_zone")) or _zone_named(given)
    if named is None:
        for name in ("country", "country_code"):
            word = str(document.get(name) or "").strip().upper()
            country = word if word in ALPHA_2 else ALPHA_3.get(word)
            named = named or zone_of_country(country)
    return ZoneInfo(named) if named else None


def _zone_named(value: Any) -> str | None:
    word = value.strip().replace(" ", "_") if isinstance(value, str) else ""
    return word if word in TIME_ZONES else None
