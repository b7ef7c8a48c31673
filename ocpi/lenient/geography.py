"""Coordinates that cannot be meant: told, never corrected, for a guess may be a wrong turn."""

from __future__ import annotations

from typing import Any

from ocpi.lenient.boxes import BOXES, lies_in


def fault_of_coordinates(coordinates: dict[str, Any], country: str | None) -> str | None:
    """The code of what is wrong with a Location's coordinates, if anything."""
    try:
        latitude, longitude = float(coordinates["latitude"]), float(coordinates["longitude"])
    except (KeyError, TypeError, ValueError):
        return None
    if latitude == 0 and longitude == 0:
        return "coordinates_zero"
    if country is None or lies_in(country, latitude, longitude):
        # Both alike happens by chance somewhere, but not to five decimals.
        return "coordinates_alike" if latitude == longitude else None
    if latitude == longitude:
        return "coordinates_alike"
    if lies_in(country, longitude, latitude):
        return "coordinates_swapped"
    if country in BOXES and _lies_across(country, latitude, longitude):
        return "coordinates_sign"
    return "coordinates_elsewhere"


def _lies_across(country: str, latitude: float, longitude: float) -> bool:
    return lies_in(country, -latitude, longitude) or lies_in(country, latitude, -longitude)
