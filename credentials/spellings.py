"""A token that is refused may only be spelled wrong: Base64 or not is where platforms differ most."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy

from credentials.choices import Problem
from credentials.failures import HandshakeFailure
from credentials.steps import Steps
from exchange.egress import client
from ocpi.headers import TokenEncoding, decode_authorization
from parties import services as parties
from parties.models import Connection

Spelling = tuple[str, str, str]
"""What to tell staff when it works, the token, its encoding."""


def try_others(record: Steps, failure: HandshakeFailure) -> None:
    """Present the token in its other spellings; raises a failure that says which one works."""
    connection = record.handshake.connection
    with record.step("Try the token in other spellings") as step:
        for advice, token, encoding in _others(connection):
            if _works(record, connection, token, encoding):
                step.warn(advice)
                raise HandshakeFailure(Problem.UNAUTHORIZED, failure.fact, advice)
        step.skip("No other spelling is accepted either.")


def _others(connection: Connection) -> Iterator[Spelling]:
    token, encoding = parties.outbound_token(connection), connection.token_encoding
    decoded = decode_authorization(f"Token {token}", TokenEncoding.BASE64)
    if decoded and decoded.isascii() and decoded.isprintable():
        # Sent as it is, it would make the very same header as this.
        yield _DECODED, decoded, TokenEncoding.BASE64.value
    elif encoding == TokenEncoding.BASE64:
        yield _RAW, token, TokenEncoding.RAW.value
    else:
        yield _BASE64, token, TokenEncoding.BASE64.value


_DECODED = (
    "The token was entered Base64-encoded, and the partner accepts what it decodes to: enter it "
    "decoded and try again."
)
_RAW = (
    "The partner accepts this token when it is sent as it is: set the connection's token encoding "
    "to raw and try again."
)
_BASE64 = (
    "The partner accepts this token when it is sent Base64-encoded: set the connection's token "
    "encoding to base64 and try again."
)


def _works(record: Steps, connection: Connection, token: str, encoding: str) -> bool:
    spelled = copy(connection)
    spelled.token_encoding = encoding
    with client(spelled, token=token, correlation_id=record.handshake.correlation_id) as partner:
        return partner.request("GET", connection.versions_url, module="versions").ok
