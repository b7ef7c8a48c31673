"""The one way out: requests to a partner, with its token, to its pinned hosts, each written to the log."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from exchange import log
from exchange.choices import Direction, Outcome
from exchange.quality import deviations, observing
from ocpi.client import ClientExchange, OCPIClient, OCPIResponse
from ocpi.errors import Problem
from ocpi.headers import RoutingHeaders, TokenEncoding
from ocpi.http import HTTPClient, Policy
from ocpi.ids import PartyId
from ocpi.urls import host_of
from ocpi.versions import WITHOUT_ROUTING
from parties import services as parties
from parties.models import Connection

PUSH_LIMIT_BYTES = 64 * 1024
PAGE_LIMIT_BYTES = 20 * 1000 * 1000


def policy(max_bytes: int = PAGE_LIMIT_BYTES, total_deadline: float = 30.0) -> Policy:
    """The rules every request of ours obeys; private addresses only where the settings allow them."""
    return Policy(
        allow_private_addresses=settings.ALLOW_PRIVATE_ADDRESSES,
        total_deadline=total_deadline,
        max_bytes=max_bytes,
    )


class PartnerClient:
    """Requests to one partner.

    ``hosts`` replaces the connection's pinned hosts while those are still being found out, ``token`` the
    token it is given. With the connection's own token, a partner that answers 401 is asked once more: with
    the token that another worker has just agreed on, or with the one before a rotation; what it takes is
    used again from then on.
    ``module`` and ``reference`` of a request tell the log what it is about; ``last_exchange_id`` is the log's
    row of the latest one.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        token: str | None = None,
        hosts: Collection[str] | None = None,
        total_deadline: float = 30.0,
        max_bytes: int = PAGE_LIMIT_BYTES,
        correlation_id: str | None = None,
    ) -> None:
        self.connection = connection
        self.last_exchange_id: int | None = None
        self.correlation_id = correlation_id
        self._module = ""
        self._tried: tuple[Connection, str] | None = None
        self._reference = ""
        self._listed = ""
        self._is_own_token = token is None
        self._http = HTTPClient(
            policy(max_bytes, total_deadline),
            allowed_hosts=connection.pinned_hosts if hosts is None else hosts,
        )
        self.ocpi = OCPIClient(
            self._http,
            parties.outbound_token(connection) if token is None else token,
            parties.outbound_encoding(connection),
            observer=self._observe,
            dialect=connection.dialect,
            spares=self._spares,
        )

    def present(self, token: str, encoding: TokenEncoding) -> None:
        """Present this token, spelled so, from now on. Raises ValueError when it cannot be sent so."""
        self.ocpi.present(token, encoding)

    def _spares(self) -> Iterator[str]:
        """After a 401: the token of now, then the one before it; going on after a yield means refused."""
        if not self._is_own_token or self.connection.pk is None:
            return
        refused = self.ocpi.token
        now = Connection.objects.filter(pk=self.connection.pk).connected().first()
        if now is None:
            return
        current, previous = parties.outbound_token(now), parties.previous_outbound_token(now)
        if current and current != refused:
            yield current
        if previous and previous != refused:
            self._tried = (now, previous)
            yield previous
            self._tried = None

    def close(self) -> None:
        self._http.close()

    def allow(self, url: str) -> None:
        """Let requests go to the host of ``url`` as well, which the partner has just named."""
        self._http.allowed_hosts = (self._http.allowed_hosts or frozenset()) | {host_of(url)}

    def about(self, module: str, reference: str = "") -> None:
        """What the coming requests are about, for the log."""
        self._module, self._reference = module, reference

    def request(
        self,
        method: str,
        url: str,
        *,
        module: str,
        reference: str = "",
        data: Any = None,
        params: dict[str, str] | None = None,
        routing: RoutingHeaders | None = None,
        correlation_id: str | None = None,
    ) -> OCPIResponse:
        """One request; the partner's misbehaviour is in the response, never raised."""
        self.about(module, reference)
        return self.ocpi.request(
            method,
            url,
            data=data,
            params=params,
            routing=None if self.connection.version in WITHOUT_ROUTING else routing,
            correlation_id=correlation_id or self.correlation_id,
        )

    def _observe(self, sent: ClientExchange, response: OCPIResponse) -> None:
        row = log.write(
            log.Record(
                at=sent.started_at,
                direction=Direction.OUT,
                connection=self.connection,
                method=sent.method,
                url=sent.url,
                outcome=_outcome(response),
                module=self._module,
                object_reference=self._reference,
                http_status=sent.response_status,
                ocpi_status=response.status_code,
                message="" if response.ok else response.diagnosis,
                duration_ms=sent.elapsed_ms,
                request_id=sent.request_id,
                correlation_id=sent.correlation_id,
                request_headers=sent.request_headers,
                request_body=sent.request_body or b"",
                response_headers=sent.response_headers,
                response_body=sent.response_body or b"",
            )
        )
        self.last_exchange_id = row.pk
        in_a_list = sent.method == "GET" and self._listed == sent.correlation_id
        if response.ok and sent.method == "GET":
            self._listed = sent.correlation_id
        seen = observing.observe(sent, response, in_a_list=in_a_list)
        if seen:
            self._note(seen, row.pk)
        if self._tried is not None and response.envelope is not None and _is_taken(response):
            parties.roll_back_outbound_token(*self._tried)
            self._tried = None

    def _note(self, seen: list[Problem], exchange_id: int) -> None:
        """Count what an answer shows about the partner, so that its page can suggest what to do."""
        reference = observing.exchange_reference(exchange_id)
        noted = [(reference, problem) for problem in seen]
        deviations.count_warnings(self.connection, observing.TRANSPORT, noted)


def _is_taken(response: OCPIResponse) -> bool:
    """Whether the partner certainly let the token in: a gateway that fails proves nothing."""
    return 200 <= (response.http_status or 0) <= 299


def _outcome(response: OCPIResponse) -> Outcome:
    if response.failure is not None:
        return Outcome.FAILED if response.failure.is_clean else Outcome.UNKNOWN
    if response.ok:
        return Outcome.OK
    status, code = response.http_status or 0, response.status_code
    if status >= 500 or (code is not None and code >= 3000):
        return Outcome.FAILED
    return Outcome.UNKNOWN if status < 300 and code is None else Outcome.REFUSED


@contextmanager
def client(connection: Connection, **options: Any) -> Iterator[PartnerClient]:
    """A client for one partner, its network connections closed at the end."""
    opened = PartnerClient(connection, **options)
    try:
        yield opened
    finally:
        opened.close()


def routing(
    connection: Connection,
    sender: PartyId | None,
    roles: frozenset[str],
    *,
    to: PartyId | None = None,
) -> RoutingHeaders:
    """Routing headers of a request to ``connection`` in the name of ``sender``, whose object it is about.

    ``to`` is the partner's party that it concerns, where it concerns one (the eMSP of a session). Without one
    it is the first of the partner's that has one of ``roles``. To our back office, which may run no such party,
    it is then any that it runs; there ``sender`` may be a partner's party, as from a hub.
    """
    if to is not None:
        return RoutingHeaders(to=to, from_=sender)
    theirs = list(parties.spoken_parties(connection).order_by("id"))
    fitting = [p for p in theirs if not roles or p.role in roles]
    if not fitting and parties.is_gateway(connection):
        fitting = theirs
    return RoutingHeaders(to=fitting[0].identity if fitting else None, from_=sender)
