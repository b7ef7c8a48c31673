"""Who is calling: the token finds the connection, the routing headers find the two parties."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from ocpi.errors import InvalidParameters, Unauthorized
from ocpi.headers import RoutingHeaders, TokenEncoding, decode_authorization
from ocpi.ids import PartyId
from parties import tokens
from parties.choices import ConnectionState, TokenKind
from parties.models import Connection, InboundToken, Party


@dataclass
class Caller:
    """The authenticated caller of one request.

    ``routing`` is what the request's headers say; ``spoken`` are the parties the caller may speak for.
    """

    token: InboundToken
    presented: str
    routing: RoutingHeaders = field(default_factory=lambda: RoutingHeaders(None, None))

    @property
    def connection(self) -> Connection:
        return self.token.connection

    @cached_property
    def spoken(self) -> dict[PartyId, list[Party]]:
        found: dict[PartyId, list[Party]] = {}
        rows = Party.objects.filter(
            connection_parties__connection=self.connection, connection_parties__approved=True
        )
        for party in rows:
            found.setdefault(party.identity, []).append(party)
        return found

    def check_sender(self) -> None:
        """``OCPI-from-…`` must name a party this connection may speak for (R-026): 2001 otherwise."""
        sender = self.routing.from_
        if sender is not None and sender not in self.spoken:
            raise InvalidParameters(
                f"OCPI-from-party-id: {sender} is not a party this connection speaks for."
            )


def authenticate(authorization: str | None, accepted: frozenset[str]) -> Caller:
    """The caller behind an ``Authorization`` header.

    OCPI 2.2.1, transport_and_format, Authorization header: missing, malformed, unknown, expired and revoked
    tokens are all the same 401. ``accepted`` names the kinds of token that open this door.
    """
    if not authorization:
        raise Unauthorized("The Authorization header is missing.")
    candidates = _candidates(authorization)
    rows = (
        InboundToken.objects.valid()
        .filter(token_hash__in=list(candidates), kind__in=accepted)
        .select_related("connection")
    )
    for row in rows:
        presented, encoding = candidates[bytes(row.token_hash)]
        if _may_enter(row, encoding):
            return Caller(token=row, presented=presented)
    raise Unauthorized("The credentials token is not known here.")


def _candidates(authorization: str) -> dict[bytes, tuple[str, str]]:
    found = {}
    for encoding in (TokenEncoding.RAW, TokenEncoding.BASE64):
        plain = decode_authorization(authorization, encoding)
        if plain:
            found[tokens.token_hash(plain)] = (plain, encoding.value)
    return found


def _may_enter(row: InboundToken, encoding: str) -> bool:
    if row.connection.token_encoding != encoding:
        return False
    if row.kind == TokenKind.REGISTRATION:
        return row.used_at is None
    return row.connection.state == ConnectionState.CONNECTED or (
        # During our own pending POST the partner already calls back with the token we offered.
        row.connection.state in {ConnectionState.NEW, ConnectionState.INVITED}
    )
