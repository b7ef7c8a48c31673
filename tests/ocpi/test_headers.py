from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.errors import InvalidParameters
from ocpi.headers import (
    MessageIds,
    RoutingHeaders,
    TokenEncoding,
    decode_authorization,
    encode_authorization,
)
from ocpi.ids import PartyId

BASE64, RAW = TokenEncoding.BASE64, TokenEncoding.RAW


def test_the_token_is_encoded_without_a_newline() -> None:
    """T-003, T-004."""
    assert encode_authorization("example-token", BASE64) == "Token ZXhhbXBsZS10b2tlbg=="
    assert encode_authorization("example-token", RAW) == "Token example-token"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_base64_round_trip(token: str) -> None:
    """T-003."""
    assert decode_authorization(encode_authorization(token, BASE64), BASE64) == token


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_raw_round_trip(token: str) -> None:
    """T-005."""
    assert decode_authorization(encode_authorization(token, RAW), RAW) == token


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX: 1", "é", "a\x00"])
def test_a_raw_token_that_no_header_can_carry_is_refused(token: str) -> None:
    """T-005."""
    with pytest.raises(ValueError):
        encode_authorization(token, RAW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Token",
        "Token ",
        "Bearer ZXhhbXBsZS10b2tlbg==",
        "Token  ZXhhbXBsZS10b2tlbg==",
        "Token %%%",
        "Token ZXhhbXBsZS10b2tlbg",
        "Token ZXhhbXBsZS10b2tlbh==",
        "Token ZXhhbXBs!!ZS10b2tlbg==",
        "Token ZXhhbXBsZS10b2tlbg== x",
        "Token /w==",
        "TokenZXhhbXBsZS10b2tlbg==",
    ],
)
def test_malformed_authorization_is_none(header: str) -> None:
    """T-013."""
    assert decode_authorization(header, BASE64) is None


def test_nothing_is_stripped_and_the_scheme_has_any_case() -> None:
    assert decode_authorization("token ZXhhbXBsZS10b2tlbgo=", BASE64) == "example-token\n"
    assert decode_authorization("TOKEN abc", RAW) == "abc"
    assert decode_authorization("Token a\tb", RAW) is None


def test_routing_headers_round_trip_and_reverse() -> None:
    """R-001, R-003, R-004."""
    routing = RoutingHeaders(to=PartyId("NL", "ABC"), from_=PartyId("DE", "XYZ"))
    headers = routing.to_headers()
    assert headers == {
        "OCPI-to-party-id": "ABC",
        "OCPI-to-country-code": "NL",
        "OCPI-from-party-id": "XYZ",
        "OCPI-from-country-code": "DE",
    }
    assert RoutingHeaders.from_headers(headers) == routing
    lower = {name.lower(): value.lower() for name, value in headers.items()}
    assert RoutingHeaders.from_headers(lower) == routing
    assert routing.reversed() == RoutingHeaders(to=routing.from_, from_=routing.to)


def test_routing_headers_may_be_left_out() -> None:
    nobody = RoutingHeaders.from_headers({"Accept": "x"})
    assert nobody == (None, None)
    assert RoutingHeaders(None, None).to_headers() == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"OCPI-to-party-id": "ABC"},
        {"OCPI-from-country-code": "NL"},
        {"OCPI-to-party-id": "ABCD", "OCPI-to-country-code": "NL"},
        {"OCPI-to-party-id": "ÄBC", "OCPI-to-country-code": "NL"},
        {"OCPI-to-party-id": "", "OCPI-to-country-code": ""},
    ],
)
def test_half_or_bad_parties_are_invalid_parameters(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidParameters, match="OCPI-"):
        RoutingHeaders.from_headers(headers)


def test_message_ids_are_kept_or_made() -> None:
    """T-020, T-022, T-024."""
    ids = MessageIds.from_headers({"x-request-id": "r 1", "X-CORRELATION-ID": "c1"})
    assert ids == ("r 1", "c1")
    assert MessageIds.from_headers(ids.to_headers()) == ids
    for bad in ("", "a\nb", "é", "x" * 256):
        made = MessageIds.from_headers({"X-Request-ID": bad})
        assert str(uuid.UUID(made.request_id)) == made.request_id
    assert MessageIds.new() != MessageIds.new()
    assert MessageIds.new("c").correlation_id == "c"
