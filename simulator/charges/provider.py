"""Our drivers at EVSEs of the other side: commands, charging profiles, preferences and their results."""

import itertools
import threading
from collections import deque
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from ocpi.client import OCPIResponse
from ocpi.convert import Refused
from ocpi.datetimes import format_datetime
from ocpi.ids import PartyId
from ocpi.urls import join, with_query
from ocpi.versioned import Kind
from ocpi.versions import InterfaceRole
from simulator.charges.agenda import Agenda
from simulator.charges.mishaps import Chance
from simulator.charges.operator import NotPossibleError
from simulator.charges.partner import AwayError, Line, Lines
from simulator.documents import Document, find_evse, key, now, party_of, token_key
from simulator.identity import Identity
from simulator.own_objects import OwnObjects
from simulator.received_objects import ObjectKey, ReceivedObjects

KEPT = 200
RESERVED_SECONDS = 900
PROFILE_SECONDS = 900
KINDS: dict[str, Kind] = {
    "START_SESSION": "start_session",
    "STOP_SESSION": "stop_session",
    "RESERVE_NOW": "reserve_now",
    "CANCEL_RESERVATION": "cancel_reservation",
    "UNLOCK_CONNECTOR": "unlock_connector",
}
# What an EVSE has to be capable of, so that we send it such a command.
CAPABILITIES = {
    "START_SESSION": "REMOTE_START_STOP_CAPABLE",
    "RESERVE_NOW": "RESERVABLE",
    "UNLOCK_CONNECTOR": "UNLOCK_CAPABLE",
}
WITH_TOKEN = frozenset({"START_SESSION", "RESERVE_NOW"})


