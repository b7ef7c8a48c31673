"""Conversion of Sessions and CDRs to and from OCPI 2.1.1.

They hold a Location there, with the EVSE and connector they are about, and name the token by its contract. On the way
out the Location comes from beside, on the way in the token does. Refused is a Session at a place that is not known or
not chosen yet, a Credit CDR (2.1.1 would take it for another charge), and a CDR of a reservation that was never used.
"""

from __future__ import annotations

from typing import Any, get_args

from ocpi.charging_classes import CDR_ID_LENGTH, NOT_AVAILABLE
from ocpi.convert.charges_2_2_1 import COSTS, tariffs
from ocpi.convert.results import Beside, Converted, Document, Origin, Refused
from ocpi.convert.steps import GONE, Losses, applied, dropped, whole_seconds
from ocpi.convert.v2_1_1.saying import VERSION, location_from_canonical
from ocpi.convert.v2_1_1.tariffs import tariff_from_canonical, tariff_to_canonical
from ocpi.v2_1_1 import sessions as types

_DIMENSIONS = frozenset(get_args(types.CdrDimensionType))
_METHODS = frozenset(get_args(types.AuthMethod))
_STATUSES = frozenset(get_args(types.SessionStatus))
_OWNER = dict.fromkeys(("country_code", "party_id"), GONE)
_PLACE = dict.fromkeys(("location_id", "evse_uid", "connector_id"), GONE)
_SESSION_LATER = frozenset({"authorization_reference"})
_CDR_LATER = frozenset(
    {
        "session_id",
        "authorization_reference",
        "signed_data",
        "invoice_reference_id",
        "credit",
        "credit_reference_id",
        "home_charging_compensation",
        "booking_id",
        *COSTS[1:],
    }
)
_NOT_IN_2_1_1 = frozenset({"cdr_token", "cdr_location", "location_id", "evse_uid", "connector_id"})
_SESSION_TIMES = {"start_date_time": "start_datetime", "end_date_time": "end_datetime"}
_CDR_TIMES = {"end_date_time": "stop_date_time"}


def session_from_canonical(document: Document, beside: Beside) -> Converted:
    """A canonical Session as 2.1.1; Refused without the Location that it is at."""
    losses = Losses(VERSION)
    location = _location_of(document, beside.location, losses)
    changes = dropped(document, _SESSION_LATER, "", losses) | _OWNER | _PLACE
    changes |= _charged(document, _SESSION_TIMES, losses)
    if document["status"] not in _STATUSES:
        losses.add("value_not_in_version", "status", document["status"])
        changes["status"] = "PENDING"
    said = {**applied(document, changes), "auth_id": document["cdr_token"]["contract_id"]}
    return Converted({**_renamed(said, _SESSION_TIMES), "location": location}, losses)


def session_to_canonical(document: Document, origin: Origin) -> Converted:
    """A 2.1.1 Session as canonical; Refused without owner and token."""
    if origin.owner is None:
        raise Refused("A Session of OCPI 2.1.1 does not say whose it is")
    losses = Losses(VERSION)
    changes = dropped(document, _SESSION_LATER | _NOT_IN_2_1_1, "", losses)
    changes |= {"location": GONE, "auth_id": GONE} | _periods_read(document, losses)
    changes |= _cost_read(document)
    read = _renamed(applied(document, changes), _reversed(_SESSION_TIMES))
    evse, connector = _used(document["location"], losses)
    canonical = {
        **origin.owner._asdict(),
        **read,
        "cdr_token": _token(document["auth_id"], origin.beside),
        "location_id": document["location"]["id"],
        "evse_uid": evse.get("uid", NOT_AVAILABLE),
        "connector_id": connector.get("id", NOT_AVAILABLE),
    }
    return Converted(canonical, losses)


def session_patch(patch: Document) -> Document:
    """The body of a PATCH of a 2.1.1 Session as one of a canonical Session; whose token it is never changes."""
    losses = Losses(VERSION)
    changes = dropped(patch, _SESSION_LATER | _NOT_IN_2_1_1, "", losses)
    changes |= {"location": GONE, "auth_id": GONE} | _periods_read(patch, losses)
    changes |= _cost_read(patch)
    read = _renamed(applied(patch, changes), _reversed(_SESSION_TIMES))
    if patch.get("location"):
        evse, connector = _used(patch["location"], losses)
        read["location_id"] = patch["location"]["id"]
        read["evse_uid"] = evse.get("uid", NOT_AVAILABLE)
        read["connector_id"] = connector.get("id", NOT_AVAILABLE)
    return read


def is_not_said(document: Document) -> bool:
    """Whether 2.1.1 has no CDR like this one, whatever is known of its location."""
    try:
        _refuse_cdr(document)
    except Refused:
        return True
    return False


