"""Which countries and IANA time zones belong together, for filling in one from the other."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ocpi.countries import ALPHA_3

_COORDINATES = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?([+-])(\d{3})(\d{2})(\d{2})?")


class _Zone(NamedTuple):
    """A zone, its country (alpha-3) and its principal place in degrees."""

    name: str
    country: str
    latitude: float
    longitude: float


@cache
def _zones() -> tuple[dict[str, str], dict[str, list[_Zone]]]:
    country_of: dict[str, str] = {}
    zones_of: dict[str, list[_Zone]] = defaultdict(list)
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        columns = line.split("\t")
        if line.startswith("#") or columns[0] not in ALPHA_3:
            continue
        country = ALPHA_3[columns[0]]
        country_of[columns[2]] = country
        zones_of[country].append(_Zone(columns[2], country, *_degrees(columns[1])))
    return country_of, dict(zones_of)


def _degrees(text: str) -> tuple[float, float]:
    """`+5222+00454` (degrees and minutes, maybe seconds) as latitude and longitude."""
    match = _COORDINATES.fullmatch(text)
    if match is None:
        raise ValueError(f"zone.tab has unexpected coordinates: {text!r}")
    north, *latitude, east, longitude, minutes, seconds = match.groups()
    return _angle(north, *latitude), _angle(east, longitude, minutes, seconds)


def _angle(sign: str, degrees: str, minutes: str, seconds: str | None) -> float:
    size = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -size if sign == "-" else size


def country_of_zone(zone: str | None) -> str | None:
    """Alpha-3 country of an IANA time zone; None for zones of no single country."""
    return _zones()[0].get(zone or "")


def zone_of_country(country: str | None) -> str | None:
    """The IANA time zone of an alpha-3 country that has just one."""
    zones = _zones()[1].get(country or "", [])
    return zones[0].name if len(zones) == 1 else None


def zone_at(country: str | None, latitude: float, longitude: float) -> str:
    """The IANA time zone of a place, going by the nearest principal place of a zone of its country.

    Of zones of a country that keep the same time the one that most people live in: Berlin, not Busingen.
    A country without a zone of its own gets the nearest of all.
    """
    known = _zones()[1]
    zones = known.get(country or "") or [zone for found in known.values() for zone in found]
    nearest = min(zones, key=lambda zone: _distance(zone, latitude, longitude))
    # zone.tab lists the zones of a country by population.
    same_time = (zone for zone in known[nearest.country] if _clock(zone) == _clock(nearest))
    return next(same_time).name


def _clock(zone: _Zone) -> tuple[timedelta | None, ...]:
    """How far a zone is ahead of UTC in winter and in summer."""
    return tuple(
        datetime(2026, month, 1, tzinfo=ZoneInfo(zone.name)).utcoffset() for month in (1, 7)
    )


def _distance(zone: _Zone, latitude: float, longitude: float) -> float:
    """Of places near each other, in degrees of a great circle: good enough for comparing."""
    across = (zone.longitude - longitude + 180) % 360 - 180
    middle = math.cos(math.radians((zone.latitude + latitude) / 2))
    return math.hypot(zone.latitude - latitude, across * middle)
