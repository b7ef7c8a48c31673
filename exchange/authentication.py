"""Who is calling: the token finds the connection, the routing headers find the two parties."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from exchange.quality.deviations import count_warnings
from exchange.quality.observing import SENTENCES, TRANSPORT
from ocpi.errors import InvalidParameters, Problem, Unauthorized
from ocpi.headers import RoutingHeaders, TokenEncoding, decode_authorization
from ocpi.ids import PartyId
from parties import services as parties
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

    @classmethod
    def imagined(cls, connection: Connection) -> Caller:
        """The caller that ``connection`` would be, for looking at what it would get."""
        return cls(token=InboundToken(connection=connection, kind=TokenKind.ACCESS), presented="")

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


class Presented(NamedTuple):
    """A way to read an ``Authorization`` header; ``is_exact`` is false for one with blanks taken off."""

    token: str
    encoding: TokenEncoding
    is_exact: bool = True


class KnownToken(Unauthorized):
    """A 401 like any other to the caller, for a token that we know: staff get to see why it failed."""

    def __init__(self, connection: Connection, problem: Problem) -> None:
        super().__init__(UNKNOWN)
        self.connection = connection
        self.problem = problem


UNKNOWN = "The credentials token is not known here."


def authenticate(
    authorization: str | None,
    accepted: frozenset[str],
    version: str = "",
    *,
    negotiates: bool = False,
) -> Caller:
    """The caller behind an ``Authorization`` header at an address of ``version``.

    OCPI 2.2.1, transport_and_format, Authorization header: missing, malformed, unknown, misspelled, expired
    and revoked tokens are all the same 401; :class:`KnownToken` when it is one of ours nevertheless.
    ``accepted`` names the kinds of token that open this door. ``negotiates``: see ``inbound_encodings``.
    """
    if not authorization:
        raise Unauthorized("The Authorization header is missing.")
    candidates = _candidates(authorization)
    rows = InboundToken.objects.told_valid().filter(token_hash__in=list(candidates))
    reasons = []
    for row in rows.select_related("connection"):
        is_valid = bool(getattr(row, "is_valid", False))
        presented = candidates[bytes(row.token_hash)]
        spellings = parties.inbound_encodings(row.connection, version, negotiates=negotiates)
        is_spelled = presented.is_exact and presented.encoding in spellings
        if is_valid and is_spelled and row.kind in accepted and _may_enter(row):
            if row.kind == TokenKind.ACCESS:
                parties.token_used(row)
            return Caller(token=row, presented=presented.token)
        reasons.append(_why_not(row, presented, is_valid=is_valid, is_spelled=is_spelled))
    known = next((reason for reason in reasons if reason), None)
    raise known or Unauthorized(UNKNOWN)


def _why_not(
    row: InboundToken, presented: Presented, *, is_valid: bool, is_spelled: bool
) -> KnownToken | None:
    """What to tell staff about a token we know and refuse; ``None`` when there is nothing odd."""
    if row.connection.state in {ConnectionState.SUSPENDED, ConnectionState.UNREGISTERED}:
        return None
    if is_valid and not presented.is_exact:
        return KnownToken(row.connection, _problem("token_blanks", presented))
    if is_valid and not is_spelled:
        return KnownToken(row.connection, _problem("token_spelling", presented))
    if not row.connection.is_connected:
        return None
    if row.kind == TokenKind.REGISTRATION:
        return KnownToken(row.connection, _problem("token_one_time", presented))
    return None if is_valid else KnownToken(row.connection, _problem("token_retired", presented))


def _problem(code: str, presented: Presented) -> Problem:
    shown = f"{tokens.prefix(presented.token)}…, {presented.encoding.value}"
    return Problem(code, "Authorization", SENTENCES[code], shown)


def remember(refused: KnownToken) -> None:
    """Count what was wrong with a token that we know, for the pages of its connection."""
    count_warnings(refused.connection, TRANSPORT, [("", refused.problem)])


def _candidates(authorization: str) -> dict[bytes, Presented]:
    found = {}
    for encoding in (TokenEncoding.RAW, TokenEncoding.BASE64):
        plain = decode_authorization(authorization, encoding)
        if plain:
            found[tokens.token_hash(plain)] = Presented(plain, encoding)
            if (bare := plain.strip()) and bare != plain:
                found[tokens.token_hash(bare)] = Presented(bare, encoding, is_exact=False)
    return found


def _may_enter(row: InboundToken) -> bool:
    if row.kind == TokenKind.REGISTRATION:
        return row.used_at is None
    return row.connection.state == ConnectionState.CONNECTED or (
        # During our own pending POST the partner already calls back with the token we offered.
        row.connection.state in {ConnectionState.NEW, ConnectionState.INVITED}
    )
