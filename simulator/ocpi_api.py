"""Everything below /ocpi: who may call what, the envelope, the headers that every answer has."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from ocpi import envelope, json
from ocpi.errors import MethodNotAllowed, NotFound, OCPIError, Unauthorized
from ocpi.headers import MessageIds, RoutingHeaders, decode_authorization
from simulator.accents import AccentSwitch
from simulator.documents import now
from simulator.faults import FaultScope, FaultSwitch
from simulator.handshake import Handshake
from simulator.identity import VERSION, Identity
from simulator.messages import BodyRefusedError, Manner, Request, Response
from simulator.ocpi_receiver import Receiver
from simulator.ocpi_sender import Sender
from simulator.registration import Access, Registration
from simulator.requests_log import RequestsLog

HANDSHAKE_ACCESS = (Access.INVITED, Access.PENDING, Access.REGISTERED)


class OcpiApi:
    """Dispatches OCPI requests and notes them in the log."""

    def __init__(
        self,
        identity: Identity,
        registration: Registration,
        handshake: Handshake,
        sender: Sender,
        receiver: Receiver,
        accents: AccentSwitch,
        faults: FaultSwitch,
        log: RequestsLog,
    ) -> None:
        self._identity = identity
        self._registration = registration
        self._handshake = handshake
        self._sender = sender
        self._receiver = receiver
        self._accents = accents
        self._faults = faults
        self._log = log

    def __call__(self, request: Request) -> Response:
        """Answer a request whose first path segment is `ocpi`."""
        ids = MessageIds.from_headers(request.headers)
        module, answer = self._route(request)
        response = answer()
        self._log.add(
            now(), request.method, request.path, module, int(response.status), ids.request_id
        )
        if response.manner is Manner.RESET:
            return response
        return replace(response, headers={**response.headers, **_common_headers(request, ids)})

    def _route(self, request: Request) -> tuple[str, Callable[[], Response]]:
        """Return the module, and what answers the request."""
        if self._accents.now.slashes and not request.path.endswith("/"):
            return "redirected", lambda: _redirected(request)
        match request.segments[1:]:
            case ("versions",):
                return "versions", self._safely(request, self._versions)
            case (version,) if version == VERSION:
                return "versions", self._safely(request, self._details)
            case (version, "credentials") if version == VERSION:
                return "credentials", self._safely(request, self._credentials)
            case (version, "sender", "locations", *ids) if version == VERSION:
                return "locations.sender", self._module(
                    request, FaultScope.SENDER, lambda: self._sender.answer(request, tuple(ids))
                )
            case (version, "receiver", "locations", *ids) if version == VERSION:
                return "locations.receiver", self._module(
                    request, FaultScope.RECEIVER, lambda: self._receiver.answer(request, tuple(ids))
                )
        return "unknown", self._safely(request, _not_found)

    def _safely(
        self, request: Request, work: Callable[[Request], Response]
    ) -> Callable[[], Response]:
        return lambda: _enveloped(lambda: work(request))

    def _module(
        self, request: Request, scope: FaultScope, work: Callable[[], Response]
    ) -> Callable[[], Response]:
        """Answer for a functional module: only a registered partner, and faults apply."""

        def authorized() -> Response:
            self._access(request, (Access.REGISTERED,))
            RoutingHeaders.from_headers(request.headers)
            return work()

        return lambda: self._faults.apply(scope, lambda: _enveloped(authorized))

    def _access(self, request: Request, allowed: tuple[Access, ...]) -> Access:
        header = request.headers.get("Authorization")
        token = decode_authorization(header, self._accents.now.token_encoding) if header else None
        access = self._registration.access(token)
        if access not in allowed:
            raise Unauthorized("The credentials token is missing, malformed, unknown or ended.")
        return access

    def _versions(self, request: Request) -> Response:
        self._access(request, HANDSHAKE_ACCESS)
        _only_get(request)
        return Response(body=envelope.encode(self._identity.versions()))

    def _details(self, request: Request) -> Response:
        self._access(request, HANDSHAKE_ACCESS)
        _only_get(request)
        return Response(body=envelope.encode(self._identity.details()))

    def _credentials(self, request: Request) -> Response:
        access = self._access(request, HANDSHAKE_ACCESS)
        match request.method:
            case "GET" if access is Access.REGISTERED:
                return Response(body=envelope.encode(self._handshake.credentials()))
            case "POST" | "PUT":
                body: Any = json.loads(request.read_body())
                return Response(body=envelope.encode(self._handshake.receive(request.method, body)))
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


def _common_headers(request: Request, ids: MessageIds) -> dict[str, str]:
    try:
        routing = RoutingHeaders.from_headers(request.headers).reversed()
    except OCPIError:
        # There is no way back to parties that are not named properly.
        return ids.to_headers()
    return {**ids.to_headers(), **routing.to_headers()}
