"""Conversion of Locations and Credentials to and from OCPI 2.2.1.

Every 2.2.1 Location is a canonical one. The other way, 2.3.0 has more fields and open
enumerations; where 2.2.1 has a closed one, an unlisted value cannot be said.
"""

from __future__ import annotations

from typing import get_args

from ocpi.convert.charges_2_2_1 import (
    cdr_from_canonical,
    cdr_to_canonical,
    session_from_canonical,
    session_patch,
    session_to_canonical,
)
from ocpi.convert.commands_2_2_1 import with_token_from_canonical
from ocpi.convert.hub_clients import client_info_to_2_2_1
from ocpi.convert.results import (
    Converted,
    Converter,
    Document,
    PatchConverter,
    Refused,
    lacks,
    unchanged,
)
from ocpi.convert.steps import (
    GONE,
    Losses,
    applied,
    dropped,
    image,
    keep_entries,
    keep_listed,
    lacks_texts,
    said_not_available,
)
from ocpi.convert.tariffs_2_2_1 import tariff_from_canonical, tariff_to_canonical
from ocpi.convert.tokens_2_2_1 import authorization_from_canonical, token_from_canonical
from ocpi.v2_2_1 import credentials as credentials_types
from ocpi.v2_2_1 import locations as types

_VERSION = "2.2.1"
_LOCATION_ONLY = frozenset({"parking_places", "help_phone"})
_EVSE_ONLY = frozenset({"parking", "accepted_service_providers"})
_CONNECTOR_ONLY = frozenset({"capabilities"})
_BUSINESSES = ("operator", "suboperator", "owner")
_CAPABILITIES = frozenset(get_args(types.Capability))
_CONNECTOR_TYPES = frozenset(get_args(types.ConnectorType))
_FACILITIES = frozenset(get_args(types.Facility))
_IMAGE_CATEGORIES = frozenset(get_args(types.ImageCategory))
_IMPACTS = frozenset(get_args(types.EnvironmentalImpactCategory))
_PARKING_TYPES = frozenset(get_args(types.ParkingType))
_RESTRICTIONS = frozenset(get_args(types.ParkingRestriction))
_ROLES = frozenset(get_args(credentials_types.Role))
_TOKEN_TYPES = frozenset(get_args(types.TokenType))


def location_from_canonical(document: Document) -> Converted:
    """A canonical Location as 2.2.1."""
    if _is_same_location(document):
        return unchanged(document)
    losses = Losses(_VERSION)
    return Converted(_location(document, losses), losses)


def evse_from_canonical(document: Document) -> Converted:
    """A canonical EVSE as 2.2.1; Refused when none of its connectors can be said."""
    losses = Losses(_VERSION)
    converted = _evse(document, "", losses)
    if converted is None:
        raise Refused("None of the EVSE's connectors has a standard that OCPI 2.2.1 knows")
    return Converted(converted, losses)


def connector_from_canonical(document: Document) -> Converted:
    """A canonical Connector as 2.2.1; Refused when its standard cannot be said."""
    losses = Losses(_VERSION)
    converted = _connector(document, "", losses)
    if converted is None:
        raise Refused(f"OCPI 2.2.1 has no connector standard {document.get('standard')}")
    return Converted(converted, losses)


def _is_same_location(document: Document) -> bool:
    """Whether 2.2.1 can say all of it: nearly every Location, so looked at before converting."""
    get = document.get
    return (
        _LOCATION_ONLY.isdisjoint(document)
        and not lacks_texts(document)
        and (get("parking_type") or "ON_STREET") in _PARKING_TYPES
        and _FACILITIES.issuperset(get("facilities") or ())
        and not (get("images") or get("publish_allowed_to") or get("energy_mix"))
        and not any((get(name) or {}).get("logo") for name in _BUSINESSES)
        and all(map(_is_same_evse, get("evses") or ()))
    )


def _is_same_evse(document: Document) -> bool:
    get = document.get
    return (
        _EVSE_ONLY.isdisjoint(document)
        and _CAPABILITIES.issuperset(get("capabilities") or ())
        and _RESTRICTIONS.issuperset(get("parking_restrictions") or ())
        and not get("images")
        and all(
            "capabilities" not in connector
            and connector.get("standard", "CHADEMO") in _CONNECTOR_TYPES
            for connector in get("connectors") or ()
        )
    )


def _location(document: Document, losses: Losses) -> Document:
    changes = dropped(document, _LOCATION_ONLY, "", losses) | said_not_available(document)
    parking_type = document.get("parking_type")
    if parking_type is not None and not losses.can_say(parking_type, _PARKING_TYPES):
        losses.add("value_not_in_version", "parking_type", parking_type)
        changes["parking_type"] = GONE
    keep_listed(document, "facilities", _FACILITIES, "", changes, losses)
    keep_entries(document, "publish_allowed_to", "type", _TOKEN_TYPES, "", changes, losses)
    _images(document, "", changes, losses)
    for name in _BUSINESSES:
        _logo(document, name, changes, losses)
    _energy_mix(document, changes, losses)
    _evses(document, changes, losses)
    return applied(document, changes)


def _evses(document: Document, changes: Document, losses: Losses) -> None:
    evses = document.get("evses")
    if not evses:
        return
    converted = [_evse(evse, f"evses.{index}.", losses) for index, evse in enumerate(evses)]
    if any(new is not old for new, old in zip(converted, evses, strict=True)):
        changes["evses"] = [evse for evse in converted if evse is not None] or GONE


