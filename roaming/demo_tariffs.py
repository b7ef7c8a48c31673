"""The demo's own tariffs, and which of them a connector has: alike at every first start."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ocpi.datetimes import format_datetime
from ocpi.ids import PartyId

Document = dict[str, Any]

VAT = 21.0
CURRENCY = "EUR"
STREET, GARAGE, FREE, FAST, EVENING = (
    "DEM-STREET",
    "DEM-GARAGE",
    "DEM-FREE",
    "DEM-FAST",
    "DEM-EVENING",
)
FREE_KINDS = frozenset({"market", "hotel"})
GARAGE_KINDS = frozenset({"garage", "mall", "museum"})


def of_connector(kind: str, power_type: str) -> list[str]:
    """The tariffs of a connector at a site of this kind."""
    if power_type == "DC":
        return [FAST]
    if kind in FREE_KINDS:
        return [FREE]
    return [GARAGE] if kind in GARAGE_KINDS else [STREET, EVENING]


def documents(owner: PartyId, now: datetime) -> list[Document]:
    """Canonical Tariffs of `owner`, made some weeks before `now`."""
    idle = {"min_duration": 4 * 3600, "start_time": "08:00", "end_time": "20:00"}
    texts = {
        STREET: ("Street parking", [_element(("ENERGY", 0.40))]),
        GARAGE: (
            "Garages, with a fee for staying on after four hours by day",
            [_element(("ENERGY", 0.45)), _element(("PARKING_TIME", 3.0), **idle)],
        ),
        FREE: ("Free for customers", [_element(("ENERGY", 0.0))]),
        FAST: ("Fast charging", [_element(("FLAT", 0.35), ("ENERGY", 0.67))]),
        EVENING: (
            "Smart charging by night",
            [
                _element(("ENERGY", 0.25), start_time="22:00", end_time="07:00"),
                _element(("ENERGY", 0.38)),
            ],
        ),
    }
    more: dict[str, Document] = {
        EVENING: {"type": "PROFILE_CHEAP"},
        FAST: {"min_price": {"before_taxes": 1.0, "after_taxes": 1.21}},
    }
    return [
        {
            "country_code": owner.country_code,
            "party_id": owner.party_id,
            "id": tariff_id,
            "currency": CURRENCY,
            "tariff_alt_text": [{"language": "en", "text": text}],
            **more.get(tariff_id, {}),
            "elements": elements,
            "tax_included": "NO",
            "last_updated": format_datetime(now - timedelta(days=20 + 3 * number)),
        }
        for number, (tariff_id, (text, elements)) in enumerate(texts.items())
    ]


def _element(*prices: tuple[str, float], **restrictions: Any) -> Document:
    components = [
        {"type": dimension, "price": price, "vat": VAT, "step_size": 1}
        for dimension, price in prices
    ]
    element: Document = {"price_components": components}
    return {**element, "restrictions": restrictions} if restrictions else element
