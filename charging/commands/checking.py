"""What is checked before a command goes on to a charge point of ours, and what of one to a partner's.

The token is not judged: its eMSP has authorized it (OCPI 2.3.0, mod_commands, StartSession). Of a partner's CPO only
what it told us is known, so that it decides about the place itself.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from charging.commands.choices import CommandType
from charging.commands.services import Document, find_reservation, sender_of
from charging.models import Session
from locations.models import EVSE, Location
from ocpi.errors import InvalidParameters, Problem
from ocpi.ids import ci_key
from ocpi.status import StatusCode
from ocpi.types import refused
from ocpi.urls import same_host
from parties.models import Connection, Party

NEEDED = {
    CommandType.START_SESSION: "REMOTE_START_STOP_CAPABLE",
    CommandType.RESERVE_NOW: "RESERVABLE",
    CommandType.UNLOCK_CONNECTOR: "UNLOCK_CAPABLE",
}
"""What an EVSE that lists its capabilities must list for a command."""

_NAMES_CONNECTOR = "START_SESSION_CONNECTOR_REQUIRED"


class Declined(Exception):
    """A command that is answered with a CommandResponse that says no."""

    def __init__(self, result: str, sentence: str, status_code: int = StatusCode.SUCCESS) -> None:
        super().__init__(sentence)
        self.result = result
        self.sentence = sentence
        self.status_code = int(status_code)


def unknown_location(sentence: str) -> Declined:
    """X-012: 2003, with a CommandResponse that says REJECTED."""
    return Declined("REJECTED", sentence, StatusCode.UNKNOWN_LOCATION)


def check_response_url(document: Document, connection: Connection) -> str:
    """The address for the result, which must be at a host of the partner's: our token goes with it.

    Raises InvalidParameters (2001) that names the field.
    """
    url = str(document["response_url"])
    if not same_host(url, connection.pinned_hosts):
        hosts = ", ".join(connection.pinned_hosts) or "none yet"
        message = f"Not at a host of this connection ({hosts})"
        raise refused([Problem("foreign_host", "response_url", message, url)])
    if not url.lower().startswith("https:") and _is_secure(connection):
        raise refused([Problem("not_https", "response_url", "Must start with https://", url)])
    return url


def _is_secure(connection: Connection) -> bool:
    """Whether nothing goes to a partner in the clear, as always but on a trial, with a partner without TLS."""
    if not settings.ALLOW_PRIVATE_ADDRESSES:
        return True
    return all(str(one["url"]).lower().startswith("https:") for one in connection.endpoints)


def check_token(document: Document, sender: Party) -> None:
    """An eMSP may use tokens of its own only (X-019). Raises InvalidParameters (2001)."""
    token = document.get("token")
    if token is None:
        return
    owner = sender_of(token)
    if owner != sender.identity:
        message = f"The token is of {owner}, and the command comes from {sender.identity}"
        raise refused([Problem("foreign_token", "token.party_id", message, token["party_id"])])


def owner_of(candidates: list[Party], sender: Party, kind: str, document: Document) -> Party | None:
    """Whose charge point a command is about, where only its content says so; ``None`` when that is not clear."""
    keys = [party.pk for party in candidates]
    found: set[int] = set()
    if document.get("location_id"):
        rows = Location.objects.filter(
            location_key=ci_key(document["location_id"]), owner__in=keys, vanished_at=None
        )
        found = set(rows.values_list("owner_id", flat=True))
    elif document.get("session_id"):
        sessions = Session.objects.filter(
            session_key=ci_key(document["session_id"]), owner__in=keys, emsp=sender
        )
        found = set(sessions.values_list("owner_id", flat=True))
    elif kind == CommandType.CANCEL_RESERVATION:
        reservation = find_reservation(sender, None, document["reservation_id"])
        found = {reservation.owner_id} if reservation and reservation.owner_id in keys else set()
    if len(found) != 1:
        return None
    (only,) = found
    return next(party for party in candidates if party.pk == only)


def check(kind: str, document: Document, owner: Party, sender: Party, version: str) -> Document:
    """The command as it may go on. Raises Declined, or InvalidParameters (2001) for what its sender can correct."""
    if kind == CommandType.STOP_SESSION:
        check_session(document["session_id"], owner, sender)
        return document
    if kind == CommandType.CANCEL_RESERVATION:
        return document
    if not owner.is_ours:
        return document
    location = Location.objects.filter(
        owner=owner, location_key=ci_key(document["location_id"]), vanished_at=None
    ).first()
    if location is None:
        raise unknown_location(
            f"location_id: {document['location_id']} is not a location of {owner.identity}."
        )
    if not document.get("evse_uid"):
        return document
    evse = EVSE.objects.filter(location=location, uid_key=ci_key(document["evse_uid"])).first()
    if evse is None or evse.status == "REMOVED":
        raise unknown_location(
            f"evse_uid: {document['evse_uid']} is not an EVSE of {document['location_id']}."
        )
    return _at_evse(kind, document, evse, version)


def check_session(session_id: str, owner: Party, sender: Party) -> None:
    """A session of ours must be known, and any be of the sender's token (X-013, X-014). Raises Declined."""
    session = Session.objects.filter(owner=owner, session_key=ci_key(session_id)).first()
    if session is None:
        if owner.is_ours:
            raise Declined(
                "UNKNOWN_SESSION", f"There is no session {session_id} of {owner.identity}."
            )
        return
    if session.emsp_id != sender.pk:
        raise Declined("REJECTED", f"Session {session_id} is not of a card of {sender.identity}.")


def _at_evse(kind: str, document: Document, evse: EVSE, version: str) -> Document:
    capabilities = evse.document.get("capabilities") or []
    needed = NEEDED.get(CommandType(kind))
    if capabilities and needed and needed not in capabilities:
        raise Declined("NOT_SUPPORTED", f"EVSE {evse.uid} does not list {needed}.")
    connectors: list[dict[str, Any]] = evse.document.get("connectors") or []
    named = document.get("connector_id")
    if named and not any(ci_key(one["id"]) == ci_key(named) for one in connectors):
        raise unknown_location(f"connector_id: {named} is not a connector of EVSE {evse.uid}.")
    if named or kind != CommandType.START_SESSION or _NAMES_CONNECTOR not in capabilities:
        return document
    if version == "2.1.1":
        # 2.1.1 has no field for it: where there is one connector only, that is meant.
        if len(connectors) == 1:
            return {**document, "connector_id": connectors[0]["id"]}
        raise Declined(
            "REJECTED", f"EVSE {evse.uid} needs to be told which connector; OCPI 2.1.1 cannot."
        )
    raise InvalidParameters(
        f"connector_id: EVSE {evse.uid} requires it ({_NAMES_CONNECTOR}).",
        problems=[Problem("missing", "connector_id", f"Required by {_NAMES_CONNECTOR}")],
    )