def _evse(document: Document, path: str, losses: Losses) -> Document | None:
    changes = dropped(document, _EVSE_ONLY, path, losses)
    keep_listed(document, "capabilities", _CAPABILITIES, path, changes, losses)
    keep_listed(document, "parking_restrictions", _RESTRICTIONS, path, changes, losses)
    _images(document, path, changes, losses)
    connectors = document.get("connectors", ())
    converted = [
        _connector(connector, f"{path}connectors.{index}.", losses)
        for index, connector in enumerate(connectors)
    ]
    if any(new is not old for new, old in zip(converted, connectors, strict=True)):
        changes["connectors"] = [connector for connector in converted if connector is not None]
        if not changes["connectors"]:
            return None
    return applied(document, changes)


def _connector(document: Document, path: str, losses: Losses) -> Document | None:
    standard = document.get("standard")
    if standard is not None and not losses.can_say(standard, _CONNECTOR_TYPES):
        losses.add("connector_not_in_version", f"{path}standard", standard)
        return None
    return applied(document, dropped(document, _CONNECTOR_ONLY, path, losses))


def _energy_mix(document: Document, changes: Document, losses: Losses) -> None:
    mix = document.get("energy_mix")
    if mix:
        inner: Document = {}
        keep_entries(mix, "environ_impact", "category", _IMPACTS, "energy_mix.", inner, losses)
        if inner:
            changes["energy_mix"] = applied(mix, inner)


def _logo(document: Document, name: str, changes: Document, losses: Losses) -> None:
    details = document.get(name)
    if details and details.get("logo"):
        logo = image(details["logo"], _IMAGE_CATEGORIES, f"{name}.logo.", losses)
        if logo is not details["logo"]:
            changes[name] = {**details, "logo": logo}


def _images(document: Document, path: str, changes: Document, losses: Losses) -> None:
    images = document.get("images")
    if images:
        converted = [
            image(picture, _IMAGE_CATEGORIES, f"{path}images.{index}.", losses)
            for index, picture in enumerate(images)
        ]
        if any(new is not old for new, old in zip(converted, images, strict=True)):
            changes["images"] = converted


def credentials_to_canonical(document: Document) -> Converted:
    """2.2.1 Credentials as canonical: a role HUB gives the `hub_party_id`, and stays listed."""
    hub = next((role for role in document["roles"] if role["role"] == "HUB"), None)
    if hub is None:
        return unchanged(document)
    hub_party_id = (hub["country_code"] + hub["party_id"]).upper()
    return Converted({**document, "hub_party_id": hub_party_id}, [])


def credentials_from_canonical(document: Document) -> Converted:
    """Canonical Credentials as 2.2.1.

    A hub reports itself alone, as HUB (OCPI 2.2.1, credentials); its clients are told by
    HubClientInfo. Roles that 2.2.1 lacks are sent as OTHER.
    """
    losses = Losses(_VERSION)
    changes: Document = {"hub_party_id": GONE} if "hub_party_id" in document else {}
    if document.get("hub_party_id"):
        changes["roles"] = [_hub_role(document, losses)]
    elif any(role["role"] not in _ROLES for role in document["roles"]):
        changes["roles"] = _listed_roles(document["roles"], losses)
    return Converted(applied(document, changes), losses)


def _hub_role(document: Document, losses: Losses) -> Document:
    identity = document["hub_party_id"].upper()
    own = None
    for index, role in enumerate(document["roles"]):
        if (role["country_code"] + role["party_id"]).upper() == identity:
            own = own or role
        else:
            losses.add("role_behind_hub", f"roles.{index}", role)
    details = own["business_details"] if own else {"name": identity}
    return {
        "role": "HUB",
        "business_details": details,
        "party_id": identity[2:],
        "country_code": identity[:2],
    }


def _listed_roles(roles: list[Document], losses: Losses) -> list[Document]:
    """Roles with unlisted ones as OTHER, each combination once."""
    kept: dict[tuple[str, str, str], Document] = {}
    for index, role in enumerate(roles):
        if role["role"] not in _ROLES:
            losses.add("role_not_in_version", f"roles.{index}.role", role["role"])
            role = {**role, "role": "OTHER"}
        identity = (role["role"], role["country_code"].upper(), role["party_id"].upper())
        kept.setdefault(identity, role)
    return list(kept.values())


TO_CANONICAL: dict[str, Converter] = {
    "location": unchanged,
    "evse": unchanged,
    "connector": unchanged,
    "credentials": credentials_to_canonical,
    "tariff": tariff_to_canonical,
    "token": unchanged,
    "location_references": unchanged,
    "authorization_info": unchanged,
    "session": session_to_canonical,
    "charging_preferences": unchanged,
    "cdr": cdr_to_canonical,
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
}
FROM_CANONICAL: dict[str, Converter] = {
    "location": location_from_canonical,
    "evse": evse_from_canonical,
    "connector": connector_from_canonical,
    "credentials": credentials_from_canonical,
    "tariff": tariff_from_canonical,
    "token": token_from_canonical,
    "location_references": unchanged,
    "authorization_info": authorization_from_canonical,
    "session": session_from_canonical,
    "charging_preferences": unchanged,
    "cdr": cdr_from_canonical,
    "start_session": with_token_from_canonical,
    "stop_session": unchanged,
    "reserve_now": with_token_from_canonical,
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
    "client_info": client_info_to_2_2_1,
    "invoice_record": lacks("2.2.1", "invoice reconciliation"),
}
PATCH_TO_CANONICAL: dict[str, PatchConverter] = {"session": session_patch}