def cdr_from_canonical(document: Document, beside: Beside) -> Converted:
    """A canonical CDR as 2.1.1; Refused where it would be taken for something else."""
    _refuse_cdr(document)
    losses = Losses(VERSION)
    location = _location_from_cdr(document, beside.location, losses)
    changes = dropped(document, _CDR_LATER, "", losses) | _OWNER | {"cdr_location": GONE}
    changes |= _charged(document, _CDR_TIMES, losses)
    changes["start_date_time"] = whole_seconds(
        document["start_date_time"], "start_date_time", losses
    )
    changes |= tariffs(document, tariff_from_canonical, losses)
    if not changes.get("charging_periods", document["charging_periods"]) or (
        changes.get("charging_periods") is GONE
    ):
        raise Refused("OCPI 2.1.1 can say none of its charging periods")
    said = {**applied(document, changes), "auth_id": document["cdr_token"]["contract_id"]}
    return Converted({**_renamed(said, _CDR_TIMES), "location": location}, losses)


def cdr_to_canonical(document: Document, origin: Origin) -> Converted:
    """A 2.1.1 CDR as canonical; Refused without owner and token, and without the EVSE it was at."""
    owner = origin.owner
    if owner is None:
        raise Refused("A CDR of OCPI 2.1.1 does not say whose it is")
    losses = Losses(VERSION)
    changes = dropped(document, _CDR_LATER | _NOT_IN_2_1_1, "", losses)
    changes |= {"location": GONE, "auth_id": GONE} | _periods_read(document, losses)
    changes |= _cost_read(document)
    if document.get("tariffs"):
        changes["tariffs"] = [
            tariff_to_canonical(tariff, Origin(owner)).document for tariff in document["tariffs"]
        ]
    read = _renamed(applied(document, changes), _reversed(_CDR_TIMES))
    canonical = {
        **owner._asdict(),
        **read,
        "cdr_token": _token(document["auth_id"], origin.beside),
        "cdr_location": _cdr_location(document["location"], losses),
    }
    return Converted(canonical, losses)


def _charged(document: Document, times: dict[str, str], losses: Losses) -> Document:
    """What Sessions and CDRs say alike: token, method, periods, cost, times in whole seconds."""
    changes: Document = {"cdr_token": GONE}
    token = document["cdr_token"]
    if not token.get("contract_id"):
        raise Refused("The token has no contract_id, which is all that OCPI 2.1.1 says of it")
    for name in ("uid", "type"):
        losses.add("field_not_in_version", f"cdr_token.{name}", token.get(name))
    method = document["auth_method"]
    if method not in _METHODS:
        losses.add("value_not_in_version", "auth_method", method)
        changes["auth_method"] = "AUTH_REQUEST"
    if document.get("charging_periods"):
        changes["charging_periods"] = _periods(document["charging_periods"], losses) or GONE
    cost = document.get("total_cost")
    if cost is not None:
        changes["total_cost"] = cost["before_taxes"]
        if cost.get("taxes"):
            losses.add("field_not_in_version", "total_cost.taxes", cost["taxes"])
    for name in (*times, "last_updated"):
        if document.get(name):
            changes[name] = whole_seconds(document[name], name, losses)
    return changes


def _periods(periods: list[Document], losses: Losses) -> list[Document]:
    said = []
    for index, period in enumerate(periods):
        path = f"charging_periods.{index}."
        kept = []
        for place, dimension in enumerate(period["dimensions"]):
            if dimension["type"] in _DIMENSIONS:
                kept.append(dimension)
            else:
                losses.add("value_not_in_version", f"{path}dimensions.{place}", dimension)
        if not kept:
            continue
        changes = dropped(period, frozenset({"tariff_id"}), path, losses)
        changes["dimensions"] = kept
        changes["start_date_time"] = whole_seconds(
            period["start_date_time"], path + "start_date_time", losses
        )
        said.append(applied(period, changes))
    return said


def _periods_read(document: Document, losses: Losses) -> Document:
    """The change that takes FLAT out of periods, which later versions do not have."""
    periods = document.get("charging_periods")
    if not periods:
        return {}
    return {
        "charging_periods": [
            _period_read(period, f"charging_periods.{index}.", losses)
            for index, period in enumerate(periods)
        ]
    }


def _period_read(period: Document, path: str, losses: Losses) -> Document:
    dimensions = period["dimensions"]
    kept = [dimension for dimension in dimensions if dimension["type"] != "FLAT"]
    if len(kept) == len(dimensions):
        return period
    for place, dimension in enumerate(dimensions):
        if dimension["type"] == "FLAT":
            losses.add("flat_left_out", f"{path}dimensions.{place}", dimension)
    return {**period, "dimensions": kept or [{"type": "TIME", "volume": 0}]}


def _cost_read(document: Document) -> Document:
    cost = document.get("total_cost")
    return {} if cost is None else {"total_cost": {"before_taxes": cost}}


def _token(contract: str, beside: Beside) -> Document:
    """The CdrToken of a contract: the one beside, or the one that is found for it."""
    token = beside.token
    if token is None and beside.token_of is not None:
        token = beside.token_of(contract)
    if token is None:
        raise Refused("A token of OCPI 2.1.1 does not say whose it is")
    names = ("country_code", "party_id", "uid", "type", "contract_id")
    return {name: token[name] for name in names}


