from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ocpi.client import ClientExchange, OCPIClient, OCPIResponse, PullFailed
from ocpi.headers import RoutingHeaders, TokenEncoding
from ocpi.http import FailureKind, HTTPClient, Policy
from ocpi.ids import PartyId

POLICY = Policy(allow_private_addresses=True, total_deadline=5.0)
ROUTING = RoutingHeaders(to=PartyId("NL", "ABC"), from_=PartyId("DE", "XYZ"))
GOOD = b'{"data":{"a":1},"status_code":1000,"timestamp":"2020-01-01T00:00:00Z"}'


def replies(body: bytes, status: str = "200 OK", headers: str = "") -> Callable[[Any], None]:
    def script(visit: Any) -> None:
        while visit.read_request():
            visit.answer(body, status, headers)

    return script


def make_client(log: list[ClientExchange] | None = None, **kwargs: Any) -> OCPIClient:
    def observe(exchange: ClientExchange, response: OCPIResponse) -> None:
        assert response.request_id == exchange.request_id
        if log is not None:
            log.append(exchange)

    return OCPIClient(HTTPClient(POLICY), "secret-token", observer=observe, **kwargs)


def header(request: bytes, name: str) -> str | None:
    for line in request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]:
        key, _, value = line.partition(": ")
        if key.lower() == name.lower():
            return value
    return None


def test_a_request_carries_what_ocpi_asks_for(start_server: Any) -> None:
    """T-020, T-022, T-023, T-025."""
    server = start_server(replies(GOOD))
    client = make_client(routing=ROUTING)
    response = client.request("PUT", server.url + "/x", data={"a": 1}, correlation_id="c-1")
    assert response.ok
    assert (response.http_status, response.status_code, response.data) == (200, 1000, {"a": 1})
    request = server.requests[0]
    assert header(request, "Authorization") == "Token " + base64.b64encode(b"secret-token").decode()
    assert header(request, "Content-Type") == "application/json"
    assert header(request, "X-Correlation-ID") == "c-1"
    assert (
        header(request, "X-Request-ID")
        == response.request_id
        == str(uuid.UUID(response.request_id))
    )
    assert header(request, "OCPI-to-party-id") == "ABC"
    assert header(request, "OCPI-from-country-code") == "DE"
    assert request.endswith(b'\r\n\r\n{"a":1}')


def test_requests_differ_in_their_ids_and_bodiless_ones_have_no_content_type(
    start_server: Any,
) -> None:
    """T-020, T-026."""
    server = start_server(replies(GOOD))
    client = OCPIClient(HTTPClient(POLICY), "secret-token", TokenEncoding.RAW)
    ids = {client.request("GET", server.url, params={"a": "b c"}).request_id for _ in range(2)}
    assert len(ids) == 2
    assert header(server.requests[0], "Content-Type") is None
    assert header(server.requests[0], "Authorization") == "Token secret-token"
    assert server.requests[0].startswith(b"GET /?a=b%20c HTTP/1.1")


def test_ready_json_is_sent_byte_for_byte(start_server: Any) -> None:
    server = start_server(replies(GOOD))
    make_client().request("POST", server.url, data=b'{"price": 1.10}')
    assert server.requests[0].endswith(b'{"price": 1.10}')


def test_the_observer_sees_everything_but_the_token(start_server: Any) -> None:
    log: list[ClientExchange] = []
    server = start_server(replies(GOOD, headers="X-One: 1\r\n"))
    response = make_client(log).request("PATCH", server.url, data={"a": 1})
    (exchange,) = log
    assert (exchange.method, exchange.url) == ("PATCH", server.url)
    assert exchange.request_body == b'{"a":1}'
    assert (exchange.response_status, exchange.response_body) == (200, GOOD)
    assert (exchange.response_headers or {})["x-one"] == "1"
    assert exchange.request_id == response.request_id == exchange.request_headers["X-Request-ID"]
    assert exchange.started_at.tzinfo is UTC
    assert exchange.failure is None
    shown = repr(exchange).lower()
    assert "authorization" not in shown
    assert "secret-token" not in shown


def test_the_observer_sees_failures(start_server: Any) -> None:
    log: list[ClientExchange] = []
    server = start_server(lambda visit: visit.read_request())
    response = make_client(log).request("POST", server.url, data={})
    assert log[0].failure is response.failure is FailureKind.RESET
    assert log[0].response_status is response.http_status is None
    assert log[0].failure_message == response.diagnosis
    assert not response.ok


OUTCOMES: list[tuple[bytes, str, bool, str]] = [
    (b'{"status_code":1901}', "201 Created", True, "accepted"),
    (b'{"data":"anything","status_code":1000}', "200 OK", True, "accepted"),
    (b'{"data":null,"status_code":2001}', "200 OK", False, "(OCPI 2001)."),
    (
        b'{"status_code":2001,"status_message":"no\\n city"}',
        "200 OK",
        False,
        '(OCPI 2001): "no city".',
    ),
    (b'{"status_code":2950}', "200 OK", False, "rejected our request (OCPI 2950)."),
    (b'{"status_code":3000}', "200 OK", False, "(OCPI 3000)."),
    (b'{"status_code":4003}', "200 OK", False, "hub (OCPI 4003)."),
    (b'{"status_code":1000}', "401 Unauthorized", False, "credentials token (HTTP 401)."),
    (b'{"status_code":2004,"status_message":"who"}', "404 Not Found", False, '(HTTP 404): "who".'),
    (b"<html>", "500 Oops", False, "had an error (HTTP 500)."),
    (b"<html>", "418 Teapot", False, "refused the request (HTTP 418)."),
    (b"", "302 Found", False, "do not follow (HTTP 302)."),
    (b"<html>", "200 OK", False, "not OCPI"),
    (b"", "200 OK", False, "the body is empty"),
    (b'{"ok":true}', "200 OK", False, "neither status_code nor data"),
    (b'{"data":{}}', "200 OK", False, "not certain"),
]


