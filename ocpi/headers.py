"""HTTP headers of OCPI (OCPI 2.2.1, transport_and_format: Authorization header, Message
Routing, Unique message IDs)."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from ocpi.errors import InvalidParameters
from ocpi.ids import PartyId

_PRINTABLE = re.compile(r"[!-~]+")
_RAW_VERSIONS = frozenset({"2.0", "2.1", "2.1.1"})
_HEADER_SAFE = re.compile(r"[ -~]{1,255}")


class TokenEncoding(StrEnum):
    """How a peer writes the credentials token: 2.2.1 says base64, some peers send it as it is."""

    BASE64 = "base64"
    RAW = "raw"


def encoding_of(version: str) -> TokenEncoding:
    """How a version spells the token: as it is until 2.1.1, in Base64 since 2.2."""
    return TokenEncoding.RAW if version in _RAW_VERSIONS else TokenEncoding.BASE64


def encode_authorization(token: str, encoding: TokenEncoding) -> str:
    """The Authorization header. ValueError when the token is empty or cannot be sent."""
    if not token:
        raise ValueError("the credentials token is empty")
    if encoding is TokenEncoding.BASE64:
        return "Token " + base64.b64encode(token.encode("utf-8")).decode("ascii")
    if _PRINTABLE.fullmatch(token) is None:
        raise ValueError("a raw credentials token may have printable ASCII without spaces only")
    return "Token " + token


def decode_authorization(header: str, encoding: TokenEncoding) -> str | None:
    """The credentials token in an Authorization header, exactly as meant, or None if malformed.

    Base64 is read strictly: one token has one spelling. Nothing is stripped from the token.
    """
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "token" or _PRINTABLE.fullmatch(value) is None:
        return None
    if encoding is TokenEncoding.RAW:
        return value
    try:
        decoded = base64.b64decode(value, validate=True)
        token = decoded.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if not token or base64.b64encode(decoded) != value.encode("ascii"):
        return None
    return token


class RoutingHeaders(NamedTuple):
    """The parties a message goes to and comes from; None where the headers are left out."""

    to: PartyId | None
    from_: PartyId | None

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> RoutingHeaders:
        """Read the four headers in any case. Raises InvalidParameters for half or bad parties."""
        return cls(_party(headers, "to"), _party(headers, "from"))

    def to_headers(self) -> dict[str, str]:
        """The headers to send."""
        headers: dict[str, str] = {}
        for side, party in (("to", self.to), ("from", self.from_)):
            if party is not None:
                headers[f"OCPI-{side}-party-id"] = party.party_id
                headers[f"OCPI-{side}-country-code"] = party.country_code
        return headers

    def reversed(self) -> RoutingHeaders:
        """The headers of the response to a message that had these."""
        return RoutingHeaders(to=self.from_, from_=self.to)


class MessageIds(NamedTuple):
    """X-Request-ID names one request and its response, X-Correlation-ID a whole conversation."""

    request_id: str
    correlation_id: str

    @classmethod
    def new(cls, correlation_id: str | None = None) -> MessageIds:
        """A new request, in a given conversation or a new one."""
        return cls(str(uuid.uuid4()), correlation_id or str(uuid.uuid4()))

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> MessageIds:
        """Read both headers; one that is missing, too long or unprintable is generated."""
        fresh = cls.new()
        return cls(
            _safe(_header(headers, "X-Request-ID")) or fresh.request_id,
            _safe(_header(headers, "X-Correlation-ID")) or fresh.correlation_id,
        )

    def to_headers(self) -> dict[str, str]:
        """The headers to send."""
        return {"X-Request-ID": self.request_id, "X-Correlation-ID": self.correlation_id}


def _header(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name)
    if value is not None:
        return value
    wanted = name.lower()
    return next((text for key, text in headers.items() if key.lower() == wanted), None)


def _safe(value: str | None) -> str | None:
    return value if value is not None and _HEADER_SAFE.fullmatch(value) else None


def _party(headers: Mapping[str, str], side: str) -> PartyId | None:
    country_code = _header(headers, f"OCPI-{side}-country-code")
    party_id = _header(headers, f"OCPI-{side}-party-id")
    if country_code is None and party_id is None:
        return None
    if country_code is None or party_id is None:
        raise InvalidParameters(
            f"OCPI-{side}-party-id and OCPI-{side}-country-code must be sent together"
        )
    try:
        return PartyId.of(country_code.strip(), party_id.strip())
    except ValueError as error:
        raise InvalidParameters(f"OCPI-{side} headers: {error}") from None
