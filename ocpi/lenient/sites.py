"""Which time zone an object's sender lives in, from whatever the object says."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from ocpi.countries import ALPHA_2, ALPHA_3
from ocpi.places import zone_at, zone_of_country
from ocpi.types import TIME_ZONES


def zone_of_site(document: dict[str, Any], given: str | None) -> ZoneInfo | None:
    """The zone whose local time an object's sender writes: its own, one given, its country's.

    None when nothing says which country it is, or it has several zones and nothing says where.
    """
    named = _zone_named(document.get("time_zone")) or _zone_named(given)
    for name in ("country", "country_code"):
        named = named or zone_of_document(_country_named(document.get(name)), document)
    return ZoneInfo(named) if named else None


def zone_of_document(country: str | None, document: dict[str, Any]) -> str | None:
    """The zone of an alpha-3 country, or that of its zones in which the coordinates lie."""
    if country is None:
        return None
    zone = zone_of_country(country)
    place = document.get("coordinates")
    if zone is not None or not isinstance(place, dict):
        return zone
    degrees = [_degrees(place.get(name)) for name in ("latitude", "longitude")]
    latitude, longitude = degrees
    if latitude is None or longitude is None:
        return None
    return zone_at(country, latitude, longitude)


def _degrees(value: Any) -> float | None:
    try:
        degrees = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return degrees if -180 <= degrees <= 180 else None


def _zone_named(value: Any) -> str | None:
    word = value.strip().replace(" ", "_") if isinstance(value, str) else ""
    return word if word in TIME_ZONES else None


def _country_named(value: Any) -> str | None:
    word = str(value or "").strip().upper()
    return word if word in ALPHA_2 else ALPHA_3.get(word)
