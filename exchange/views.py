"""The base of every OCPI view: authentication, parties, ownership, strict parsing, the error form, the log."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.views import APIView

from exchange import log
from exchange.authentication import Caller, KnownToken, authenticate, remember
from exchange.choices import Direction, Outcome
from ocpi import envelope, json, spelling
from ocpi.errors import (
    InvalidParameters,
    MethodNotAllowed,
    NotFound,
    OCPIError,
    PayloadTooLarge,
    ServerError,
    UnknownReceiver,
)
from ocpi.headers import MessageIds, RoutingHeaders
from ocpi.ids import PartyId
from ocpi.status import StatusCode
from ocpi.versions import WITHOUT_ROUTING
from parties import services as parties
from parties.choices import TokenKind
from parties.models import Connection, Party

logger = structlog.get_logger(__name__)
ACCESS = frozenset({TokenKind.ACCESS.value})
ACCESS_OR_REGISTRATION = frozenset(TokenKind.values)


@dataclass
class Answer:
    """What a handler answers: ``body`` is a finished envelope when given, else ``data`` is put in one."""

    data: Any = envelope.UNSET
    http_status: int = 200
    status_code: int = StatusCode.SUCCESS
    status_message: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def encode(self) -> bytes:
        if self.body is not None:
            return self.body
        return envelope.encode(self.data, int(self.status_code), self.status_message)


class OCPIView(APIView):
    """One OCPI endpoint; subclasses write ``get``, ``put`` … that return an :class:`Answer`.

    A handler runs in one transaction together with its log row, so that a request costs one commit and is
    either answered and written, or neither. ``module`` names it in the log, ``version`` comes from the URL
    configuration. A handler that calls a partner sets ``atomic = False``. Where versions are agreed on, tokens
    may be spelled as in the version in use (``negotiates``). Requests of configuration modules name no parties
    (``names_parties``). ``methods_by_version`` names the versions that have
    a method, where not all do.

    ``looking_as`` lets staff see what a partner would get: a GET is answered as if that connection had asked,
    without a token, and leaves no trace.
    """

    authentication_classes = []
    permission_classes = []
    accepted_tokens: ClassVar[frozenset[str]] = ACCESS
    methods_by_version: ClassVar[Mapping[str, frozenset[str]]] = {}
    atomic: ClassVar[bool] = True
    routed: ClassVar[bool] = True
    names_parties: ClassVar[bool] = True
    negotiates: ClassVar[bool] = False
    module: str = ""
    version: str = ""
    max_depth: ClassVar[int] = 32
    looking_as: Connection | None = None

    caller: Caller | None
    reference: str
    error: OCPIError | None
    exchange_id: int | None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer a request, always with an envelope, and log the exchange."""
        self.started, self.received_at = time.monotonic(), datetime.now(UTC)
        self.args, self.kwargs = args, kwargs
        self.caller, self.reference = None, ""
        self.error, self.exchange_id = None, None
        self.ids = MessageIds.from_headers(request.headers)
        try:
            if not self.atomic or request.method == "GET":
                return self._finish(request, self._handle(request))
            with transaction.atomic():
                return self._finish(request, self._handle(request))
        except OCPIError as error:
            return self._refuse(request, error)
        except RequestDataTooBig:
            return self._refuse(
                request, PayloadTooLarge("The body is larger than this portal accepts.")
            )
        except Exception:
            logger.exception(
                "ocpi_request_failed", path=request.path, request_id=self.ids.request_id
            )
            return self._refuse(
                request, ServerError("Something went wrong here; it has been logged.")
            )

    def _refuse(self, request: HttpRequest, error: OCPIError) -> HttpResponse:
        """An error as an envelope, which the partner gets even when the log cannot be written."""
        self.error = error
        answer = self._refusal(error)
        response = self._respond(answer)
        try:
            self._log(request, answer, response, error)
            if isinstance(error, KnownToken):
                remember(error)
        except Exception:
            logger.exception("exchange_not_logged", request_id=self.ids.request_id)
        return response

    def _handle(self, request: HttpRequest) -> Answer:
        self.request = request  # type: ignore[assignment]
        self.caller = self._identify(request)
        handler = self._handler(request.method or "")
        if self.routed:
            self._check_version(self.caller.connection)
            if self.names_parties and self.version not in WITHOUT_ROUTING:
                self.caller.routing = _routing(request.headers)
                self.caller.check_sender()
        return handler(request, *self.args, **self.kwargs)

    def _identify(self, request: HttpRequest) -> Caller:
        if self.looking_as is not None:
            return Caller.imagined(self.looking_as)
        return authenticate(
            request.headers.get("Authorization"),
            self.accepted_tokens,
            self.version,
            negotiates=self.negotiates,
        )

    def _check_version(self, connection: Connection) -> None:
        """A connection speaks the version its handshake agreed on, and no other until the next one."""
        if connection.version != self.version:
            agreed = f"OCPI {connection.version}" if connection.version else "no version"
            raise NotFound(
                f"This connection has agreed on {agreed}, not on OCPI {self.version}. To change that, "
                f"send a PUT to the credentials module of OCPI {self.version}, "
                f"{settings.BASE_URL}/ocpi/{self.version}/credentials."
            )

    def _handler(self, method: str) -> Callable[..., Answer]:
        name = method.lower()
        handler = getattr(self, name, None) if name in self.methods(self.version) else None
        if handler is None:
            raise MethodNotAllowed(f"{method} is not defined for this address.")
        return handler  # type: ignore[no-any-return]

    @classmethod
    def methods(cls, version: str) -> list[str]:
        """The methods that an OCPI version defines for this address, in lower case.

        A view says in ``methods_by_version`` which of its methods only some versions have.
        """
        return [
            method
            for method in ("get", "put", "post", "patch", "delete")
            if hasattr(cls, method) and version in cls.methods_by_version.get(method, {version})
        ]

    def body(self) -> Any:
        """The request's body as strictly parsed JSON: HTTP 400 when it is none, 2001 for bad values."""
        return json.loads(self.request.body, max_depth=self.max_depth)

    def object_body(self) -> dict[str, Any]:
        """The request's body, which must be a JSON object."""
        parsed = self.body()
        if not isinstance(parsed, dict):
            raise InvalidParameters("The body must be a JSON object.")
        return parsed

    @property
    def identified(self) -> Caller:
        assert self.caller is not None  # noqa: S101
        return self.caller

    def owner(self, country_code: str, party_id: str, role: str) -> Party:
        """The party of a client-owned object's URL, which the caller must be allowed to speak for.

        OCPI 2.2.1, transport_and_format, Errors: a party that is not among the caller's is HTTP 404.
        """
        identity = PartyId.of(country_code, party_id)
        for party in self.identified.spoken.get(identity, []):
            if party.role == role:
                return party
        raise NotFound(f"{identity} as {role} is not a party this connection speaks for.")

    def receiving_party(self, role: str) -> Party | None:
        """The party a request is for that is not about an object of a party (``OCPI-to-…``), in ``role``.

        A partner reaches the parties of ours that it sees; our back office reaches everybody, as through a hub.
        Without headers it is the only one there is; ``None`` when that leaves several, so that the content has to
        decide (open routing), as also where our back office names the portal itself, its hub. Raises UnknownReceiver
        (4001) for a party that is not here.
        """
        caller = self.identified
        candidates = parties.reachable_parties(caller.connection).filter(role=role)
        wanted = caller.routing.to
        if wanted is None or parties.is_the_hub(caller.connection, wanted):
            found = list(candidates[:2])
            return found[0] if len(found) == 1 else None
        party = candidates.identified(wanted).first()
        if party is None:
            raise UnknownReceiver(f"OCPI-to-party-id: {wanted} as {role} cannot be reached here.")
        return party

    def sending_party(self, role: str) -> Party:
        """The party of the caller's that a request comes from (``OCPI-from-…``), in ``role``.

        Raises InvalidParameters (2001) when it is not clear which, or the caller has none in that role.
        """
        caller = self.identified
        sender = caller.routing.from_
        found = [
            party
            for identity, group in caller.spoken.items()
            if sender is None or identity == sender
            for party in group
            if party.role == role
        ]
        if len(found) == 1:
            return found[0]
        named = f"{sender} " if sender else ""
        raise InvalidParameters(
            f"OCPI-from-party-id: {named}{'is not' if sender or not found else 'must name'} "
            f"a party with the role {role} that this connection speaks for."
        )

    def _refusal(self, error: OCPIError) -> Answer:
        data = (
            [{"path": p.path, "problem": p.message} for p in error.problems]
            if error.problems
            else envelope.UNSET
        )
        headers = {"WWW-Authenticate": "Token"} if error.http_status == 401 else {}
        return Answer(data, self._http_status(error), error.status_code, error.message, headers)

    def _http_status(self, error: OCPIError) -> int:
        """HTTP 200 for what reached the OCPI layer, unless the partner needs to be told by HTTP 400."""
        invalid = error.http_status == 200 and error.status_code // 1000 == 2
        if invalid and self.caller and self.caller.connection.dialect.http_errors:
            return 400
        return error.http_status

    def _finish(self, request: HttpRequest, answer: Answer) -> HttpResponse:
        response = self._respond(answer)
        self._log(request, answer, response)
        return response

    def _respond(self, answer: Answer) -> HttpResponse:
        body = answer.encode()
        if self.caller is not None:
            body = spelling.body(self.caller.connection.dialect, body)
        response = HttpResponse(body, status=answer.http_status, content_type="application/json")
        for name, value in {**self.ids.to_headers(), **answer.headers}.items():
            response.headers[name] = value
        if self.caller is not None:
            for name, value in self.caller.routing.reversed().to_headers().items():
                response.headers[name] = value
        return response

    def _log(
        self,
        request: HttpRequest,
        answer: Answer,
        response: HttpResponse,
        error: OCPIError | None = None,
    ) -> None:
        if self.looking_as is not None:
            return
        connection = self.caller.connection if self.caller else None
        if connection is not None:
            parties.heard_from(connection)
        row = log.write(
            log.Record(
                at=self.received_at,
                direction=Direction.IN,
                connection=connection,
                method=request.method or "",
                url=request.get_full_path(),
                outcome=_outcome(answer),
                module=self.module,
                object_reference=self.reference,
                http_status=answer.http_status,
                ocpi_status=int(answer.status_code),
                message=error.message if error else "",
                duration_ms=round((time.monotonic() - self.started) * 1000),
                request_id=self.ids.request_id,
                correlation_id=self.ids.correlation_id,
                request_headers=request.headers,
                # A stranger's body is neither read nor kept: it could be anything, and as much.
                request_body=_body_of(request) if self.caller else b"",
                response_headers=response.headers,
                response_body=response.content,
            )
        )
        self.exchange_id = row.pk


class UnknownPath(OCPIView):
    """Whatever lies below ``/ocpi/`` and is no endpoint: 401 to strangers, 404 to partners."""

    accepted_tokens = ACCESS_OR_REGISTRATION
    routed = False

    def _handler(self, method: str) -> Callable[..., Answer]:
        raise NotFound("There is no such address here; see the version details.")


def _routing(headers: Mapping[str, str]) -> RoutingHeaders:
    try:
        return RoutingHeaders.from_headers(headers)
    except ValueError as error:
        raise InvalidParameters(f"Routing headers: {error}") from None


def _outcome(answer: Answer) -> Outcome:
    if answer.status_code >= 3000 or answer.http_status >= 500:
        return Outcome.FAILED
    if answer.status_code >= 2000 or answer.http_status >= 400:
        return Outcome.REFUSED
    return Outcome.OK


def _body_of(request: HttpRequest) -> bytes:
    try:
        return request.body
    except Exception:
        return b""
