"""How a token is spelled: Base64 or not is where platforms differ most, so a refused one is tried otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from exchange.egress import PartnerClient
from ocpi.client import OCPIResponse
from ocpi.headers import TokenEncoding, decode_authorization, encoding_of
from parties import services as parties

MODULE = "versions"


class Spelling(NamedTuple):
    """A token and how it is written into the header."""

    token: str
    encoding: TokenEncoding


def of_versions(client: PartnerClient, wanted: str = "") -> list[Spelling]:
    """The ways to ask for the version list: as the partner is known to want it, then the other.

    Nothing is known before a version is agreed on or ``wanted``; Base64 then comes first.
    """
    first = parties.outbound_encoding(client.connection, wanted)
    return [Spelling(client.ocpi.token, first), Spelling(client.ocpi.token, _other(first))]


def of_details(client: PartnerClient, version: str) -> list[Spelling]:
    """The ways to ask for what belongs to a version: as the version says, then as the list was got.

    What staff entered Base64-encoded and was accepted as it is, is what it decodes to: in Base64 that
    makes the very same header.
    """
    accepted = Spelling(client.ocpi.token, client.ocpi.encoding)
    wanted = client.connection.dialect.token_out
    usual = encoding_of(version) if wanted == "version" else TokenEncoding(wanted)
    ways = [Spelling(accepted.token, usual)]
    if usual is not accepted.encoding:
        decoded = _decoded(accepted) if usual is TokenEncoding.BASE64 else ""
        ways.append(Spelling(decoded, usual) if decoded else accepted)
    return ways


def request(client: PartnerClient, url: str, ways: Sequence[Spelling]) -> OCPIResponse:
    """GET ``url`` with the token in the first spelling that is not answered with 401.

    ``client`` goes on with that one; when all are refused, with the first.
    """
    refused = None
    for way in ways:
        client.present(*way)
        response = client.request("GET", url, module=MODULE)
        if response.http_status != 401:
            return response
        refused = refused or response
    assert refused is not None  # noqa: S101
    client.present(*ways[0])
    return refused


def _other(encoding: TokenEncoding) -> TokenEncoding:
    return TokenEncoding.RAW if encoding is TokenEncoding.BASE64 else TokenEncoding.BASE64


def _decoded(accepted: Spelling) -> str:
    plain = decode_authorization(f"Token {accepted.token}", TokenEncoding.BASE64)
    return plain if plain and plain.isascii() and plain.isprintable() else ""
