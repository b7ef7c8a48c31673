"""Which countries and IANA time zones belong together, for filling in one from the other."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from ocpi.countries import ALPHA_2, ALPHA_3
from ocpi.types import TIME_ZONES


@cache
def _zones() -> tuple[dict[str, str], dict[str, list[str]]]:
    country_of: dict[str, str] = {}
    zones_of: dict[str, list[str]] = defaultdict(list)
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        columns = line.split("\t")
        if line.startswith("#") or columns[0] not in ALPHA_3:
            continue
        country_of[columns[2]] = ALPHA_3[columns[0]]
        zones_of[ALPHA_3[columns[0]]].append(columns[2])
    return country_of, zones_of


def country_of_zone(zone: str | None) -> str | None:
    """Alpha-3 country of an IANA time zone; None for zones of no single country."""
    return _zones()[0].get(zone or "")


def zone_of_country(country: str | None) -> str | None:
    """The IANA time zone of an alpha-3 country that has just one."""
    zones = _zones()[1].get(country or "", [])
    return zones[0] if len(zones) == 1 else None


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
