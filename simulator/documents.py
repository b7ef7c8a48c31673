"""Working on Location documents: parts, timestamps, canonical bytes. Plain JSON dictionaries."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from ocpi.datetimes import format_datetime, parse_datetime
from ocpi.ids import PartyId, ci_key

Document = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def canonical(document: object) -> bytes:
    """Return JSON with sorted keys and no spaces: equal documents have equal bytes."""
    return orjson.dumps(document, default=float, option=orjson.OPT_SORT_KEYS)


def key(text: str) -> str:
    """Return the form in which CiStrings are compared; ValueError for a bad character."""
    return ci_key(text)


def microseconds(timestamp: str) -> int:
    """Return an OCPI DateTime as microseconds since 1970; ValueError when it is none."""
    return microseconds_of(parse_datetime(timestamp))


def microseconds_of(moment: datetime) -> int:
    """Return an aware datetime as microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def now() -> str:
    """Return the current time as an OCPI DateTime, to the millisecond."""
    return format_datetime(datetime.now(UTC))


def party_of(document: Document) -> PartyId:
    """Return the owner of a canonical object."""
    return PartyId.of(document["country_code"], document["party_id"])


def identify(document: Document) -> str:
    """Return what names an object below its owner: its id, and of a Token its uid and its type."""
    if "uid" in document and "type" in document:
        return token_key(document["uid"], document["type"])
    return str(document["id"])


def token_key(uid: str, token_type: str) -> str:
    """Return what names a Token below its owner: the same uid may have several types."""
    return f"{uid}|{token_type}"


def find_part(parts: Any, name: str, wanted: str) -> Document | None:
    """Return the element of the list `parts` whose field `name` is the CiString `wanted`."""
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and str(part.get(name, "")).upper() == wanted.upper():
            return part
    return None


def find_evse(location: Document, evse_uid: str) -> Document | None:
    """Return the EVSE of a Location."""
    return find_part(location.get("evses"), "uid", evse_uid)


def find_connector(evse: Document, connector_id: str) -> Document | None:
    """Return the Connector of an EVSE."""
    return find_part(evse.get("connectors"), "id", connector_id)


def put_part(parent: Document, list_name: str, name: str, part: Document) -> bool:
    """Replace the part of the same id in the parent's list, or append it; True when it is new."""
    parts: list[Document] = parent.setdefault(list_name, [])
    for index, existing in enumerate(parts):
        if str(existing.get(name, "")).upper() == str(part[name]).upper():
            parts[index] = part
            return False
    parts.append(part)
    return True


def raise_last_updated(parents: list[Document], last_updated: str) -> None:
    """Set the new time on the parents of a changed part, never back in time.

    OCPI 2.2.1, mod_locations, PUT and PATCH method.
    """
    for parent in parents:
        held = parent.get("last_updated")
        if held is None or microseconds(held) < microseconds(last_updated):
            parent["last_updated"] = last_updated
