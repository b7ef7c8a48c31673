"""Objects with every field that the newest version knows, and the schemas that they must pass when they go out."""

from __future__ import annotations

import copy
import re
from decimal import Decimal
from functools import cache
from typing import Any

import jsonschema_rs

from ocpi import json, schemas
from tests import builders
from tests.builders import EARLIER

Document = dict[str, Any]
PRECISE = "2026-01-01T10:00:00.250Z"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT")
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?")
_IMAGE = {
    "url": "https://abc.example/a.png",
    "thumbnail": "https://abc.example/b.png",
    "category": "ENTRANCE",
    "type": "png",
    "width": 512,
    "height": 512,
}
_BUSINESS = {"name": "Acme", "website": "https://abc.example", "logo": _IMAGE}
_TEXT = {"language": "en", "text": "Behind the town hall, 2 < 3 steps"}
_MIX = {
    "is_green_energy": False,
    "energy_sources": [
        {"source": "WIND", "percentage": 60.5},
        {"source": "SOLAR", "percentage": 39.5},
    ],
    "environ_impact": [{"category": "CARBON_DIOXIDE", "amount": 12.25}],
    "supplier_name": "Wind",
    "energy_product_name": "Breeze",
}
_HOURS = {"weekday": 1, "period_begin": "08:00", "period_end": "20:00"}
_PERIOD = {"period_begin": "2026-12-25T03:00:00Z", "period_end": "2026-12-26T03:00:00Z"}


def location(identifier: str = "RICH", **fields: Any) -> Document:
    """A canonical Location with every field."""
    connector = builders.connector(
        max_electric_power=22000,
        tariff_ids=["T1"],
        terms_and_conditions="https://abc.example/terms",
        capabilities=["ISO_15118_20_PLUG_AND_CHARGE"],
        last_updated=PRECISE,
    )
    evse = builders.evse(
        status_schedule=[{"period_begin": "2027-01-01T00:00:00Z", "status": "OUTOFORDER"}],
        capabilities=["RFID_READER", "CHIP_CARD_SUPPORT"],
        connectors=[connector, builders.connector("2", standard="IEC_62196_T2_COMBO")],
        floor_level="-1",
        coordinates={"latitude": "51.047599", "longitude": "3.729944"},
        physical_reference="7",
        directions=[_TEXT],
        parking_restrictions=["EV_ONLY", "TAXIS"],
        parking=[{"parking_id": "P1", "evse_position": "LEFT"}],
        images=[_IMAGE],
        accepted_service_providers=["Acme"],
    )
    mass = builders.evse("3257", connectors=[builders.connector(standard="MCS")])
    return {
        **builders.location(identifier),
        "state": "Oost-Vlaanderen",
        "related_locations": [{"latitude": "51.047598", "longitude": "3.729943", "name": _TEXT}],
        "parking_type": "ON_STREET",
        "evses": [evse, mass],
        "parking_places": [_PARKING],
        "directions": [_TEXT],
        "operator": _BUSINESS,
        "suboperator": _BUSINESS,
        "owner": _BUSINESS,
        "facilities": ["HOTEL", "METRO_STATION"],
        "opening_times": {
            "twentyfourseven": False,
            "regular_hours": [_HOURS],
            "exceptional_openings": [_PERIOD],
            "exceptional_closings": [_PERIOD],
        },
        "charging_when_closed": True,
        "images": [_IMAGE],
        "energy_mix": _MIX,
        "help_phone": "+3291234567",
        "last_updated": PRECISE,
        **fields,
    }


_PARKING = {
    "id": "P1",
    "physical_reference": "1",
    "vehicle_types": ["PERSONAL_VEHICLE", "DISABLED"],
    "max_vehicle_weight": 3500,
    "max_vehicle_height": 210.5,
    "max_vehicle_length": 500,
    "max_vehicle_width": 250,
    "parking_space_length": 520,
    "parking_space_width": 260,
    "dangerous_goods_allowed": False,
    "direction": "PARALLEL",
    "drive_through": False,
    "restricted_to_type": True,
    "reservation_required": False,
    "time_limit": 90,
    "roofed": True,
    "images": [_IMAGE],
    "lighting": True,
    "refrigeration_outlet": False,
    "standards": ["PAS 1899"],
    "apds_reference": "a",
}


