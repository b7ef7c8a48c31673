"""Requests to the partner, all through the one HTTP client."""

import logging

from ocpi.client import ClientExchange, OCPIClient, OCPIResponse
from ocpi.headers import RoutingHeaders
from ocpi.http import HTTPClient, Policy
from ocpi.versions import Role
from simulator.accents import AccentSwitch
from simulator.identity import Identity
from simulator.registration import Partner

logger = logging.getLogger(__name__)


class Outgoing:
    """Builds clients; they share their connections and may be used from every thread."""

    def __init__(self, identity: Identity, accents: AccentSwitch) -> None:
        self._identity = identity
        self._accents = accents
        # A simulated partner talks to portals on the same machine or network.
        self._http = HTTPClient(Policy(allow_private_addresses=True, total_deadline=30.0))

    def with_token(self, token: str) -> OCPIClient:
        """Return a client for the handshake: versions and credentials have no routing headers."""
        return self._client(token, None)

    def to_partner(self, partner: Partner, role: Role) -> OCPIClient:
        """Return a client that addresses the partner's party with this role."""
        routing = RoutingHeaders(to=partner.party(role), from_=self._identity.party)
        return self._client(partner.token, routing)

    def _client(self, token: str, routing: RoutingHeaders | None) -> OCPIClient:
        return OCPIClient(self._http, token, self._accents.now.token_encoding, routing, _log)


def _log(exchange: ClientExchange, response: OCPIResponse) -> None:
    logger.debug("%s %s (%s ms)", exchange.method, exchange.url, exchange.elapsed_ms)
