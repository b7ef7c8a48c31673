"""Which countries and IANA time zones belong together, for filling in one from the other."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib.resources import files

from ocpi.countries import ALPHA_3


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
