"""Documents that several tests start from; each call gives a fresh one."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


def connector(**fields: Any) -> Document:
    return {
        "id": "1",
        "standard": "IEC_62196_T2",
        "format": "SOCKET",
        "power_type": "AC_3_PHASE",
        "max_voltage": 230,
        "max_amperage": 32,
        "tariff_ids": ["T1"],
        "last_updated": "2026-01-31T12:00:00Z",
        **fields,
    }


def evse(**fields: Any) -> Document:
    return {
        "uid": "3256",
        "evse_id": "NL*ABC*E041503001",
        "status": "AVAILABLE",
        "capabilities": ["RESERVABLE"],
        "connectors": [connector()],
        "last_updated": "2026-01-31T12:00:00Z",
        **fields,
    }


def location(**fields: Any) -> Document:
    return {
        "country_code": "NL",
        "party_id": "ABC",
        "id": "LOC1",
        "publish": True,
        "name": "Harbour",
        "address": "Kade 1",
        "city": "Rotterdam",
        "postal_code": "3011AA",
        "country": "NLD",
        "coordinates": {"latitude": "51.924420", "longitude": "4.477733"},
        "evses": [evse()],
        "time_zone": "Europe/Amsterdam",
        "opening_times": {"twentyfourseven": True},
        "last_updated": "2026-01-31T12:00:00Z",
        **fields,
    }


def tariff(*elements: Document, **fields: Any) -> Document:
    """A canonical Tariff; without elements 0.25 per kWh."""
    return {
        "country_code": "NL",
        "party_id": "ABC",
        "id": "T1",
        "currency": "EUR",
        "elements": list(elements) or [element(energy(0.25))],
        "tax_included": "NO",
        "last_updated": "2026-01-31T12:00:00Z",
        **fields,
    }


def element(*components: Document, **restrictions: Any) -> Document:
    """A TariffElement; the keywords are its restrictions."""
    return {
        "price_components": list(components),
        **({"restrictions": restrictions} if restrictions else {}),
    }


def component(dimension: str, price: Any, **fields: Any) -> Document:
    return {"type": dimension, "price": price, "step_size": 1, **fields}


def energy(price: Any, **fields: Any) -> Document:
    return component("ENERGY", price, **fields)


def credentials(**fields: Any) -> Document:
    return {
        "token": "ebf3b399-779f-4497-9b9d-ac6ad3cc44d2",
        "url": "https://example.com/ocpi/versions",
        "roles": [role()],
        **fields,
    }


def role(**fields: Any) -> Document:
    return {
        "role": "CPO",
        "party_id": "ABC",
        "country_code": "NL",
        "business_details": {"name": "ABC Charging"},
        **fields,
    }


def without(document: Document, *names: str) -> Document:
    return {name: value for name, value in document.items() if name not in names}