@pytest.mark.parametrize(("body", "status", "ok", "diagnosis"), OUTCOMES)
def test_outcomes_of_a_push(
    start_server: Any, body: bytes, status: str, ok: bool, diagnosis: str
) -> None:
    """T-036, T-038, T-033."""
    response = make_client().request("PUT", start_server(replies(body, status)).url, data={})
    assert response.ok is ok
    assert diagnosis in response.diagnosis
    assert response.diagnosis.endswith(".")
    assert "\n" not in response.diagnosis


def test_a_get_puts_up_with_a_missing_status_code(start_server: Any) -> None:
    response = make_client().request("GET", start_server(replies(b'{"data":[1]}')).url)
    assert response.ok
    assert response.status_code is None


def pager(*bodies: bytes, link: Callable[[Any, int], str | None]) -> Callable[[Any], None]:
    def script(visit: Any) -> None:
        for number, body in enumerate(bodies):
            if not visit.read_request():
                return
            url = link(visit.server, number)
            extra = "" if url is None else f'Link: <{url}>; rel="next"\r\n'
            visit.answer(body, headers=f"X-Total-Count: 3\r\n{extra}")

    return script


def page(*items: bytes) -> bytes:
    return b'{"status_code":1000,"timestamp":"2020-01-01T00:00:00Z","data":[%b]}' % b" , ".join(
        items
    )


def test_pages_follow_the_partners_links_and_keep_items_exact(start_server: Any) -> None:
    """T-077."""
    links = ["/opaque?cursor=x", None]
    server = start_server(
        pager(
            page(b'{"a": 1.10}', b'{"b":2}'),
            page(b"3"),
            link=lambda s, n: links[n] and s.url + links[n],
        )
    )
    found = list(
        make_client().pages(
            server.url + "/locations", date_from=datetime(2020, 1, 1, tzinfo=UTC), limit=2
        )
    )
    assert [one.items_raw for one in found] == [[b'{"a": 1.10}', b'{"b":2}'], [b"3"]]
    assert [one.total for one in found] == [3, 3]
    first, second = server.requests
    assert first.startswith(b"GET /locations?date_from=2020-01-01T00%3A00%3A00Z&limit=2 HTTP")
    assert second.startswith(b"GET /opaque?cursor=x HTTP")
    assert header(first, "X-Correlation-ID") == header(second, "X-Correlation-ID")
    assert header(first, "X-Request-ID") != header(second, "X-Request-ID")


def test_a_cursor_in_the_body_and_a_relative_link_are_followed(start_server: Any) -> None:
    first = b'{"next":"/two","items":[1]}'
    links = [None, "three?x=1", None]
    server = start_server(pager(first, page(b"2"), page(b"3"), link=lambda s, n: links[n]))
    found = [one.items_raw for one in make_client().pages(server.url + "/one")]
    assert found == [[b"1"], [b"2"], [b"3"]]
    assert server.requests[2].startswith(b"GET /three?x=1 ")


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        (lambda server, number: "http://127.0.0.1:1/", "leads elsewhere"),
        (lambda server, number: "https://evil.example/", "leads elsewhere"),
        (lambda server, number: "//evil.example/", "leads elsewhere"),
        (lambda server, number: server.url + "/x", "repeats"),
        (lambda server, number: f"{server.url}/{number}", "did not end within 5 pages"),
    ],
)
def test_hostile_links_end_the_pull(start_server: Any, link: Any, reason: str) -> None:
    server = start_server(pager(*[page(b"1")] * 9, link=link))
    with pytest.raises(PullFailed, match=reason):
        list(make_client().pages(server.url + "/x", max_pages=5))
    assert len(server.requests) <= 5


@pytest.mark.parametrize(
    "body", [b'{"status_code":2001,"data":[]}', b"<html>", b'{"status_code":1000,"data":[1,']
)
def test_a_bad_page_fails_the_pull_with_its_response(start_server: Any, body: bytes) -> None:
    with pytest.raises(PullFailed) as caught:
        list(make_client().pages(start_server(replies(body)).url))
    assert caught.value.response is not None
    assert caught.value.diagnosis == caught.value.response.diagnosis


def test_one_bad_item_does_not_sink_its_page(start_server: Any) -> None:
    """T-141."""
    body = page(b'{"a":1,"a":2}', b'{"b":"\\u0000"}', b'{"c":3}')
    (only,) = make_client().pages(start_server(replies(body)).url)
    assert only.items_raw == [b'{"a":1,"a":2}', b'{"b":"\\u0000"}', b'{"c":3}']
    assert json.loads(only.items_raw[2]) == {"c": 3}