def _used(location: Document, losses: Losses) -> tuple[Document, Document]:
    """The EVSE and the connector of an embedded Location: the first of each."""
    evse = _first(location.get("evses"), "location.evses", losses)
    return evse, _first(evse.get("connectors"), "location.evses.0.connectors", losses)


def _first(entries: Any, path: str, losses: Losses) -> Document:
    entries = entries or [{}]
    if len(entries) > 1:
        losses.add("only_first_read", path, entries[1:])
    first: Document = entries[0]
    return first


def _location_of(document: Document, location: Document | None, losses: Losses) -> Document:
    """The Location of a Session with the EVSE and connector it is about, as 2.1.1."""
    if location is None:
        raise Refused(
            f"OCPI 2.1.1 puts the location into a Session, and {document['location_id']} is not"
            " known here"
        )
    evse = _named(location.get("evses"), "uid", document["evse_uid"])
    connector = _named((evse or {}).get("connectors"), "id", document["connector_id"])
    if evse is None or connector is None:
        raise Refused(
            "OCPI 2.1.1 puts the EVSE and the connector into a Session, and"
            f" {document['evse_uid']}, {document['connector_id']} is not known here"
        )
    return _embedded(location, evse, connector, losses)


def _named(entries: Any, name: str, identifier: str) -> Document | None:
    wanted = identifier.upper()
    return next((entry for entry in entries or () if entry[name].upper() == wanted), None)


def _embedded(location: Document, evse: Document, connector: Document, losses: Losses) -> Document:
    """A Location with one EVSE and connector as 2.1.1; its losses are those of the Location, not of the charge."""
    # Whose driver charges there knows the place; it is told nobody else by this.
    alone = {**location, "evses": [{**evse, "connectors": [connector]}], "publish": True}
    said = location_from_canonical(alone)
    if not said.document.get("evses"):
        raise Refused("OCPI 2.1.1 does not know the connector that was used")
    losses.extend(loss._replace(path=f"location.{loss.path}") for loss in said.losses)
    return said.document


def _location_from_cdr(document: Document, location: Document | None, losses: Losses) -> Document:
    """The Location of a CDR from its CdrLocation; what that does not say comes from the Location as it is now."""
    place = document["cdr_location"]
    now_evse = _named((location or {}).get("evses"), "uid", place["evse_uid"]) or {}
    now = _named(now_evse.get("connectors"), "id", place["connector_id"]) or {}
    if not now:
        losses.add("location_filled_in", "cdr_location", {"voltage": 0, "amperage": 0})
    changed = document["last_updated"]
    connector = {
        "id": place["connector_id"],
        "standard": place["connector_standard"],
        "format": place["connector_format"],
        "power_type": place["connector_power_type"],
        "max_voltage": now.get("max_voltage", 0),
        "max_amperage": now.get("max_amperage", 0),
        "last_updated": now.get("last_updated", changed),
    }
    evse = {
        "uid": place["evse_uid"],
        "status": "UNKNOWN",
        "connectors": [connector],
        "last_updated": now_evse.get("last_updated", changed),
    }
    if place.get("evse_id") not in (None, NOT_AVAILABLE):
        evse["evse_id"] = place["evse_id"]
    names = ("id", "name", "address", "city", "postal_code", "state", "country", "coordinates")
    known = {name: place[name] for name in names if place.get(name) is not None}
    for name in ("parking_type", "time_zone"):
        if (location or {}).get(name):
            known[name] = (location or {})[name]
    known["last_updated"] = (location or {}).get("last_updated", changed)
    return _embedded(known, evse, connector, losses)


def _cdr_location(location: Document, losses: Losses) -> Document:
    """A CdrLocation from the Location embedded in a 2.1.1 CDR."""
    evse, connector = _used(location, losses)
    if not evse or not connector:
        raise Refused("The location of the CDR names no EVSE with a connector")
    names = ("id", "name", "address", "city", "postal_code", "country", "coordinates")
    place = {name: location[name] for name in names if location.get(name) not in (None, "")}
    return {
        **place,
        "evse_uid": evse["uid"],
        "evse_id": evse.get("evse_id") or NOT_AVAILABLE,
        "connector_id": connector["id"],
        "connector_standard": connector["standard"],
        "connector_format": connector["format"],
        "connector_power_type": connector["power_type"],
    }


def _refuse_cdr(document: Document) -> None:
    if document.get("credit"):
        raise Refused("OCPI 2.1.1 has no Credit CDRs: it would be taken for another charge")
    if len(document["id"]) > CDR_ID_LENGTH:
        raise Refused("Its id is longer than the 36 characters of OCPI 2.1.1")
    if NOT_AVAILABLE in (
        document["cdr_location"]["evse_uid"],
        document["cdr_location"]["connector_id"],
    ):
        raise Refused("OCPI 2.1.1 has no CDR of a reservation that was never used")


def _renamed(document: Document, names: dict[str, str]) -> Document:
    return {names.get(name, name): value for name, value in document.items()}


def _reversed(names: dict[str, str]) -> dict[str, str]:
    return {new: old for old, new in names.items()}
