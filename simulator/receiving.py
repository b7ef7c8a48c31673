"""What a PUT, PATCH or DELETE does to the objects we received (mod_locations, mod_tariffs, Receiver).

Everything is checked strictly at the version it comes in, and what is wrong is counted.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from ocpi import json
from ocpi.convert import Beside, Refused, from_canonical, patch_to_canonical, to_canonical
from ocpi.errors import InvalidParameters, NotFound, OCPIError, UnknownLocation
from ocpi.ids import PartyId
from ocpi.versioned import CANONICAL, Kind, merge_patch, validate_document, validate_patch
from ocpi.versions import WITHOUT_ROUTING
from simulator.conduct import Conduct
from simulator.database import Database
from simulator.documents import (
    Document,
    find_connector,
    find_evse,
    key,
    microseconds,
    now,
    put_part,
    raise_last_updated,
    token_key,
)
from simulator.received_objects import ObjectKey, ReceivedObjects, grain
from simulator.violations import Violations

PARTS: dict[int, Kind] = {2: "evse", 3: "connector"}
PERIODS = "charging_periods"
PART_OF = {2: ("evses", "uid"), 3: ("connectors", "id")}


class Target(NamedTuple):
    """The object that a URL of the Receiver interface names, and the version of the URL."""

    version: str
    country_code: str
    party_id: str
    object_id: str
    evse_uid: str | None = None
    connector_id: str | None = None
    type: str | None = None

    @property
    def level(self) -> int:
        """2 for an EVSE, 3 for a Connector, 1 for everything else."""
        return 3 if self.connector_id is not None else 2 if self.evse_uid is not None else 1

    @property
    def key(self) -> ObjectKey:
        """The whole object; InvalidParameters when an id has characters that are not allowed."""
        try:
            for part in self[4:]:
                key(part or "")
            name = self.object_id if self.type is None else token_key(self.object_id, self.type)
            return ObjectKey.of(self.country_code, self.party_id, name)
        except ValueError as error:
            raise InvalidParameters(str(error)) from None

    @property
    def owner(self) -> PartyId:
        """Whose it is; InvalidParameters when that is no party."""
        try:
            return PartyId.of(self.country_code, self.party_id)
        except ValueError as error:
            raise InvalidParameters(str(error)) from None

    def __str__(self) -> str:
        return f"{self.version} {'/'.join(part for part in self[1:] if part is not None)}"


class Receiving:
    """Applies pushes to the objects of one module; each is one transaction."""

    def __init__(
        self,
        database: Database,
        received: ReceivedObjects,
        conduct: Conduct,
        violations: Violations,
    ) -> None:
        self._database = database
        self._received = received
        self._conduct = conduct
        self._violations = violations
        self.pull_number = 0
        # The Location that a Session of OCPI 2.1.1 holds: set by whoever knows it.
        self.location_of: Callable[[Document], Document | None] = lambda document: None

    def get(self, target: Target, *, older: bool = False) -> Document:
        """Return the object at the target's version; NotFound (HTTP 404) when we do not hold it.

        `older` answers the state before the last change.
        """
        found = _path(self._received.get(target.key, older=older), target)[-1]
        if found is None:
            raise NotFound("We do not hold this object.")
        try:
            beside = Beside(location=self.location_of(found))
            return from_canonical(target.version, self._kind(target), found, beside=beside).document
        except Refused as refused:
            raise NotFound(f"It cannot be said at {target.version}: {refused.reason}.") from None

    def put(self, target: Target, body: bytes) -> bool:
        """Store or replace the object and return whether it is new.

        One that is older than what is held is accepted and ignored. Raises InvalidParameters
        (2001) for a bad object, UnknownLocation (2003) when its parent is not held.
        """
        document = self._counted(target, lambda: self._read(target, body))
        with self._database.transaction():
            *parents, held = _path(self._received.get(target.key), target)
            if any(parent is None for parent in parents):
                raise UnknownLocation("The Location or EVSE this belongs to is not known.")
            if held is not None and _older(document, held, target.version):
                return False
            sent = body if target.level == 1 else None
            self._store(target, [parent for parent in parents if parent], document, sent)
        return held is None

    def patch(self, target: Target, body: bytes) -> None:
        """Change the fields that `body` names; null clears, and a PATCH that is too old is ignored.

        Raises InvalidParameters (2001), and UnknownLocation with HTTP 404 when it is not held.
        """
        changes = self._counted(target, lambda: self._read_patch(target, body))
        with self._database.transaction():
            *parents, held = _path(self._received.get(target.key), target)
            if held is None:
                raise UnknownLocation("We do not hold this object.", http_status=404)
            if _older(changes, held, target.version):
                return
            merged = self._counted(target, lambda: self._merged(target, held, changes))
            self._store(target, [parent for parent in parents if parent], merged, None)

    def delete(self, target: Target) -> None:
        """Remove the object; NotFound (HTTP 404) when we do not hold it."""
        if not self._received.delete(target.key, self.pull_number):
            raise NotFound("We do not hold this object.")

    def _kind(self, target: Target) -> Kind:
        return PARTS.get(target.level, self._received.kind)

    def _counted(self, target: Target, work: Any) -> Document:
        try:
            return dict(work())
        except OCPIError as error:
            self._violations.add("invalid_object", f"{target}: {error.message}")
            raise

    def _read(self, target: Target, body: bytes) -> Document:
        kind, version = self._kind(target), target.version
        document = validate_document(version, kind, _object(json.loads(body)))
        _check_identity(target, document)
        self._conduct.of_object(version, kind, document, str(target))
        try:
            beside = self._received.beside(document)
            return to_canonical(version, kind, document, owner=target.owner, beside=beside).document
        except Refused as refused:
            raise InvalidParameters(f"{refused.reason}.") from None

    def _read_patch(self, target: Target, body: bytes) -> Document:
        changes = _object(json.loads(body))
        if target.version in WITHOUT_ROUTING and "last_updated" not in changes:
            # OCPI 2.1.1 does not ask for it.
            changes = {**changes, "last_updated": now()}
        _check_time(changes)
        kind = self._kind(target)
        validate_patch(target.version, kind, changes)
        _check_identity(target, changes)
        self._conduct.of_object(target.version, kind, changes, str(target))
        return patch_to_canonical(target.version, kind, changes)

    def _merged(self, target: Target, held: Document, changes: Document) -> Document:
        merged = merge_patch(held, changes)
        if PERIODS in changes and target.version not in WITHOUT_ROUTING:
            # OCPI 2.2.1, mod_sessions, PATCH: charging periods are appended; 2.1.1 replaces them.
            merged[PERIODS] = [*held.get(PERIODS, ()), *(changes[PERIODS] or ())]
        return validate_document(CANONICAL, self._kind(target), merged)

    def _store(
        self, target: Target, parents: list[Document], document: Document, sent: bytes | None
    ) -> None:
        if parents:
            put_part(parents[-1], *PART_OF[target.level], document)
            raise_last_updated(parents, document["last_updated"])
        whole = parents[0] if parents else document
        self._received.put(whole, self.pull_number, sent, target.version)


def _path(whole: Document | None, target: Target) -> list[Document | None]:
    """Return the whole object, then as far as the target goes the EVSE and the Connector."""
    path = [whole]
    if target.evse_uid is not None:
        path.append(whole and find_evse(whole, target.evse_uid))
    if target.connector_id is not None:
        path.append(path[-1] and find_connector(path[-1], target.connector_id))
    return path


def _check_identity(target: Target, document: Document) -> None:
    """What the body says of its identity is what the URL says."""
    for name, wanted in _identity(target).items():
        if name in document and key(str(document[name])) != key(wanted):
            raise InvalidParameters(
                f"{name}: {document[name]!r} is not what the URL says: {wanted!r}."
            )


def _object(body: Any) -> Document:
    if not isinstance(body, dict):
        raise InvalidParameters("The body is not an object.")
    return body


def _identity(target: Target) -> dict[str, str]:
    if target.connector_id is not None:
        return {"id": target.connector_id}
    if target.evse_uid is not None:
        return {"uid": target.evse_uid}
    named = {"id": target.object_id}
    if target.type is not None:
        named = {"uid": target.object_id, "type": target.type}
    if target.version in WITHOUT_ROUTING:
        return named
    return {"country_code": target.country_code, "party_id": target.party_id, **named}


def _check_time(changes: Document) -> None:
    try:
        microseconds(str(changes.get("last_updated")))
    except ValueError as error:
        raise InvalidParameters(f"last_updated: {error}.") from None


def _older(document: Document, held: Document, version: str) -> bool:
    """Whether a document is older than what is held, as far as the version can tell."""
    held_time = held.get("last_updated")
    if held_time is None:
        return False
    moment, unit = microseconds(held_time), grain(version)
    return microseconds(document["last_updated"]) < moment - moment % unit
