"""The form of every answer below /ocpi/, whatever was asked."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.test import Client

from exchange import log
from exchange.models import Exchange, ExchangeBody
from locations.models import Location
from ocpi.datetimes import parse_datetime
from parties import services as parties
from parties.choices import ConnectionState, TokenKind
from tests import builders
from tests.builders import Answered, Partner

pytestmark = pytest.mark.django_db
URL = "receiver/locations/NL/ABC/LOC1"


@pytest.fixture
def caller() -> Partner:
    return builders.partner(speaks_for=(builders.party("NL*ABC"),))


def ask(
    path: str, authorization: str | None = None, method: str = "GET", body: Any = b""
) -> Answered:
    headers = {} if authorization is None else {"Authorization": authorization}
    response = Client().generic(
        method, f"/ocpi/2.2.1/{path}", body, content_type="application/json", headers=headers
    )
    return Answered(response.status_code, json.loads(response.content), dict(response.headers))


def check_form(answer: Answered, http_status: int, code: int) -> None:
    assert (answer.http_status, answer.code) == (http_status, code)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.envelope["timestamp"].endswith("Z")
    parse_datetime(answer.envelope["timestamp"])
    assert answer.headers["X-Request-ID"]
    assert answer.headers["X-Correlation-ID"]
    assert answer.message


# --- Who ---------------------------------------------------------------------------------------------


def basic(text: str) -> str:
    return "Token " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Token",
        "Token ",
        "Token !!!",
        "Bearer abc",
        basic("unknown"),
        "Token " + "A" * 5000,
        "Token \xff\xfe",
    ],
)
@pytest.mark.parametrize("path", ["sender/locations", URL, "nowhere", "sender/locations/LOC1"])
def test_strangers_get_the_same_401_everywhere(path: str, authorization: str | None) -> None:
    """T-001, T-002, T-011, T-013."""
    answer = ask(path, authorization)

    check_form(answer, 401, 2001)
    assert answer.headers["WWW-Authenticate"].startswith("Token")
    assert answer.data is None


def test_a_token_opens_the_door_in_its_connections_encoding_only(caller: Partner) -> None:
    """T-003, T-006."""
    assert ask("sender/locations", basic(caller.token)).code == 1000
    assert ask("sender/locations", f"Token {caller.token}").http_status == 401
    caller.connection.dialect_settings = {"token_in": "raw"}
    caller.connection.save()
    assert ask("sender/locations", f"Token {caller.token}").code == 1000
    assert ask("sender/locations", basic(caller.token)).http_status == 401


def test_revoked_expired_registration_and_suspended_tokens_open_nothing(caller: Partner) -> None:
    """T-007."""
    row, registration = parties.issue_token(caller.connection, TokenKind.REGISTRATION)
    assert ask("sender/locations", basic(registration)).http_status == 401
    assert caller.get("sender/locations").code == 1000
    parties.suspend(caller.connection, "a test")
    assert caller.get("sender/locations").http_status == 401
    parties.resume(caller.connection)
    assert caller.get("sender/locations").code == 1000
    parties.revoke_tokens(caller.connection)
    assert caller.get("sender/locations").http_status == 401
    assert row.kind == TokenKind.REGISTRATION


def test_what_a_stranger_sends_is_neither_kept_nor_read() -> None:
    answer = ask(URL, basic("unknown"), "PUT", b"x" * 30_000_000)

    check_form(answer, 401, 2001)
    row = Exchange.objects.get()
    assert (row.connection, row.http_status, row.outcome) == (None, 401, "refused")
    body = ExchangeBody.objects.get()
    assert bytes(body.request_body) == b""
    assert basic("unknown") not in json.dumps(body.request_headers)


# --- What --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["nowhere", "receiver/locations", "receiver/locations/NL", "sender/chess", "%00"],
)
def test_an_unknown_path_is_404(caller: Partner, path: str) -> None:
    """T-011."""
    check_form(caller.get(path), 404, 2000)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "sender/locations"),
        ("PUT", "sender/locations/LOC1"),
        ("DELETE", URL),
        ("POST", URL),
        ("OPTIONS", URL),
        ("PROPFIND", URL),
        ("DISPATCH", URL),
        ("OBJECT_BODY", URL),
    ],
)
def test_a_method_that_is_not_defined_is_405(caller: Partner, method: str, path: str) -> None:
    """T-050, T-011."""
    check_form(caller.call(method, path), 405, 2000)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"id": "LOC1"',
        b"{'id': 1}",
        b'{"id": "A", "id": "B"}',
        b'{"a": {"b": 1, "b": 2}}',
        b"NaN",
        b'{"a": Infinity}',
        b"\xff\xfe{}",
        b'{"a": "\xc3"}',
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b"[" * 40 + b"]" * 40,
    ],
    ids=lambda body: repr(body[:18]),
)
def test_malformed_json_is_400_and_writes_nothing(caller: Partner, body: bytes) -> None:
    """T-040, T-011."""
    check_form(caller.call("PUT", URL, body), 400, 2000)
    assert not Location.objects.exists()
    assert Exchange.objects.get().outcome == "refused"


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"7",
        b"null",
        b'"text"',
        b'{"id": "LOC1"}',
        json.dumps(builders.location(name="a\x00b")).encode(),
        json.dumps(builders.location(name="\ud800")).encode(),
        json.dumps(builders.location()).replace("230", "1" * 400).encode(),
        json.dumps(builders.location(more={"\x00": 1})).encode(),
    ],
    ids=lambda body: repr(body[-18:]),
)
def test_bad_values_are_2001_with_http_200_and_write_nothing(caller: Partner, body: bytes) -> None:
    """T-042."""
    check_form(caller.call("PUT", URL, body), 200, 2001)
    assert not Location.objects.exists()


def test_every_problem_is_named_with_its_path(caller: Partner) -> None:
    """T-048."""
    document = builders.location(publish="yes", coordinates={"latitude": 1})
    answer = caller.put(URL, document)

    paths = {problem["path"] for problem in answer.data}
    assert {"publish", "coordinates.longitude"} <= paths


def test_an_oversized_body_is_413(caller: Partner, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    check_form(caller.call("PUT", URL, b" " * 1001), 413, 2000)
    row = Exchange.objects.get()
    assert (row.connection, row.http_status) == (caller.connection, 413)


def test_a_slash_at_the_end_changes_nothing(caller: Partner) -> None:
    """T-051."""
    assert caller.put(f"{URL}/", builders.location()).http_status == 201
    assert caller.get(f"{URL}/").code == 1000
    assert caller.get("sender/locations/").code == 1000


def test_an_encoded_path_is_read_as_meant(caller: Partner) -> None:
    path = "receiver/locations/NL/ABC/A%20B%2FC"
    assert caller.put(path, builders.location("A B/C")).http_status in {200, 201, 404}
    assert caller.get("receiver/locations/NL/ABC/%C3%A9").http_status in {200, 404}
    assert caller.get("receiver/locations/NL/ABC/a%00b").http_status in {200, 404}


# --- Headers -----------------------------------------------------------------------------------------


def test_message_ids_come_back_and_are_made_when_missing(caller: Partner) -> None:
    """T-021, T-022, T-024."""
    answer = caller.get("sender/locations", **{"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"})
    assert (answer.headers["X-Request-ID"], answer.headers["X-Correlation-ID"]) == ("r-1", "c-1")
    row = Exchange.objects.get()
    assert (row.request_id, row.correlation_id) == ("r-1", "c-1")
    assert caller.get("sender/locations").headers["X-Request-ID"] not in {"", "r-1"}


def test_routing_headers_come_back_the_other_way_round(caller: Partner) -> None:
    """R-001, R-003."""
    answer = caller.get(
        "sender/locations",
        **{
            "OCPI-from-country-code": "nl",
            "OCPI-from-party-id": "abc",
            "OCPI-to-country-code": "NL",
            "OCPI-to-party-id": "OUR",
        },
    )
    assert answer.code == 1000
    assert answer.headers["OCPI-to-party-id"] == "ABC"
    assert answer.headers["OCPI-from-party-id"] == "OUR"


@pytest.mark.parametrize(
    "headers",
    [
        {"OCPI-from-country-code": "NL", "OCPI-from-party-id": "XXX"},
        {"OCPI-from-country-code": "NL"},
        {"OCPI-to-party-id": "TOOLONG", "OCPI-to-country-code": "NL"},
    ],
)
def test_routing_headers_that_cannot_be_are_2001(caller: Partner, headers: dict[str, str]) -> None:
    """R-026, R-004."""
    check_form(caller.get("sender/locations", **headers), 200, 2001)


# --- One transaction ---------------------------------------------------------------------------------


def test_a_fault_of_ours_is_3000_and_writes_nothing_but_the_log(
    caller: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-043."""

    def fail(*args: Any, **options: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("locations.services.pushes.tell", fail)
    answer = caller.put(URL, builders.location())

    check_form(answer, 200, 3000)
    assert "secret" not in json.dumps(answer.envelope)
    assert not Location.objects.exists()
    row = Exchange.objects.get()
    assert (row.outcome, row.ocpi_status) == ("failed", 3000)
    assert log.read_body(row.body.request_body)


def test_the_log_names_partner_module_and_object(caller: Partner) -> None:
    caller.put(URL, builders.location())

    row = Exchange.objects.get()
    assert (row.direction, row.method, row.connection) == ("in", "PUT", caller.connection)
    assert (row.module, row.object_reference) == ("locations", "NL*ABC/LOC1")
    assert (row.http_status, row.ocpi_status, row.outcome) == (201, 1000, "ok")
    assert row.url == f"/ocpi/2.2.1/{URL}"


def test_being_called_lifts_a_hold(caller: Partner) -> None:
    parties.unreachable(caller.connection, "It is not there.")
    assert caller.connection.hold_until is not None
    caller.get("sender/locations")
    caller.connection.refresh_from_db()

    assert caller.connection.hold_until is None
    assert caller.connection.last_heard_at is not None
    assert caller.connection.state == ConnectionState.CONNECTED