def tariffs() -> list[Document]:
    """Canonical Tariffs with every field, and one that every version can say."""
    restrictions = {
        "start_time": "08:00",
        "end_time": "00:00",
        "start_date": "2026-01-01",
        "end_date": "2030-01-01",
        "min_kwh": 0.5,
        "max_kwh": 50,
        "min_current": 6,
        "max_current": 32,
        "min_power": 1.4,
        "max_power": 22,
        "min_duration": 60,
        "max_duration": 7200,
        "day_of_week": ["MONDAY"],
    }
    priced = {"type": "ENERGY", "price": 0.1234, "vat": 21, "step_size": 1}
    elements = [
        {"price_components": [priced], "restrictions": restrictions},
        builders.priced({"reservation": "RESERVATION"}, TIME=1.5, FLAT=1),
        builders.priced(ENERGY=0.5, PARKING_TIME=2),
    ]
    return [
        builders.tariff(last_updated=PRECISE),
        builders.tariff(
            "RICH",
            type="REGULAR",
            tariff_alt_text=[_TEXT],
            tariff_alt_url="https://abc.example/tariff",
            min_price={"before_taxes": 0.5, "after_taxes": 0.605},
            max_price={"before_taxes": 50},
            preauthorize_amount=60,
            elements=elements,
            start_date_time=EARLIER,
            end_date_time="2040-01-01T00:00:00Z",
            energy_mix=_MIX,
        ),
        builders.tariff("GROSS", tax_included="YES", elements=[{"price_components": [priced]}]),
    ]


@cache
def tokens() -> list[Document]:
    """A plain card, an app, an EMAID, and a token with everything that OCPI 2.3.0 knows."""
    return [
        builders.token("PLAIN"),
        builders.token("APP", type="APP_USER", whitelist="NEVER", last_updated=PRECISE),
        builders.token("PNC", type="EMAID", whitelist="NEVER"),
        builders.token(
            "RICH",
            visual_number="Karte \u20ac 1",
            group_id="GROUP1",
            language="nl",
            default_profile_type="GREEN",
            energy_contract={"supplier_name": "Greenpeace Energy", "contract_id": "0123456789"},
            last_updated=PRECISE,
        ),
    ]


@cache
def validator(
    version: str, kind: str, *, partial: bool = False
) -> jsonschema_rs.Draft202012Validator:
    """The schema of a kind of object that knows the version's own fields only."""
    schema = schemas.document(version, kind, f"https://portal.example/schemas/{version}")
    if partial:
        schema = schemas.partial(schema)
    return jsonschema_rs.Draft202012Validator(closed(schema), validate_formats=True)


def closed(schema: Any) -> Any:
    """The schema without room for fields that it does not name."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(part) for name, part in copy.copy(schema).items()}
    return {**inner, "additionalProperties": False} if "properties" in schema else inner


def faults(version: str, kind: str, document: Document, *, partial: bool = False) -> list[str]:
    """What is wrong with an object that we gave out: by its schema, its times, its numbers, its texts."""
    found = validator(version, kind, partial=partial).iter_errors(document)
    wrong = [f"{error.instance_path}: {error.message}" for error in found]
    for value in values(document):
        if isinstance(value, str):
            is_time = _MOMENT.match(value)
            if is_time and not _UTC.fullmatch(value):
                wrong.append(f"not UTC: {value}")
            if is_time and version == "2.1.1" and "." in value:
                wrong.append(f"fractions of seconds: {value}")
            if value == "#NA":
                wrong.append("#NA, where it is not allowed")
        elif isinstance(value, Decimal) and -int(value.normalize().as_tuple().exponent) > 4:
            wrong.append(f"more than four decimals: {value}")
    return wrong


def values(part: Any) -> list[Any]:
    """Every value in a document that holds no others."""
    if isinstance(part, dict):
        return [value for inner in part.values() for value in values(inner)]
    if isinstance(part, list):
        return [value for inner in part for value in values(inner)]
    return [part]


def read(body: bytes) -> Any:
    """A body with its numbers as they were written."""
    return json.loads(body)
