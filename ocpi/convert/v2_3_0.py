"""Canonical documents are those of OCPI 2.3.0, but for what they may lack and for the role HUB."""

from __future__ import annotations

from typing import Any

from ocpi.convert.hub_clients import client_info_to_2_3_0
from ocpi.convert.results import Converted, Converter, Document, unchanged
from ocpi.convert.steps import lacks_texts, said_not_available


def credentials_from_canonical(document: dict[str, Any]) -> Converted:
    """Leave out the role HUB, which `hub_party_id` stands for, if another role remains."""
    others = [role for role in document["roles"] if role["role"] != "HUB"]
    if not others or len(others) == len(document["roles"]):
        return unchanged(document)
    return Converted({**document, "roles": others}, [])


def location_from_canonical(document: Document) -> Converted:
    """A Location as it lies here; what came without an address or a city says so."""
    if not lacks_texts(document):
        return unchanged(document)
    return Converted({**document, **said_not_available(document)}, [])


TO_CANONICAL: dict[str, Converter] = {
    "location": unchanged,
    "evse": unchanged,
    "connector": unchanged,
    "credentials": unchanged,
    "tariff": unchanged,
    "token": unchanged,
    "location_references": unchanged,
    "authorization_info": unchanged,
    "session": unchanged,
    "charging_preferences": unchanged,
    "cdr": unchanged,
    "start_session": unchanged,
    "stop_session": unchanged,
    "reserve_now": unchanged,
    "cancel_reservation": unchanged,
    "unlock_connector": unchanged,
    "command_response": unchanged,
    "command_result": unchanged,
    "set_charging_profile": unchanged,
    "charging_profile_response": unchanged,
    "charging_profile_result": unchanged,
    "active_charging_profile": unchanged,
    "active_charging_profile_result": unchanged,
    "clear_profile_result": unchanged,
    "client_info": unchanged,
    "invoice_record": unchanged,
}
FROM_CANONICAL: dict[str, Converter] = {
    **TO_CANONICAL,
    "credentials": credentials_from_canonical,
    "location": location_from_canonical,
    "client_info": client_info_to_2_3_0,
}
