"""Requests to the partner, all through the one HTTP client."""

import logging

from ocpi.client import ClientExchange, OCPIClient, OCPIResponse
from ocpi.headers import RoutingHeaders, TokenEncoding
from ocpi.http import HTTPClient, Policy
from ocpi.versions import Role
from simulator.identity import Identity
from simulator.registration import Partner

logger = logging.getLogger(__name__)


class Outgoing:
    """Builds clients; each thread that sends keeps its own."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def with_token(self, token: str) -> OCPIClient:
        """Return a client for the handshake: versions and credentials have no routing headers."""
        return self._client(token, None)

    def to_partner(self, partner: Partner, role: Role) -> OCPIClient:
        """Return a client that addresses the partner's party with this role."""
        routing = RoutingHeaders(to=partner.party(role), from_=self._identity.party)
        return self._client(partner.token, routing)

    def _client(self, token: str, routing: RoutingHeaders | None) -> OCPIClient:
        # A simulated partner talks to portals on the same machine or network.
        http = HTTPClient(Policy(allow_private_addresses=True))
        return OCPIClient(http, token, TokenEncoding.BASE64, routing, _log)


def _log(exchange: ClientExchange) -> None:
    logger.debug("%s %s (%s ms)", exchange.method, exchange.url, exchange.elapsed_ms)


def status_code(response: OCPIResponse) -> int | None:
    """Return the OCPI status code of an answer, or None when it has none."""
    return response.envelope.status_code if response.envelope is not None else None
