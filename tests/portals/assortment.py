"""Locations and tariffs of one CPO in all the shapes that OCPI has, canonical (OCPI 2.3.0).

Every location and tariff shows one thing that some version says otherwise, cannot say or must not be told.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ocpi.ids import PartyId
from simulator.generation import generate

Json = dict[str, Any]
LOCATIONS = 42
BEGAN = "2025-03-01T08:00:00Z"
PRIVATE, OPEN_TO_TOKEN, OPEN_TO_EMAID = "LOC00014", "LOC00015", "LOC00016"
TOKEN = "0412AB7C"
ODD_ID = "Loc 23?b+%41#&"


def locations(party: str) -> list[Json]:
    """42 locations of a party; the ids are LOC00001 and so on, but for one."""
    owner = PartyId.parse(party)
    made = list(generate(LOCATIONS, 7, owner, "Assorted Charging"))
    for number, (location, shape) in enumerate(zip(made, _SHAPES, strict=False)):
        _name_tariffs(location, number)
        shape(location)
    return made


def tariffs(party: str) -> list[Json]:
    """13 tariffs of a party, T01 to T13; only T01, T02 and T04 can be said at every version."""
    owner = PartyId.parse(party)
    return [
        {
            **owner._asdict(),
            "id": f"T{number:02}",
            "currency": "EUR",
            "tax_included": "NO",
            "elements": [element(("ENERGY", 0.35))],
            "last_updated": BEGAN,
            **copy.deepcopy(said),
        }
        for number, said in enumerate(_TARIFFS, 1)
    ]


def written(path: Path, documents: list[Json]) -> Path:
    """The documents in a file, and where it is."""
    path.write_text(json.dumps(documents))
    return path


def element(*prices: tuple[str, float], vat: float | None = None, **restrictions: Any) -> Json:
    """A tariff element with a price component per kind and price, billed exactly."""
    tax = {} if vat is None else {"vat": vat}
    components = [{"type": kind, "price": price, "step_size": 1, **tax} for kind, price in prices]
    limits = {"restrictions": restrictions} if restrictions else {}
    return {"price_components": components, **limits}


def _name_tariffs(location: Json, number: int) -> None:
    for connector in _connectors(location):
        connector["tariff_ids"] = [f"T{number % 13 + 1:02}"]


def _connectors(location: Json) -> list[Json]:
    return [connector for evse in location.get("evses", ()) for connector in evse["connectors"]]


# --- Shapes of locations ------------------------------------------------------------------------------


def _plain(location: Json) -> None:
    """As it was made."""


def _parking(location: Json) -> None:
    location["help_phone"] = "+31 20 555 0100"
    location["parking_places"] = [
        {
            "id": "P1",
            "vehicle_types": ["PERSONAL_VEHICLE", "TRUCK_WITH_TRAILER"],
            "max_vehicle_height": 2.35,
            "restricted_to_type": True,
            "reservation_required": False,
            "drive_through": True,
        }
    ]
    location["evses"][0]["parking"] = [{"parking_id": "P1", "evse_position": "LEFT"}]
    location["evses"][0]["accepted_service_providers"] = ["Beta Mobility"]


def _megawatt_beside(location: Json) -> None:
    connectors = location["evses"][0]["connectors"]
    connectors.append({**connectors[0], "id": "M", "standard": "MCS", "power_type": "DC"})


def _megawatt_evse(location: Json) -> None:
    location["evses"][0]["connectors"][0] |= {"standard": "MCS", "power_type": "DC"}
    del location["evses"][0]["connectors"][1:]


def _megawatt_only(location: Json) -> None:
    for connector in _connectors(location):
        connector |= {"standard": "MCS", "power_type": "DC"}


def _tesla_plug(location: Json) -> None:
    connectors = location["evses"][-1]["connectors"]
    connectors.insert(0, {**connectors[0], "id": "S", "standard": "SAE_J3400"})


def _restricted_parking(location: Json) -> None:
    location["evses"][0]["parking_restrictions"] = ["EMPLOYEES", "CUSTOMERS", "TAXIS"]
    location["parking_type"] = "ROOFTOP"


def _plug_and_charge(location: Json) -> None:
    location["evses"][0]["connectors"][0]["capabilities"] = ["ISO_15118_20_PLUG_AND_CHARGE"]
    location["evses"][0]["capabilities"] += ["X_AUTOCHARGE", "START_SESSION_CONNECTOR_REQUIRED"]


def _unknown_fields(location: Json) -> None:
    location["x_note"] = {"gate": "code at the porter", "floor": 2}
    location["evses"][0]["x_serial"] = "A-100"
    location["evses"][0]["connectors"][0]["x_cable_metres"] = 4.5


def _pictures(location: Json) -> None:
    picture = {"url": "https://img.example/1.jpg", "type": "jpeg", "width": 800, "height": 600}
    location["images"] = [
        {**picture, "category": "LOCATION"},
        {**picture, "category": "X_AERIAL", "thumbnail": "https://img.example/1s.jpg"},
    ]
    location["evses"][0]["images"] = [{**picture, "category": "CHARGER"}]


def _long_address(location: Json) -> None:
    location["address"] = "Verlengde Burgemeester van Heemstrakwartierstraatweg 1204 bis"
    location["name"] = "Laadplein Überlänge ⚡" + " lang" * 40


def _fine_coordinates(location: Json) -> None:
    location["coordinates"] = {"latitude": "52.3701234", "longitude": "4.8901567"}


def _sub_seconds(location: Json) -> None:
    location["last_updated"] = "2025-04-01T10:11:12.345Z"
    location["evses"][0]["last_updated"] = "2025-04-01T10:11:12.300Z"
    location["evses"][0]["connectors"][0]["last_updated"] = "2025-04-01T10:11:12.123Z"


def _private(location: Json) -> None:
    location["publish"] = False


def _open_to_token(location: Json) -> None:
    location["publish"] = False
    location["publish_allowed_to"] = [{"uid": TOKEN, "type": "RFID"}]


def _open_to_emaid(location: Json) -> None:
    location["publish"] = False
    location["publish_allowed_to"] = [{"uid": "NLBETC00000001", "type": "EMAID"}]


def _several_tariffs(location: Json) -> None:
    for connector in _connectors(location):
        connector["tariff_ids"] = ["T05", "T01", "T10"]


def _surroundings(location: Json) -> None:
    location["related_locations"] = [
        {
            "latitude": "52.370000",
            "longitude": "4.890000",
            "name": {"language": "en", "text": "Entrance"},
        }
    ]
    location["directions"] = [
        {"language": "nl", "text": "Achter de slagboom links"},
        {"language": "en", "text": "Left behind the barrier"},
    ]
    location["opening_times"] = {
        "twentyfourseven": False,
        "regular_hours": [{"weekday": 1, "period_begin": "08:00", "period_end": "20:00"}],
        "exceptional_closings": [
            {
                "period_begin": "2030-12-25T00:00:00.500Z",
                "period_end": "2030-12-26T00:00:00Z",
            }
        ],
    }
    location["charging_when_closed"] = False


def _businesses(location: Json) -> None:
    logo = {
        "url": "https://img.example/logo.png",
        "category": "OPERATOR",
        "type": "png",
        "width": 64,
        "height": 64,
    }
    location["operator"] = {
        "name": "Assorted Charging",
        "website": "https://assorted.example",
        "logo": logo,
    }
    location["suboperator"] = {"name": "Beheer BV"}
    location["owner"] = {"name": "Gemeente Utrecht", "logo": {**logo, "category": "X_SEAL"}}


def _facilities(location: Json) -> None:
    location["facilities"] = ["HOTEL", "PARKING_LOT", "BIKE_SHARING", "X_CAR_WASH"]
    location.pop("postal_code", None)


def _evse_details(location: Json) -> None:
    location["evses"][0] |= {
        "status_schedule": [
            {
                "period_begin": "2030-01-01T00:00:00.250Z",
                "period_end": "2030-02-01T00:00:00Z",
                "status": "OUTOFORDER",
            }
        ],
        "floor_level": "-1",
        "physical_reference": "12b",
        "coordinates": {"latitude": "52.3701239", "longitude": "4.8901234"},
        "directions": [{"language": "nl", "text": "Bij de lift"}],
    }


def _green_energy(location: Json) -> None:
    location["energy_mix"] = {
        "is_green_energy": True,
        "energy_sources": [
            {"source": "WIND", "percentage": 70.5},
            {"source": "SOLAR", "percentage": 29.5},
        ],
        "environ_impact": [
            {"category": "NUCLEAR_WASTE", "amount": 0},
            {"category": "CARBON_DIOXIDE", "amount": 12.25},
            {"category": "X_WATER", "amount": 3},
        ],
        "supplier_name": "Windkracht",
    }


def _odd_id(location: Json) -> None:
    location["id"] = ODD_ID
    location["evses"][0]["uid"] = "evse #1 ;%2e"


def _no_evses(location: Json) -> None:
    del location["evses"]


def _all_statuses(location: Json) -> None:
    location["evses"][0]["status"] = "REMOVED"
    location["evses"][1]["status"] = "UNKNOWN"


def _split_phase(location: Json) -> None:
    for connector in _connectors(location):
        connector |= {"power_type": "AC_2_PHASE_SPLIT", "standard": "NEMA_14_50"}


def _nameless(location: Json) -> None:
    for name in ("name", "operator", "opening_times", "parking_type", "facilities"):
        location.pop(name, None)
    for connector in _connectors(location):
        connector.pop("max_electric_power")
        connector["terms_and_conditions"] = "https://assorted.example/terms"


_SHAPES: tuple[Callable[[Json], None], ...] = (
    _plain,
    _parking,
    _megawatt_beside,
    _megawatt_evse,
    _megawatt_only,
    _tesla_plug,
    _restricted_parking,
    _plug_and_charge,
    _unknown_fields,
    _pictures,
    _long_address,
    _fine_coordinates,
    _sub_seconds,
    _private,
    _open_to_token,
    _open_to_emaid,
    _several_tariffs,
    _surroundings,
    _businesses,
    _facilities,
    _evse_details,
    _green_energy,
    _odd_id,
    _no_evses,
    _all_statuses,
    _split_phase,
    _nameless,
    *([_plain] * 15),
)

# --- Tariffs ------------------------------------------------------------------------------------------

_DAY: Json = {"start_time": "07:00", "end_time": "23:00"}
_TARIFFS: tuple[Json, ...] = (
    {"tariff_alt_text": [{"language": "en", "text": "By the kilowatt-hour"}]},
    {"tax_included": "YES", "elements": [element(("ENERGY", 0.42), vat=21.0)]},
    # No rate of tax: what it costs without tax is unknown.
    {"tax_included": "YES"},
    {"tax_included": "N/A", "elements": [element(("ENERGY", 0.3), vat=0.0)]},
    {"type": "AD_HOC_PAYMENT", "preauthorize_amount": 25.0},
    {"min_price": {"before_taxes": 1.0}, "max_price": {"before_taxes": 50.0, "after_taxes": 60.5}},
    # A start fee for all, and prices by the time of day: regrouped at 2.1.1.
    {
        "elements": [
            element(("FLAT", 0.5)),
            element(("ENERGY", 0.45), **_DAY),
            element(("ENERGY", 0.25), ("PARKING_TIME", 3.0)),
        ]
    },
    {"elements": [element(("ENERGY", 0.35)), element(("FLAT", 2.0), booking="BOOKING")]},
    {"elements": [element(("TIME", 3.0), reservation="RESERVATION"), element(("ENERGY", 0.4))]},
    {"start_date_time": "2020-01-01T00:00:00Z", "end_date_time": "2099-01-01T00:00:00.500Z"},
    {"start_date_time": "2098-01-01T00:00:00Z"},
    {"elements": [element(("ENERGY", 0.5), min_current=32), element(("ENERGY", 0.3))]},
    {
        "elements": [element(("ENERGY", 0))],
        "energy_mix": {
            "is_green_energy": True,
            "environ_impact": [{"category": "X_WATER", "amount": 1}],
        },
        "x_campaign": ["spring"],
        "last_updated": "2025-04-01T10:11:12.345Z",
    },
)
