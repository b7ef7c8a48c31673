"""Everything below /ocpi: who may call what, the envelope, the headers that every answer has."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from ocpi import envelope, json
from ocpi.errors import MethodNotAllowed, NotFound, OCPIError, Unauthorized
from ocpi.headers import (
    MessageIds,
    RoutingHeaders,
    TokenEncoding,
    decode_authorization,
    encoding_of,
)
from ocpi.versions import WITHOUT_ROUTING, InterfaceRole
from simulator.accents import AccentSwitch
from simulator.conduct import Conduct
from simulator.documents import now
from simulator.faults import Call, FaultScope, FaultSwitch, Spoilt
from simulator.handshake import Handshake
from simulator.identity import Identity
from simulator.messages import BodyRefusedError, Manner, Request, Response
from simulator.ocpi_receiver import Receiver
from simulator.ocpi_sender import Sender
from simulator.registration import Access, Registration
from simulator.requests_log import RequestsLog
from simulator.violations import Violations

HANDSHAKE_ACCESS = (Access.INVITED, Access.PENDING, Access.REGISTERED)


class OcpiApi:
    """Dispatches OCPI requests and notes them in the log."""

    def __init__(
        self,
        identity: Identity,
        registration: Registration,
        handshake: Handshake,
        senders: Mapping[str, Sender],
        receivers: Mapping[str, Receiver],
        accents: AccentSwitch,
        faults: FaultSwitch,
        conduct: Conduct,
        violations: Violations,
        log: RequestsLog,
    ) -> None:
        self._identity = identity
        self._registration = registration
        self._handshake = handshake
        self._senders = senders
        self._receivers = receivers
        self._accents = accents
        self._faults = faults
        self._conduct = conduct
        self._violations = violations
        self._log = log

    def __call__(self, request: Request) -> Response:
        """Answer a request whose first path segment is `ocpi`."""
        ids = MessageIds.from_headers(request.headers)
        module, version, answer = self._route(request)
        response = answer()
        self._log.add(
            now(), request.method, request.path, module, int(response.status), ids.request_id
        )
        if response.manner is Manner.RESET:
            return response
        headers = _common_headers(request, ids, version)
        return replace(response, headers={**response.headers, **headers})

    def _route(self, request: Request) -> tuple[str, str, Callable[[], Response]]:
        """Return the module and the version of the address, and what answers the request."""
        if self._accents.now.slashes and not request.path.endswith("/"):
            return "redirected", "", lambda: _redirected(request)
        match request.segments[1:]:
            case ("versions",):
                return "versions", "", self._handshaking(request, "", self._versions)
            case (version, *rest) if version in self._identity.versions:
                return self._route_below(request, version, tuple(rest))
        return "unknown", "", lambda: _enveloped(lambda: _not_found(request))

    def _route_below(
        self, request: Request, version: str, rest: tuple[str, ...]
    ) -> tuple[str, str, Callable[[], Response]]:
        module = rest[1] if len(rest) > 1 else ""
        sides = self._identity.sides(version, module)
        match rest:
            case ():
                return "versions", version, self._handshaking(request, version, self._details)
            case ("credentials",):
                answer = self._handshaking(request, version, self._credentials)
                return "credentials", version, answer
            case ("sender", module, *ids) if (
                module in self._senders and InterfaceRole.SENDER in sides
            ):
                answer = self._sending(request, version, module, tuple(ids))
                return f"{module}.sender", version, answer
            case ("receiver", module, *ids) if (
                module in self._receivers and InterfaceRole.RECEIVER in sides
            ):
                answer = self._taking(request, version, module, tuple(ids))
                return f"{module}.receiver", version, answer
        return "unknown", version, lambda: _enveloped(lambda: _not_found(request))

    def _handshaking(
        self, request: Request, version: str, work: Callable[[Request, str], Response]
    ) -> Callable[[], Response]:
        return lambda: _enveloped(lambda: work(request, version))

    def _sending(
        self, request: Request, version: str, module: str, ids: tuple[str, ...]
    ) -> Callable[[], Response]:
        def answer(spoilt: Spoilt) -> Response:
            to = self._admitted(request, version).to
            return self._senders[module].answer(request, version, ids, to, spoilt.list_fault)

        is_list = not ids and request.method == "GET"
        is_first = request.query.get("offset", "0") == "0"
        call = Call(FaultScope.SENDER, request.method, is_list, is_first)
        return lambda: self._faults.apply(call, lambda spoilt: _enveloped(lambda: answer(spoilt)))

    def _taking(
        self, request: Request, version: str, module: str, ids: tuple[str, ...]
    ) -> Callable[[], Response]:
        def answer(spoilt: Spoilt) -> Response:
            self._admitted(request, version)
            return self._receivers[module].answer(request, version, ids, older=spoilt.older)

        call = Call(FaultScope.RECEIVER, request.method)
        return lambda: self._faults.apply(call, lambda spoilt: _enveloped(lambda: answer(spoilt)))

    def _admitted(self, request: Request, version: str) -> RoutingHeaders:
        """Let a registered partner in to a functional module of the version agreed on."""
        self._access(request, version, (Access.REGISTERED,))
        partner = self._registration.partner
        if partner is not None and partner.version != version:
            where = f"{request.method} {request.path}, agreed on is {partner.version}"
            self._violations.add("other_version", where)
            raise NotFound(f"The version agreed on is {partner.version}.")
        if version in WITHOUT_ROUTING:
            return RoutingHeaders(None, None)
        return RoutingHeaders.from_headers(request.headers)

    def _access(self, request: Request, version: str, allowed: tuple[Access, ...]) -> Access:
        """What the token allows; in which of its two spellings it comes is counted, not refused."""
        header = request.headers.get("Authorization")
        spellings = (TokenEncoding.RAW,) if self._accents.now.raw_tokens else tuple(TokenEncoding)
        for encoding in spellings:
            token = decode_authorization(header, encoding) if header else None
            access = self._registration.access(token)
            if access in allowed:
                if version and len(spellings) > 1 and encoding is not encoding_of(version):
                    where = f"{request.method} {request.path}: {encoding}"
                    self._violations.add("token_spelling", where)
                functional = allowed != HANDSHAKE_ACCESS
                self._conduct.of_request(request, version, functional=functional)
                return access
        raise Unauthorized("The credentials token is missing, malformed, unknown or ended.")

    def _versions(self, request: Request, version: str) -> Response:
        self._access(request, version, HANDSHAKE_ACCESS)
        _only_get(request)
        return Response(body=envelope.encode(self._identity.version_list()))

    def _details(self, request: Request, version: str) -> Response:
        self._access(request, version, HANDSHAKE_ACCESS)
        _only_get(request)
        return Response(body=envelope.encode(self._identity.details(version)))

    def _credentials(self, request: Request, version: str) -> Response:
        access = self._access(request, version, HANDSHAKE_ACCESS)
        match request.method:
            case "GET" if access is Access.REGISTERED:
                return Response(body=envelope.encode(self._handshake.credentials(version)))
            case "POST" | "PUT":
                body: Any = json.loads(request.read_body())
                ours = self._handshake.receive(request.method, version, body)
                return Response(body=envelope.encode(ours))
            case "DELETE":
                self._handshake.unregister()
                return Response(body=envelope.encode())
        raise MethodNotAllowed("Not possible here, or not before registration.")


def _enveloped(work: Callable[[], Response]) -> Response:
    """Answer errors as OCPI does: in an envelope with their status codes."""
    try:
        return work()
    except OCPIError as error:
        return Response(status=error.http_status, body=envelope.encode_error(error))
    except BodyRefusedError as error:
        body = envelope.encode(status_code=2000, status_message=str(error))
        return Response(status=error.status, body=body)


def _redirected(request: Request) -> Response:
    """To the same address with a slash; as web servers do it, without the query."""
    return Response(
        status=HTTPStatus.PERMANENT_REDIRECT,
        headers={"Location": request.path + "/"},
        body=b"",
        content_type="text/plain",
    )


def _not_found(request: Request) -> Response:
    raise NotFound(f"There is no endpoint {request.path}.")


def _only_get(request: Request) -> None:
    if request.method != "GET":
        raise MethodNotAllowed("Only GET is possible here.")


def _common_headers(request: Request, ids: MessageIds, version: str) -> dict[str, str]:
    if version in WITHOUT_ROUTING:
        return ids.to_headers()
    try:
        routing = RoutingHeaders.from_headers(request.headers).reversed()
    except OCPIError:
        # There is no way back to parties that are not named properly.
        return ids.to_headers()
    return {**ids.to_headers(), **routing.to_headers()}
