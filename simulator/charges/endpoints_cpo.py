"""The interfaces of a CPO for charges: commands, charging profiles, preferences (Receiver and Sender)."""

from typing import Any

from ocpi import envelope
from ocpi.convert import Refused, from_canonical, to_canonical
from ocpi.errors import InvalidParameters, MethodNotAllowed, NotFound
from ocpi.headers import MessageIds, RoutingHeaders
from ocpi.ids import PartyId
from ocpi.urls import check_url
from ocpi.versioned import TYPES, Kind
from ocpi.versions import WITHOUT_ROUTING, Role
from simulator.charges.commands_taken import CommandsTaken, Taken
from simulator.charges.profiles import Profiles
from simulator.charges.provider import KINDS
from simulator.charges.reading import Reader
from simulator.charges.results import Asked
from simulator.documents import Document
from simulator.identity import Identity
from simulator.list_faults import SOUND, ListFault
from simulator.messages import Request, Response
from simulator.ocpi_sender import Sender
from simulator.registration import Registration


class Callers:
    """Finds out between whom a request goes."""

    def __init__(self, identity: Identity, registration: Registration) -> None:
        self._identity = identity
        self._registration = registration

    def asked(self, request: Request, version: str, url: str) -> Asked:
        """Who asks whom, and the address for the result; InvalidParameters when it is none."""
        try:
            url = check_url(url)
        except ValueError as error:
            raise InvalidParameters(f"response_url: {error}") from None
        ids = MessageIds.from_headers(request.headers)
        if version in WITHOUT_ROUTING:
            return Asked(url, self._identity.party, self.provider(), ids.correlation_id)
        routing = RoutingHeaders.from_headers(request.headers)
        ours = routing.to if routing.to in self._identity.parties else None
        return Asked(url, ours or self._identity.party, routing.from_, ids.correlation_id)

    def provider(self) -> PartyId | None:
        """The partner's eMSP."""
        partner = self._registration.partner
        return partner.party(Role.EMSP) if partner else None


class CommandsReceiver:
    """POST of a command (mod_commands, Receiver Interface)."""

    def __init__(self, reader: Reader, callers: Callers, commands: CommandsTaken) -> None:
        self._reader = reader
        self._callers = callers
        self._commands = commands

    def answer(
        self, request: Request, version: str, ids: tuple[str, ...], *, older: bool = False
    ) -> Response:
        """Answer a request; `ids` is the command."""
        if request.method != "POST":
            raise MethodNotAllowed("Only POST is possible here.")
        kind = KINDS.get(ids[0]) if len(ids) == 1 else None
        if kind is None or kind not in TYPES[version]:
            raise NotFound("Use commands/{command}.")
        said = self._reader.read(version, kind, request.read_body(), request.path)
        document = _understood(version, kind, said, self._callers.provider())
        asked = self._callers.asked(request, version, document["response_url"])
        answer = self._commands.answer(Taken(ids[0], document, asked))
        return _said(version, "command_response", answer)


class ProfilesReceiver:
    """GET, PUT and DELETE of a session's profile (mod_charging_profiles, Receiver Interface)."""

    def __init__(self, reader: Reader, callers: Callers, profiles: Profiles) -> None:
        self._reader = reader
        self._callers = callers
        self._profiles = profiles

    def answer(
        self, request: Request, version: str, ids: tuple[str, ...], *, older: bool = False
    ) -> Response:
        """Answer a request; `ids` is the session."""
        if len(ids) != 1:
            raise NotFound("Use chargingprofiles/{session_id}.")
        if request.method == "PUT":
            return _said(version, "charging_profile_response", self._put(request, version, ids[0]))
        asked = self._callers.asked(request, version, request.query.get("response_url", ""))
        if request.method == "GET":
            duration = request.query.get("duration", "")
            if not (duration.isascii() and duration.isdigit()):
                raise InvalidParameters("duration: a number of seconds is needed.")
            answer = self._profiles.ask(ids[0], int(duration), asked)
        elif request.method == "DELETE":
            answer = self._profiles.clear(ids[0], asked)
        else:
            raise MethodNotAllowed("Only GET, PUT, DELETE are possible here.")
        return _said(version, "charging_profile_response", answer)

    def _put(self, request: Request, version: str, session_id: str) -> Document:
        kind: Kind = "set_charging_profile"
        said = self._reader.read(version, kind, request.read_body(), request.path)
        document = to_canonical(version, kind, said).document
        asked = self._callers.asked(request, version, document["response_url"])
        return self._profiles.set(session_id, document["charging_profile"], asked)


class SessionsSender:
    """The list of our sessions, and PUT of `charging_preferences` (mod_sessions, Sender Interface)."""

    def __init__(self, sender: Sender, reader: Reader, profiles: Profiles) -> None:
        self._sender = sender
        self._reader = reader
        self._profiles = profiles

    def answer(
        self,
        request: Request,
        version: str,
        ids: tuple[str, ...],
        to: PartyId | None,
        fault: ListFault = SOUND,
    ) -> Response:
        """Answer a request; `ids` are the path segments after the endpoint."""
        if not (len(ids) == 2 and ids[1] == "charging_preferences"):
            return self._sender.answer(request, version, ids, to, fault)
        if request.method != "PUT" or version in WITHOUT_ROUTING:
            raise MethodNotAllowed("Only PUT is possible here, since OCPI 2.2.")
        said = self._reader.read(version, "charging_preferences", request.read_body(), request.path)
        answer = self._profiles.prefer(
            ids[0], to_canonical(version, "charging_preferences", said).document
        )
        if answer is None:
            raise NotFound("There is no such session.")
        return Response(body=envelope.encode(answer))


def _understood(version: str, kind: Kind, said: Document, owner: PartyId | None) -> Document:
    try:
        return to_canonical(version, kind, said, owner=owner).document
    except Refused as refused:
        raise InvalidParameters(f"{refused.reason}.") from None


def _said(version: str, kind: Kind, answer: dict[str, Any]) -> Response:
    return Response(body=envelope.encode(from_canonical(version, kind, answer).document))
