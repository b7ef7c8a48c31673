"""What a PUT or PATCH does to the Locations we received (OCPI 2.2.1, mod_locations, Receiver)."""

from typing import Any, NamedTuple

from ocpi.errors import InvalidParameters, NotFound, UnknownLocation
from ocpi.versioned import Kind, merge_patch, validate_document
from simulator.database import Database
from simulator.documents import (
    Document,
    find_connector,
    find_evse,
    key,
    microseconds,
    put_part,
    raise_last_updated,
)
from simulator.identity import VERSION
from simulator.received_locations import LocationKey, ReceivedLocations

KINDS: dict[int, Kind] = {1: "location", 2: "evse", 3: "connector"}
PART_OF = {2: ("evses", "uid"), 3: ("connectors", "id")}


class Target(NamedTuple):
    """The object that a URL of the Receiver interface names."""

    country_code: str
    party_id: str
    location_id: str
    evse_uid: str | None = None
    connector_id: str | None = None

    @property
    def level(self) -> int:
        """1 for a Location, 2 for an EVSE, 3 for a Connector."""
        return 3 if self.connector_id is not None else 2 if self.evse_uid is not None else 1

    @property
    def key(self) -> LocationKey:
        """The Location; InvalidParameters when an id has characters that are not allowed."""
        try:
            for part in self[3:]:
                key(part or "")
            return LocationKey.of(self.country_code, self.party_id, self.location_id)
        except ValueError as error:
            raise InvalidParameters(str(error)) from None


class Receiving:
    """Applies pushes; each is one transaction."""

    def __init__(self, database: Database, received: ReceivedLocations) -> None:
        self._database = database
        self._received = received
        self.pull_number = 0

    def get(self, target: Target) -> Document:
        """Return the object; NotFound (HTTP 404) when we do not hold it."""
        found = _path(self._received.get(target.key), target)
        if found[-1] is None:
            raise NotFound("We do not hold this object.")
        return found[-1]

    def put(self, target: Target, body: Any) -> bool:
        """Store or replace the object and return whether it is new.

        One that is older than what is held is accepted and ignored. Raises InvalidParameters
        (2001) for a bad object, UnknownLocation (2003) when its parent is not held.
        """
        document = _checked(target, body)
        with self._database.transaction():
            *parents, held = _path(self._received.get(target.key), target)
            if any(parent is None for parent in parents):
                raise UnknownLocation("The Location or EVSE this belongs to is not known.")
            if held is not None and _older(document, held):
                return False
            self._store(target, [parent for parent in parents if parent], document)
        return held is None

    def patch(self, target: Target, body: Any) -> None:
        """Change the fields that `body` names; null clears, and a PATCH that is too old is ignored.

        Raises InvalidParameters (2001), and UnknownLocation with HTTP 404 when it is not held.
        """
        changes = _changes(body)
        with self._database.transaction():
            *parents, held = _path(self._received.get(target.key), target)
            if held is None:
                raise UnknownLocation("We do not hold this object.", http_status=404)
            if _older(changes, held):
                return
            document = _checked(target, merge_patch(held, changes))
            self._store(target, [parent for parent in parents if parent], document)

    def _store(self, target: Target, parents: list[Document], document: Document) -> None:
        if parents:
            put_part(parents[-1], *PART_OF[target.level], document)
            raise_last_updated(parents, document["last_updated"])
        self._received.put(parents[0] if parents else document, self.pull_number)


def _path(location: Document | None, target: Target) -> list[Document | None]:
    """Return the Location, then as far as the target goes the EVSE and the Connector."""
    path = [location]
    if target.evse_uid is not None:
        path.append(location and find_evse(location, target.evse_uid))
    if target.connector_id is not None:
        path.append(path[-1] and find_connector(path[-1], target.connector_id))
    return path


def _checked(target: Target, body: Any) -> Document:
    """Return the body when it is a correct object with the identity of its URL."""
    document = validate_document(VERSION, KINDS[target.level], _object(body))
    for name, wanted in _identity(target).items():
        if key(document[name]) != key(wanted):
            raise InvalidParameters(
                f"{name}: {document[name]!r} is not what the URL says: {wanted!r}."
            )
    return document


def _object(body: Any) -> Document:
    if not isinstance(body, dict):
        raise InvalidParameters("The body is not an object.")
    return body


def _identity(target: Target) -> dict[str, str]:
    if target.connector_id is not None:
        return {"id": target.connector_id}
    if target.evse_uid is not None:
        return {"uid": target.evse_uid}
    return {
        "country_code": target.country_code,
        "party_id": target.party_id,
        "id": target.location_id,
    }


def _changes(body: Any) -> Document:
    changes = _object(body)
    try:
        microseconds(str(changes.get("last_updated")))
    except ValueError as error:
        raise InvalidParameters(f"last_updated: {error}.") from None
    return changes


def _older(document: Document, held: Document) -> bool:
    held_time = held.get("last_updated")
    return held_time is not None and microseconds(document["last_updated"]) < microseconds(
        held_time
    )
