"""The interfaces of an eMSP for charges: tokens and their authorization, CDRs, results."""

from http import HTTPStatus

from ocpi import envelope
from ocpi.convert import Beside, Refused, from_canonical, to_canonical
from ocpi.errors import InvalidParameters, MethodNotAllowed, NotFound
from ocpi.ids import PartyId
from ocpi.versioned import TYPES, Kind
from ocpi.versions import Role
from simulator.charges.answering import Answering
from simulator.charges.provider import KINDS, Provider
from simulator.charges.reading import Reader
from simulator.documents import Document, canonical, party_of
from simulator.identity import Identity
from simulator.list_faults import SOUND, ListFault
from simulator.messages import Request, Response
from simulator.ocpi_receiver import DEFAULT_TYPE
from simulator.ocpi_sender import Sender
from simulator.received_objects import ObjectKey, ReceivedObjects
from simulator.registration import Registration

RESULTS: dict[str, Kind] = {
    "set": "charging_profile_result",
    "get": "active_charging_profile_result",
    "clear": "clear_profile_result",
}


class TokensSender:
    """The list of our tokens, and POST of `authorize` (mod_tokens, Sender Interface)."""

    def __init__(self, sender: Sender, reader: Reader, answering: Answering) -> None:
        self._sender = sender
        self._reader = reader
        self._answering = answering

    def answer(
        self,
        request: Request,
        version: str,
        ids: tuple[str, ...],
        to: PartyId | None,
        fault: ListFault = SOUND,
    ) -> Response:
        """Answer a request; `ids` are the path segments after the endpoint."""
        if not (len(ids) == 2 and ids[1] == "authorize"):
            return self._sender.answer(request, version, ids, to, fault)
        if request.method != "POST":
            raise MethodNotAllowed("Only POST is possible here.")
        location = self._location(request, version)
        token_type = request.query.get("type", DEFAULT_TYPE)
        info = self._answering.authorize(ids[0], token_type, location)
        return Response(
            body=envelope.encode(from_canonical(version, "authorization_info", info).document)
        )

    def _location(self, request: Request, version: str) -> Document | None:
        body = request.read_body()
        if not body.strip():
            return None
        kind: Kind = "location_references"
        said = self._reader.read(version, kind, body, request.path)
        return to_canonical(version, kind, said).document


class CdrsReceiver:
    """POST of a CDR, and GET by the address that the answer gave (mod_cdrs, Receiver Interface)."""

    def __init__(
        self,
        identity: Identity,
        registration: Registration,
        reader: Reader,
        received: ReceivedObjects,
        locations: ReceivedObjects,
    ) -> None:
        self._identity = identity
        self._registration = registration
        self._reader = reader
        self._received = received
        self._locations = locations

    def answer(
        self, request: Request, version: str, ids: tuple[str, ...], *, older: bool = False
    ) -> Response:
        """Answer a request; `ids` are the path segments after the endpoint."""
        if request.method == "POST" and not ids:
            return self._post(request, version)
        if request.method == "GET" and len(ids) == 3:
            return self._get(version, ObjectKey.of(*ids))
        raise MethodNotAllowed("POST to the endpoint and GET of a CDR are possible here.")

    def _post(self, request: Request, version: str) -> Response:
        """The same CDR once more gets the same answer, another one of the same id 2001."""
        body = request.read_body()
        said = self._reader.read(version, "cdr", body, request.path)
        partner = self._registration.partner
        owner = partner.party(Role.CPO) if partner else None
        try:
            beside = self._received.beside(said)
            cdr = to_canonical(version, "cdr", said, owner=owner, beside=beside).document
        except Refused as refused:
            raise InvalidParameters(f"{refused.reason}.") from None
        party = party_of(cdr)
        held = self._received.get(ObjectKey.of(*party, cdr["id"]))
        if held is not None and canonical(held) != canonical(cdr):
            self._reader.count("cdr_changed", f"{version} {party}/{cdr['id']}")
            raise InvalidParameters(f"The CDR {cdr['id']} is held with other contents.")
        if held is None:
            self._received.put(cdr, 0, body, version)
        url = self._identity.endpoint_url(version, "receiver", "cdrs", *party, cdr["id"])
        status = HTTPStatus.CREATED if held is None else HTTPStatus.OK
        return Response(status=status, body=envelope.encode(), headers={"Location": url})

    def _get(self, version: str, found: ObjectKey) -> Response:
        cdr = self._received.get(found)
        if cdr is None:
            raise NotFound("We do not hold this CDR.")
        owner = party_of(cdr)
        location = self._locations.get(ObjectKey.of(*owner, cdr["cdr_location"]["id"]))
        try:
            said = from_canonical(version, "cdr", cdr, beside=Beside(location=location)).document
        except Refused as refused:
            raise NotFound(f"It cannot be said at {version}: {refused.reason}.") from None
        return Response(body=envelope.encode(said))


class ResultsSender:
    """Results of our commands and profiles, and profiles that changed (mod_commands, Sender Interface)."""

    def __init__(self, reader: Reader, provider: Provider, module: str) -> None:
        self._reader = reader
        self._provider = provider
        self._module = module

    def answer(
        self,
        request: Request,
        version: str,
        ids: tuple[str, ...],
        to: PartyId | None,
        fault: ListFault = SOUND,
    ) -> Response:
        """Answer a request; `ids` are `results`, what was asked and the id of the request."""
        if request.method == "POST" and len(ids) == 3 and ids[0] == "results":
            self._take(request, version, ids[1], ids[2])
        elif request.method == "PUT" and len(ids) == 1 and self._module == "chargingprofiles":
            kind: Kind = "active_charging_profile"
            said = self._reader.read(version, kind, request.read_body(), request.path)
            self._provider.put_profile(ids[0], to_canonical(version, kind, said).document)
        else:
            raise MethodNotAllowed("There is nothing to do so here.")
        return Response(body=envelope.encode())

    def _take(self, request: Request, version: str, deed: str, entry_id: str) -> None:
        kind: Kind | None = "command_result" if deed in KINDS else RESULTS.get(deed)
        if kind is None or kind not in TYPES[version]:
            raise NotFound("There is nothing that we asked so.")
        said = self._reader.read(version, kind, request.read_body(), request.path)
        if not self._provider.put_result(entry_id, to_canonical(version, kind, said).document):
            if not self._provider.is_former(entry_id):
                self._reader.count("result_unknown", f"{version} {request.path}")
            raise NotFound("We asked nothing under this id.")
