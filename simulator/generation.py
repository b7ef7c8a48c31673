"""Location documents of the simulated operator, canonical: the same for the same seed."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from ocpi.datetimes import format_datetime
from ocpi.ids import PartyId
from simulator.documents import Document
from simulator.tariffs import tariff_ids
from simulator.towns import BELGIUM, NETHERLANDS, TOWNS, UNITED_KINGDOM, Town

FIRST_UPDATE = datetime(2025, 1, 1, tzinfo=UTC)
LETTERS = "ABCDEFGHJKLMNPRSTVWXZ"
COUNTRY_WEIGHTS = {NETHERLANDS.code: 6, BELGIUM.code: 3, UNITED_KINGDOM.code: 3}
BASE_CAPABILITIES = [
    "RFID_READER",
    "REMOTE_START_STOP_CAPABLE",
    "RESERVABLE",
    "UNLOCK_CAPABLE",
    "CHARGING_PROFILE_CAPABLE",
]


class Plug(NamedTuple):
    """A kind of connector; voltage in V, current in A, power in W."""

    standard: str
    format: str
    power_type: str
    max_voltage: int
    max_amperage: int
    max_electric_power: int


AC_11 = Plug("IEC_62196_T2", "SOCKET", "AC_3_PHASE", 230, 16, 11_000)
AC_22 = Plug("IEC_62196_T2", "SOCKET", "AC_3_PHASE", 230, 32, 22_000)
CCS_50 = Plug("IEC_62196_T2_COMBO", "CABLE", "DC", 500, 125, 50_000)
CHADEMO_50 = Plug("CHADEMO", "CABLE", "DC", 500, 125, 50_000)
CCS_150 = Plug("IEC_62196_T2_COMBO", "CABLE", "DC", 920, 400, 150_000)
CCS_300 = Plug("IEC_62196_T2_COMBO", "CABLE", "DC", 920, 500, 300_000)


class Site(NamedTuple):
    """A kind of charging station; `evse_counts` are equally likely, `plugs` are per EVSE."""

    name: str
    parking_type: str
    evse_counts: tuple[int, ...]
    plugs: tuple[tuple[Plug, ...], ...]
    facilities: tuple[str, ...]
    opening_hours: tuple[str, str] | None


SITES = (
    Site("", "ON_STREET", (2,), ((AC_11,), (AC_22,)), (), None),
    Site("P+R", "PARKING_LOT", (2, 4, 6), ((AC_11,), (AC_22,)), ("TRAIN_STATION",), None),
    Site("Garage", "PARKING_GARAGE", (4, 6, 8), ((AC_22,),), ("WIFI",), ("06:00", "23:30")),
    Site(
        "Supermarket",
        "PARKING_LOT",
        (2, 4),
        ((AC_22,), (CCS_50, CHADEMO_50)),
        ("SUPERMARKET",),
        ("07:00", "22:00"),
    ),
    Site("Fast", "ALONG_MOTORWAY", (4, 6), ((CCS_150,), (CCS_300,)), ("FUEL_STATION",), None),
)
SITE_WEIGHTS = (8, 3, 2, 2, 1)


def generate(
    count: int, seed: int, owner: PartyId, operator: str, others: Sequence[PartyId] = ()
) -> Iterator[Document]:
    """Yield `count` Locations, of `owner` and the others in turn; more only add to the end."""
    owners = (owner, *others)
    for number in range(1, count + 1):
        chance = random.Random(f"{seed}/{number}")  # noqa: S311  # a simulation, not secrets
        yield _location(number, chance, owners[(number - 1) % len(owners)], operator)


def _location(number: int, chance: random.Random, owner: PartyId, operator: str) -> Document:
    town = chance.choices(TOWNS, [COUNTRY_WEIGHTS[town.country.code] for town in TOWNS])[0]
    site = chance.choices(SITES, SITE_WEIGHTS)[0]
    street = chance.choice(town.country.streets)
    last_updated = format_datetime(FIRST_UPDATE + timedelta(seconds=chance.randrange(15_000_000)))
    location: Document = {
        "country_code": owner.country_code,
        "party_id": owner.party_id,
        "id": f"LOC{number:05d}",
        "publish": True,
        "name": " ".join(part for part in (site.name, street, town.name) if part),
        "address": _address(town, street, chance),
        "city": town.name,
        "postal_code": _postal_code(town, chance),
        "country": town.country.alpha_3,
        "coordinates": _coordinates(town, chance),
        "parking_type": site.parking_type,
        "evses": _evses(number, town, site, chance, owner, last_updated),
        "operator": {"name": operator},
        "time_zone": town.country.time_zone,
        "opening_times": _opening_times(site),
        "last_updated": last_updated,
    }
    if town.state:
        location["state"] = town.state
    if site.facilities:
        location["facilities"] = list(site.facilities)
    return location


def _address(town: Town, street: str, chance: random.Random) -> str:
    house_number = chance.randrange(1, 200)
    before = town.country is UNITED_KINGDOM or street.startswith(("Rue ", "Place "))
    return f"{house_number} {street}" if before else f"{street} {house_number}"


def _postal_code(town: Town, chance: random.Random) -> str:
    letters = "".join(chance.choices(LETTERS, k=2))
    if town.country is NETHERLANDS:
        return f"{town.postal} {letters}"
    if town.country is UNITED_KINGDOM:
        return f"{town.postal} {chance.randrange(1, 10)}{letters}"
    return town.postal


def _coordinates(town: Town, chance: random.Random) -> dict[str, str]:
    return {
        "latitude": f"{town.latitude + chance.uniform(-0.015, 0.015):.6f}",
        "longitude": f"{town.longitude + chance.uniform(-0.02, 0.02):.6f}",
    }


def _opening_times(site: Site) -> dict[str, Any]:
    if site.opening_hours is None:
        return {"twentyfourseven": True}
    begin, end = site.opening_hours
    hours = [
        {"weekday": weekday, "period_begin": begin, "period_end": end} for weekday in range(1, 8)
    ]
    return {"twentyfourseven": False, "regular_hours": hours}


def _evses(
    number: int, town: Town, site: Site, chance: random.Random, owner: PartyId, last_updated: str
) -> list[Document]:
    plugs = chance.choice(site.plugs)
    operator_id = f"{town.country.code}*{owner.party_id}"
    return [
        {
            "uid": f"{number:05d}-{position}",
            "evse_id": f"{operator_id}*E{number:05d}*{position}",
            "status": chance.choices(("AVAILABLE", "CHARGING"), (7, 3))[0],
            "capabilities": list(BASE_CAPABILITIES),
            "connectors": [
                _connector(index, plug, site, town, last_updated)
                for index, plug in enumerate(plugs, 1)
            ],
            "physical_reference": str(position),
            "last_updated": last_updated,
        }
        for position in range(1, chance.choice(site.evse_counts) + 1)
    ]


def _connector(index: int, plug: Plug, site: Site, town: Town, last_updated: str) -> Document:
    is_dc = plug.power_type == "DC"
    tariffs = tariff_ids(site.name, is_dc=is_dc, country_code=town.country.code)
    return {
        "id": str(index),
        **plug._asdict(),
        "tariff_ids": tariffs,
        "last_updated": last_updated,
    }
