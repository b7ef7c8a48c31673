"""Taking a Location's JSON apart into columns and documents, and putting it together again.

A canonical Location becomes one document without ``evses`` and ``last_updated``, and one per EVSE without
``status`` and ``last_updated``: what changes often is kept in columns and laid over the documents on the way
out, by concatenating JSON texts, so that a list costs no parsing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ocpi import convert, json
from ocpi.datetimes import format_datetime, parse_datetime, to_milliseconds
from ocpi.ids import PartyId, ci_key
from ocpi.publish_tokens import publish_keys

_SEPARATORS = re.compile(r"[^A-Z0-9]")
LOCATION_COLUMNS = frozenset({"evses", "last_updated"})
EVSE_COLUMNS = frozenset({"status", "last_updated"})


@dataclass(slots=True)
class EVSEParts:
    """An EVSE taken apart. ``document`` is JSON text; times are aware and UTC.

    ``tariffs`` are its connectors' ids with the keys of the tariffs they name, each pair once.
    """

    uid: str
    uid_key: str
    evse_id: str
    evse_key: str
    status: str
    document: str
    last_updated: datetime
    tariffs: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class LocationParts:
    """A Location taken apart; the columns are cut to what fits, the document is whole.

    ``tokens`` are the keys of each entry of ``publish_allowed_to``.
    """

    owner: PartyId
    location_id: str
    location_key: str
    name: str
    address: str
    city: str
    postal_code: str
    country: str
    latitude: float | None
    longitude: float | None
    time_zone: str
    publish: bool
    document: str
    last_updated: datetime
    differs_in: list[str] = field(default_factory=list)
    refused_in: list[str] = field(default_factory=list)
    tokens: list[list[str]] = field(default_factory=list)
    evses: list[EVSEParts] = field(default_factory=list)

    @property
    def reference(self) -> str:
        return f"{self.owner}/{self.location_id}"


def take_apart(document: dict[str, Any]) -> LocationParts:
    """Columns and documents of a canonical Location.

    Raises ``KeyError`` or ``ValueError`` for what validation should have refused before.
    """
    latitude, longitude = coordinates(document.get("coordinates"))
    fits = convert.fit_per_version("location", document)
    return LocationParts(
        owner=PartyId.of(document["country_code"], document["party_id"]),
        location_id=document["id"],
        location_key=ci_key(document["id"]),
        name=_text(document, "name", 255),
        address=_text(document, "address", 255),
        city=_text(document, "city", 100),
        postal_code=_text(document, "postal_code", 20),
        country=_text(document, "country", 3),
        latitude=latitude,
        longitude=longitude,
        time_zone=_text(document, "time_zone", 64),
        publish=document.get("publish") is not False,
        document=_without(document, LOCATION_COLUMNS),
        last_updated=to_milliseconds(parse_datetime(document["last_updated"])),
        differs_in=fits.differs_in,
        refused_in=fits.refused_in,
        tokens=publish_keys(document),
        evses=[take_evse_apart(evse) for evse in document.get("evses") or ()],
    )


def take_evse_apart(document: Mapping[str, Any]) -> EVSEParts:
    """Columns and document of a canonical EVSE."""
    evse_id = document.get("evse_id") or ""
    return EVSEParts(
        uid=document["uid"],
        uid_key=ci_key(document["uid"]),
        evse_id=evse_id[:48],
        evse_key=evse_search_key(evse_id)[:48],
        status=document["status"],
        document=_without(document, EVSE_COLUMNS),
        last_updated=to_milliseconds(parse_datetime(document["last_updated"])),
        tariffs=named_tariffs(document),
    )


def named_tariffs(evse: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The ids of an EVSE's connectors with the keys of the tariffs they name, each pair once."""
    return list(
        {
            (str(connector.get("id", ""))[:255], str(tariff).upper()[:255]): None
            for connector in evse.get("connectors") or ()
            for tariff in connector.get("tariff_ids") or ()
        }
    )


def evse_search_key(text: str) -> str:
    """An EVSE ID in any spelling as letters and digits in upper case, for comparing."""
    return _SEPARATORS.sub("", text.upper())


def coordinates(value: Any) -> tuple[float | None, float | None]:
    """Latitude and longitude in degrees, where they are two numbers on Earth; else ``(None, None)``."""
    if not isinstance(value, Mapping):
        return None, None
    try:
        latitude, longitude = float(value["latitude"]), float(value["longitude"])
    except (KeyError, TypeError, ValueError):
        return None, None
    if abs(latitude) <= 90 and abs(longitude) <= 180:
        return latitude, longitude
    return None, None


def _text(document: Mapping[str, Any], name: str, length: int) -> str:
    value = document.get(name)
    return value[:length] if isinstance(value, str) else ""


def _without(document: Mapping[str, Any], columns: frozenset[str]) -> str:
    kept = {name: value for name, value in document.items() if name not in columns}
    return json.dumps(kept).decode()


EVSERow = tuple[str, str, datetime]
"""Document, status and last_updated of an EVSE as they lie in the database."""


def join_evse(row: EVSERow) -> bytes:
    """The JSON of an EVSE from its row."""
    document, status, last_updated = row
    return (
        f'{document[:-1]},"status":"{status}","last_updated":"{format_datetime(last_updated)}"}}'
    ).encode()


def join_location(
    document: str,
    last_updated: datetime,
    evses: Sequence[EVSERow],
    *,
    whole_seconds: bool = False,
) -> bytes:
    """The JSON of a Location from its row and those of its EVSEs, in their order."""
    stamp = format_datetime(last_updated, whole_seconds=whole_seconds)
    if not evses:
        return f'{document[:-1]},"last_updated":"{stamp}"}}'.encode()
    inner = ",".join(
        f'{doc[:-1]},"status":"{status}",'
        f'"last_updated":"{format_datetime(updated, whole_seconds=whole_seconds)}"}}'
        for doc, status, updated in evses
    )
    return f'{document[:-1]},"evses":[{inner}],"last_updated":"{stamp}"}}'.encode()


def connectors(evse: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(evse.get("connectors") or ())


def find_connector(evse: Mapping[str, Any], connector_id: str) -> dict[str, Any] | None:
    """A connector of an EVSE document by its id, compared as a CiString."""
    key = connector_id.upper()
    for connector in connectors(evse):
        if str(connector.get("id", "")).upper() == key:
            return connector
    return None


def with_connector(evse: Mapping[str, Any], connector: Mapping[str, Any]) -> dict[str, Any]:
    """The EVSE document with one connector put in its place, or added."""
    key = str(connector["id"]).upper()
    others = connectors(evse)
    ids = [str(other.get("id", "")).upper() for other in others]
    if key in ids:
        others[ids.index(key)] = dict(connector)
    else:
        others.append(dict(connector))
    return {**evse, "connectors": others}