class Provider:
    """Sends what drivers want of the CPO, and notes what comes of it."""

    def __init__(
        self,
        agenda: Agenda,
        identity: Identity,
        lines: Lines,
        tokens: OwnObjects,
        received: dict[str, ReceivedObjects],
        chance: Chance,
    ) -> None:
        self._agenda = agenda
        self._identity = identity
        self._lines = lines
        self._tokens = tokens
        self._received = received
        self._chance = chance
        self._lock = threading.Lock()
        self._log: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._profiles: dict[str, Document] = {}
        # Ids differ from those of a former process, whose late results mean nothing any more.
        self._first = int(agenda.now().timestamp()) * 1000
        self._numbers = itertools.count(self._first)

    def send_command(self, command: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """Send a command; what is not named is chosen. NotPossibleError when nothing fits."""
        document, owner = self._command(command, dict(wanted))
        line = self._line("commands", owner)
        entry = self._entry(command, document)
        document["response_url"] = self._callback(line, "commands", command, entry["id"])
        try:
            said = self._lines.said(line, KINDS[command], document)
        except Refused as refused:
            raise NotPossibleError(refused.reason) from None
        response = self._lines.send(line, "POST", join(line.url, command), said)
        return self._answered(entry, line, "command_response", response)

    def set_profile(
        self, session_id: str, profile: Document | None, watts: float
    ) -> dict[str, Any]:
        """Limit a session of one of our drivers: by this ChargingProfile, or to so many watts."""
        document = profile or {
            "duration": PROFILE_SECONDS,
            "charging_rate_unit": "W",
            "charging_profile_period": [{"start_period": 0, "limit": watts}],
        }
        entry, line, url = self._of_session("SET_PROFILE", session_id, document)
        callback = self._callback(line, "chargingprofiles", "set", entry["id"])
        said = self._lines.said(
            line, "set_charging_profile", {"charging_profile": document, "response_url": callback}
        )
        response = self._lines.send(line, "PUT", url, said)
        return self._answered(entry, line, "charging_profile_response", response)

    def get_profile(self, session_id: str, duration: int) -> dict[str, Any]:
        """Ask for the ActiveChargingProfile of the next `duration` seconds."""
        entry, line, url = self._of_session("GET_PROFILE", session_id, {"duration": duration})
        callback = self._callback(line, "chargingprofiles", "get", entry["id"])
        asked = with_query(url, {"duration": str(duration), "response_url": callback})
        response = self._lines.send(line, "GET", asked)
        return self._answered(entry, line, "charging_profile_response", response)

    def clear_profile(self, session_id: str) -> dict[str, Any]:
        """Take the limit away."""
        entry, line, url = self._of_session("CLEAR_PROFILE", session_id, {})
        callback = self._callback(line, "chargingprofiles", "clear", entry["id"])
        response = self._lines.send(line, "DELETE", with_query(url, {"response_url": callback}))
        return self._answered(entry, line, "charging_profile_response", response)

    def prefer(self, session_id: str, preferences: Document) -> dict[str, Any]:
        """Send ChargingPreferences; the answer comes at once."""
        session = self._session(session_id)
        line = self._find("sessions", InterfaceRole.SENDER, party_of(session))
        entry = self._entry("PREFERENCES", preferences)
        said = self._lines.said(line, "charging_preferences", preferences)
        url = join(line.url, session["id"], "charging_preferences")
        response = self._lines.send(line, "PUT", url, said)
        answer = response.data if isinstance(response.data, str) else None
        return self._noted(entry, response, answer)

    def put_result(self, entry_id: str, document: Document) -> bool:
        """A result came in; whether it belongs to something that we asked."""
        with self._lock:
            for entry in self._log:
                if entry["id"] == entry_id:
                    entry["results"].append({"at": now(), **document})
                    return True
        return False

    def is_former(self, entry_id: str) -> bool:
        """Whether a former process of ours asked it, or it has been forgotten here since."""
        number = int(entry_id) if entry_id.isascii() and entry_id.isdigit() else -1
        with self._lock:
            oldest = int(self._log[0]["id"]) if self._log else self._first
            return 0 <= number < oldest

    def put_profile(self, session_id: str, document: Document) -> None:
        """An ActiveChargingProfile came in."""
        with self._lock:
            self._profiles[session_id.upper()] = document
            if len(self._profiles) > KEPT:
                del self._profiles[next(iter(self._profiles))]

    def profile(self, session_id: str) -> Document | None:
        """The ActiveChargingProfile of a session, as it came last."""
        with self._lock:
            return self._profiles.get(session_id.upper())

    def as_json(self) -> list[dict[str, Any]]:
        """What was sent, the latest first."""
        with self._lock:
            return list(reversed(self._log))

    def find(self, entry_id: str) -> dict[str, Any] | None:
        """What was sent under this id."""
        with self._lock:
            return next((entry for entry in self._log if entry["id"] == entry_id), None)

    def sessions(self, *statuses: str) -> list[Document]:
        """The sessions of our drivers in one of these states."""
        found = self._received["sessions"].documents()
        return [session for session in found if session["status"] in statuses]

    def some_session(self, capability: str) -> Document:
        """A session that goes on at an EVSE capable of this; NotPossibleError without one."""
        capable = [s for s in self.sessions("ACTIVE") if capability in self._capabilities(s)]
        return _one_of(capable, self._chance)

    def _capabilities(self, session: Document) -> list[str]:
        found = ObjectKey.of(*party_of(session), session["location_id"])
        location = self._received["locations"].get(found)
        evse = location and find_evse(location, session["evse_uid"])
        return list((evse or {}).get("capabilities", ()))

    # --- What a command is about ---------------------------------------------------------------

    def _command(self, command: str, wanted: dict[str, Any]) -> tuple[Document, PartyId]:
        if command not in KINDS:
            raise ValueError(f"There is no command {command}.")
        wanted.pop("response_url", None)
        uid, token_type = wanted.pop("uid", None), wanted.pop("type", None)
        if command in WITH_TOKEN:
            wanted.setdefault("token", self._token(uid, token_type))
        if command == "STOP_SESSION":
            session = self._session(wanted.get("session_id"))
            return {**wanted, "session_id": session["id"]}, party_of(session)
        if command == "CANCEL_RESERVATION":
            return self._cancelling(wanted)
        location, evse = self._evse(
            wanted.get("location_id"), wanted.get("evse_uid"), CAPABILITIES.get(command)
        )
        wanted |= {"location_id": location["id"]}
        wanted.setdefault("evse_uid", evse["uid"])
        if command == "UNLOCK_CONNECTOR":
            wanted.setdefault("connector_id", evse["connectors"][0]["id"])
        if command == "RESERVE_NOW":
            wanted.setdefault("reservation_id", str(next(self._numbers) % 1_000_000_000))
            until = self._agenda.now() + timedelta(seconds=RESERVED_SECONDS)
            wanted.setdefault("expiry_date", format_datetime(until))
        if command in WITH_TOKEN and self._lines.version != "2.1.1":
            ours = "".join(self._identity.party)
            wanted.setdefault("authorization_reference", f"REMOTE-{ours}-{next(self._numbers)}")
        return wanted, party_of(location)

    def _cancelling(self, wanted: dict[str, Any]) -> tuple[Document, PartyId]:
        """A reservation that we made; the last one, where none is named."""
        for entry in self.as_json():
            document = entry["document"]
            wished = wanted.get("reservation_id", document.get("reservation_id"))
            if entry["command"] == "RESERVE_NOW" and document["reservation_id"] == wished:
                location, _ = self._evse(document["location_id"], document.get("evse_uid"))
                return {"reservation_id": wished}, party_of(location)
        if "reservation_id" not in wanted:
            raise NotPossibleError("Nothing is reserved.")
        location, _ = self._evse(None, None)
        return {"reservation_id": wanted["reservation_id"]}, party_of(location)

    def _token(self, uid: str | None, token_type: str | None) -> Document:
        if uid is not None:
            wanted = token_key(uid, token_type or "RFID")
            token = self._tokens.get(wanted, (self._identity.party,))
            if token is None:
                raise NotPossibleError(f"There is no token {wanted} of our own.")
            return token
        valid = [token for token in self._tokens.documents() if token["valid"]]
        if not valid:
            raise NotPossibleError("We have no token.")
        going_on = self.sessions("ACTIVE", "PENDING", "RESERVATION")
        busy = {session["cdr_token"]["uid"] for session in going_on}
        free = [token for token in valid if token["uid"] not in busy]
        return self._chance.random.choice(free or valid)

    def _evse(
        self, location_id: str | None, evse_uid: str | None, capability: str | None = None
    ) -> tuple[Document, Document]:
        """An EVSE of the other side: this one, or one that is free and capable of it."""
        found = [
            (location, evse)
            for location in self._received["locations"].documents()
            if location_id is None or key(location["id"]) == key(location_id)
            for evse in location.get("evses", ())
            if _fits(evse, evse_uid, capability)
        ]
        if not found:
            raise NotPossibleError("No EVSE of the other side that is known here is free.")
        return self._chance.random.choice(found)

    def _session(self, session_id: Any) -> Document:
        running = self.sessions("ACTIVE", "PENDING", "RESERVATION", "COMPLETED", "INVALID")
        if session_id is None:
            active = [session for session in running if session["status"] == "ACTIVE"]
            return _one_of(active, self._chance)
        wanted = str(session_id).upper()
        return _one_of([s for s in running if s["id"].upper() == wanted], self._chance)

    # --- The request and its answer ------------------------------------------------------------

    def _of_session(
        self, deed: str, session_id: str, document: Document
    ) -> tuple[dict[str, Any], Line, str]:
        session = self._session(session_id or None)
        line = self._line("chargingprofiles", party_of(session))
        return self._entry(deed, document), line, join(line.url, session["id"])

    def _line(self, module: str, owner: PartyId) -> Line:
        return self._find(module, InterfaceRole.RECEIVER, owner)

    def _find(self, module: str, side: InterfaceRole, owner: PartyId) -> Line:
        try:
            return self._lines.find(module, side, self._identity.party, owner)
        except AwayError as reason:
            raise NotPossibleError(str(reason)) from None

    def _callback(self, line: Line, module: str, deed: str, entry_id: str) -> str:
        version = line.partner.version
        return self._identity.endpoint_url(version, "sender", module, "results", deed, entry_id)

    def _entry(self, deed: str, document: Document) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "id": str(next(self._numbers)),
            "at": now(),
            "command": deed,
            "document": document,
            "response": None,
            "results": [],
        }
        # Before it is sent: a result may come before the answer.
        with self._lock:
            self._log.append(entry)
        return entry

    def _answered(
        self, entry: dict[str, Any], line: Line, kind: Kind, response: OCPIResponse
    ) -> dict[str, Any]:
        read = self._lines.read(line, kind, response) if response.ok else None
        return self._noted(entry, response, read and read.get("result"))

    def _noted(self, entry: dict[str, Any], response: OCPIResponse, answer: Any) -> dict[str, Any]:
        with self._lock:
            entry |= {
                "response": answer,
                "http_status": response.http_status,
                "status_code": response.status_code,
                "failure": None if response.ok else response.diagnosis,
            }
            return dict(entry)


def _fits(evse: Document, evse_uid: str | None, capability: str | None) -> bool:
    if evse_uid is not None:
        return key(evse["uid"]) == key(evse_uid)
    is_free = evse["status"] == "AVAILABLE" and bool(evse.get("connectors"))
    return is_free and capability in (None, *evse.get("capabilities", ()))


def _one_of(sessions: Iterable[Document], chance: Chance) -> Document:
    found = list(sessions)
    if not found:
        raise NotPossibleError("There is no such session of our drivers here.")
    return chance.random.choice(found)
