"""One object as a canonical document."""

from __future__ import annotations

from typing import Any

import orjson

from locations.documents import (
    join_evse,
    join_location,
)
from locations.models import EVSE, Location
from ocpi.errors import InvalidParameters, OCPIError, UnknownLocation
from ocpi.ids import ci_key
from parties.models import Party


def key_of(text: str) -> str:
    try:
        return ci_key(text)
    except ValueError as error:
        raise InvalidParameters(str(error)) from None


def document_of(location: Location) -> bytes:
    """The whole canonical Location as JSON."""
    rows = location.evses.order_by("id").values_list("document", "status", "last_updated")
    evses = [(orjson.dumps(document).decode(), status, at) for document, status, at in rows]
    return join_location(orjson.dumps(location.document).decode(), location.last_updated, evses)


def get_evse_document(
    owner: Party,
    location_id: str,
    evse_uid: str,
    *,
    missing: type[OCPIError] = UnknownLocation,
) -> dict[str, Any]:
    """One EVSE as a canonical document; ``missing`` (2003) is raised when it is not here."""
    evse = EVSE.objects.filter(
        location__owner=owner, location__location_key=key_of(location_id), uid_key=key_of(evse_uid)
    ).first()
    if evse is None:
        raise missing(f"There is no EVSE {evse_uid} at location {location_id} here.")
    return evse_document(evse)


def evse_document(evse: EVSE) -> dict[str, Any]:
    """An EVSE row as a canonical document."""
    text = orjson.dumps(evse.document).decode()
    return orjson.loads(join_evse((text, evse.status, evse.last_updated)))  # type: ignore[no-any-return]
