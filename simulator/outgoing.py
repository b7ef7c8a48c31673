"""Requests to the partner, all through the one HTTP client."""

import logging
from collections.abc import Callable

from ocpi.client import ClientExchange, OCPIClient, OCPIResponse
from ocpi.headers import RoutingHeaders, TokenEncoding, encoding_of
from ocpi.http import HTTPClient, Policy
from ocpi.ids import PartyId
from ocpi.versions import WITHOUT_ROUTING, Role
from simulator.accents import AccentSwitch
from simulator.conduct import Conduct
from simulator.registration import Partner

logger = logging.getLogger(__name__)


class Outgoing:
    """Builds clients; they share their connections and may be used from every thread."""

    def __init__(self, accents: AccentSwitch, conduct: Conduct) -> None:
        self._accents = accents
        self._conduct = conduct
        # A simulated partner talks to portals on the same machine or network.
        self._http = HTTPClient(Policy(allow_private_addresses=True, total_deadline=30.0))

    def encoding(self, version: str) -> TokenEncoding:
        """How we spell tokens at a version."""
        return TokenEncoding.RAW if self._accents.now.raw_tokens else encoding_of(version)

    def with_token(self, token: str, version: str) -> OCPIClient:
        """Return a client for the handshake: versions and credentials have no routing headers."""
        encoding = self.encoding(version)
        return OCPIClient(self._http, token, encoding, None, self._observer(version))

    def to_partner(
        self, partner: Partner, role: Role, sender: PartyId, to: PartyId | None = None
    ) -> OCPIClient:
        """Return a client for `sender` that addresses `to`, or the partner's party with this role."""
        version = partner.version
        routing = None
        if version not in WITHOUT_ROUTING:
            routing = RoutingHeaders(to=to or partner.party(role), from_=sender)
        encoding = self.encoding(version)
        return OCPIClient(self._http, partner.token, encoding, routing, self._observer(version))

    def _observer(self, version: str) -> Callable[[ClientExchange, OCPIResponse], None]:
        def observe(exchange: ClientExchange, response: OCPIResponse) -> None:
            logger.debug("%s %s (%s ms)", exchange.method, exchange.url, exchange.elapsed_ms)
            self._conduct.of_answer(exchange, response, version)

        return observe
