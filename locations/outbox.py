"""How locations go out: an EVSE's status alone where that is all, else the whole Location."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from exchange import egress, registry
from exchange.registry import Push
from locations import renditions, selectors
from locations.choices import RECEIVING_ROLES, Status
from locations.visibility import VISIBILITY
from ocpi import convert
from ocpi.convert import Converted
from ocpi.headers import RoutingHeaders
from ocpi.ids import PartyId
from parties.models import Connection, Party


class LocationsOutbox(registry.Outbox):
    """The locations' side of deliveries; see :class:`exchange.registry.Outbox`."""

    visibility = VISIBILITY
    reference = registry.reference_sql("location_id")

    def render(
        self,
        connection: Connection,
        object_id: int,
        changed: Sequence[str],
        *,
        whole: bool,
        withdrawn: bool = False,
    ) -> Push | None:
        found = selectors.by_ids([object_id])
        if not found:
            return None
        row = found[0]
        unlisted = connection.dialect.unlisted_values
        owner = Party.objects.get(pk=row.owner_id).identity
        routing = egress.routing(connection, owner, RECEIVING_ROLES)
        if not whole and len(changed) == 1 and changed[0].startswith("status:"):
            evse = _evse(row, changed[0].removeprefix("status:"))
            if evse is not None:
                return _status_push(connection, row, owner, evse, routing)
        if withdrawn:
            return _withdrawal(connection.version, row, owner, routing)
        said = renditions.read_one(row.id, connection.version, unlisted=unlisted)
        losses = renditions.problems(said.losses, connection.version)
        segments = (*owner, said.location_id)
        return Push("PUT", segments, said.json, True, said.version, routing, losses)


def _evse(row: selectors.LocationRow, evse_uid: str) -> dict[str, Any] | None:
    for evse in orjson.loads(row.to_json()).get("evses") or ():
        if evse["uid"].upper() == evse_uid.upper():
            return evse  # type: ignore[no-any-return]
    return None


def _status_push(
    connection: Connection,
    row: selectors.LocationRow,
    owner: PartyId,
    evse: dict[str, Any],
    routing: RoutingHeaders,
) -> Push | None:
    """The status of an EVSE; nothing when the partner was never told of it, as its version cannot say it."""
    try:
        said, losses = convert.from_canonical(
            connection.version, "evse", evse, unlisted=connection.dialect.unlisted_values
        )
    except convert.Refused:
        return None
    data = {"status": said["status"], "last_updated": said["last_updated"]}
    kept = [loss for loss in losses if loss.path in data]
    return Push(
        "PATCH", (*owner, row.location_id, evse["uid"]), data, False, row.version, routing, kept
    )


def _withdrawal(
    version: str, row: selectors.LocationRow, owner: PartyId, routing: RoutingHeaders
) -> Push:
    """A location that the partner may no longer show: nothing can be deleted in OCPI, so all is REMOVED.

    Whom it is open to is nobody's business any more.
    """
    document = orjson.loads(row.to_json())
    document.pop("publish_allowed_to", None)
    for evse in document.get("evses") or ():
        evse["status"] = Status.REMOVED
        evse["last_updated"] = document["last_updated"]
    said, losses = _unpublished(version, document)
    data = orjson.dumps(said)
    return Push("PUT", (*owner, row.location_id), data, True, row.version, routing, losses)


def _unpublished(version: str, document: dict[str, Any]) -> Converted:
    """Not published any more; where a version has no word for that, REMOVED has to do."""
    try:
        return convert.from_canonical(version, "location", {**document, "publish": False})
    except convert.Refused:
        return convert.from_canonical(version, "location", {**document, "publish": True})
