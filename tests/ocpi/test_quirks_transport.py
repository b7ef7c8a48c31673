"""Quirks 1-19 of docs/quirks.md: how partners answer, and that nothing they list is lost."""

from __future__ import annotations

import base64
import gzip
import io
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from ocpi.client import Page, PullFailed
from ocpi.envelope import Envelope, parse_response
from ocpi.errors import Unauthorized
from ocpi.headers import TokenEncoding, decode_authorization
from ocpi.lenient import accept
from ocpi.slices import array_slices, wrappers_of
from tests.ocpi.samples import location
from tests.ocpi.test_client import header, make_client, page, replies

ITEM = b'{"id":"L1"}'


def told(envelope: Envelope) -> set[str]:
    return {problem.code for problem in envelope.warnings}


def only(server: Any, module: str = "locations", path: str = "/x") -> Page:
    (found,) = make_client().pages(server.url + path, module=module)
    return found


def answers(*replies_of: tuple[str, bytes, str]) -> Callable[[Any], None]:
    """A server that answers each request with the next status, body and headers."""

    def script(visit: Any) -> None:
        for status, body, headers in replies_of:
            if not visit.read_request():
                return
            visit.answer(body, status, headers)

    return script


def test_quirk_01_a_status_code_in_words(start_server: Any) -> None:
    body = b'{"status_code":"Success","data":[%b],"timestamp":"2026-01-31T12:00:00Z"}' % ITEM
    assert told(parse_response(body)) == {"status_code_type"}
    assert only(start_server(replies(body))).items_raw == [ITEM]


def test_quirk_02_nothing_but_data(start_server: Any) -> None:
    body = b'{"data":[%b]}' % ITEM
    assert told(parse_response(body)) == {"status_code_missing", "timestamp_missing"}
    assert only(start_server(replies(body))).items_raw == [ITEM]


def test_quirk_03_a_bare_array(start_server: Any) -> None:
    body = b"[%b]" % ITEM
    assert "bare_array" in told(parse_response(body))
    assert only(start_server(replies(body))).items_raw == [ITEM]


def test_quirk_04_an_envelope_of_another_kind(start_server: Any) -> None:
    body = b'{"name":"OK","message":"ok","data":[%b],"error":null,"forcelogout":false}' % ITEM
    assert parse_response(body).is_success
    assert only(start_server(replies(body))).items_raw == [ITEM]
    assert not parse_response(body.replace(b"null", b'"expired"')).is_success


TOGETHER = (
    b'{"data":{"tariffs":{"status_code":1000,"data":[{"id":"T1"}]},'
    b'"locations":{"status_code":1000,"data":[%b]}}}' % ITEM
)


@pytest.mark.parametrize(("module", "item"), [("locations", ITEM), ("tariffs", b'{"id":"T1"}')])
def test_quirk_05_two_modules_in_one_answer(start_server: Any, module: str, item: bytes) -> None:
    envelope = parse_response(TOGETHER, module)
    assert envelope.status_code == 1000
    assert "modules_together" in told(envelope)
    assert only(start_server(replies(TOGETHER)), module).items_raw == [item]
    assert list(array_slices(io.BytesIO(TOGETHER), wrappers=wrappers_of(module))) == [item]


def test_quirk_05_the_inner_status_counts(start_server: Any) -> None:
    body = b'{"data":{"tariffs":{"status_code":2001,"status_message":"no"},"locations":{}}}'
    with pytest.raises(PullFailed, match="2001"):
        only(start_server(replies(body)), "tariffs")


def test_quirk_06_lists_under_the_modules_name_and_single_objects(start_server: Any) -> None:
    listed = b'{"tariffs":[{"id":"T1"}]}'
    assert only(start_server(replies(listed)), "tariffs").items_raw == [b'{"id":"T1"}']
    bare = b'{"id":"T1","currency":"EUR","elements":[]}'
    assert only(start_server(replies(bare)), "tariffs").items_raw == [bare]
    assert "bare_object" in told(parse_response(bare, "tariffs"))
    with pytest.raises(PullFailed, match="neither status_code nor data"):
        only(start_server(replies(b'{"ok":true}')), "tariffs")


def test_quirk_07_a_cursor_in_the_body(start_server: Any) -> None:
    first, last = b'{"next":"/two","items":[%b]}' % ITEM, b'{"items":[{"id":"L2"}]}'
    server = start_server(answers(("200 OK", first, ""), ("200 OK", last, "")))
    found = list(make_client().pages(server.url + "/one", module="locations"))
    assert [one.items_raw for one in found] == [[ITEM], [b'{"id":"L2"}']]


@pytest.mark.parametrize(
    "timestamp", ["2026-01-31T12:00:00", "2026-01-31T12:00:00.1234567", "2026-01-31T12:00:00+00:00"]
)
def test_quirk_08_odd_envelopes(timestamp: str) -> None:
    body = b'{"status_code":1000,"data":[],"meta":{},"timestamp":"%b"}' % timestamp.encode()
    envelope = parse_response(body)
    assert envelope.timestamp is not None
    assert envelope.timestamp.isoformat().startswith("2026-01-31T12:00:00")


def test_quirk_09_no_paging_headers(start_server: Any) -> None:
    found = only(start_server(replies(page(ITEM), headers="X-Limit: 0\r\n")))
    assert (found.items_raw, found.total) == ([ITEM], None)


@pytest.mark.parametrize(
    ("message", "left_out", "asked"),
    [
        ("limit must be 10", ("limit",), b"GET /x?date_from=2026-01-31T12%3A00%3A00Z HTTP"),
        ("invalid date_from", ("date_from",), b"GET /x?limit=50 HTTP"),
        ("bad request", ("date_from", "limit"), b"GET /x HTTP"),
    ],
)
def test_quirk_10_a_refused_parameter_is_left_out_once(
    start_server: Any, message: str, left_out: tuple[str, ...], asked: bytes
) -> None:
    refusal = b'{"status_code":2001,"status_message":"%b"}' % message.encode()
    server = start_server(answers(("200 OK", refusal, ""), ("200 OK", page(ITEM), "")))
    found = only(server, path="/x?date_from=2026-01-31T12%3A00%3A00Z&limit=50")
    assert (found.items_raw, found.ignored) == ([ITEM], left_out)
    assert server.requests[1].startswith(asked)


def test_quirk_10_other_refusals_are_not_asked_twice(start_server: Any) -> None:
    server = start_server(replies(b'{"status_code":2001,"status_message":"limit"}'))
    with pytest.raises(PullFailed, match="2001"):
        only(server)
    assert len(server.requests) == 1


def test_quirk_11_an_empty_page_beyond_the_end(start_server: Any) -> None:
    assert only(start_server(replies(page()))).items_raw == []


@pytest.mark.parametrize("status", ["403 Forbidden", "429 Too Many Requests"])
def test_quirk_12_a_list_that_stops_says_from_where_to_go_on(
    start_server: Any, status: str
) -> None:
    link = 'Link: </two?cursor=9>; rel="next"\r\n'
    server = start_server(answers(("200 OK", page(ITEM), link), (status, b"", "")))
    pages = make_client().pages(server.url + "/one")
    assert next(pages).items_raw == [ITEM]
    with pytest.raises(PullFailed) as caught:
        next(pages)
    assert caught.value.url == server.url + "/two?cursor=9"
    assert caught.value.response is not None
    assert caught.value.response.http_status == int(status[:3])


def test_quirk_13_a_redirect_says_where_it_leads_and_what_it_loses(start_server: Any) -> None:
    server = start_server(replies(b"", "302 Found", "Location: /all\r\n"))
    with pytest.raises(PullFailed) as caught:
        list(make_client().pages(server.url + "/x", limit=5))
    assert f"{server.url}/all without the parameters of our request" in caught.value.diagnosis
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        ("406 Not Acceptable", b"", ""),
        ("200 OK", b"this is not gzip", "Content-Encoding: gzip\r\n"),
    ],
)
def test_quirk_14_compression_that_does_not_work_is_left_out(
    start_server: Any, status: str, body: bytes, headers: str
) -> None:
    refusing, plain = answers((status, body, headers)), answers(("200 OK", page(ITEM), ""))
    found_by = start_server(refusing, plain)
    found = only(found_by)
    assert (found.items_raw, found.ignored) == ([ITEM], ("gzip",))
    assert header(found_by.requests[1], "Accept-Encoding") == "identity"


def test_quirk_14_compression_that_works_is_used(start_server: Any) -> None:
    packed = gzip.compress(page(ITEM))
    server = start_server(answers(("200 OK", packed, "Content-Encoding: gzip\r\n")))
    assert only(server).items_raw == [ITEM]


def test_quirk_15_tokens_are_read_in_both_spellings() -> None:
    encoded = "Token " + base64.b64encode(b"secret").decode()
    assert decode_authorization(encoded, TokenEncoding.BASE64) == "secret"
    assert decode_authorization("Token secret", TokenEncoding.RAW) == "secret"


def test_quirk_17_a_wrong_token_is_an_error_of_http() -> None:
    assert (Unauthorized.default_http_status, Unauthorized.default_status_code) == (401, 2001)


def test_quirk_18_the_same_object_twice_is_the_same_document() -> None:
    raw = orjson.dumps(location())
    assert accept("location", raw) == accept("location", raw)


FILES = [
    b'{"id":"1"}',
    b'[{"id":"1"},{"id":"2"}]',
    b'{"status_code":1000,"data":[{"id":"1"},{"id":"2"}]}',
    b'{"id":"1"}\n{"id":"2"}\r\n\n{"id":"3"}\n',
]


@pytest.mark.parametrize(("text", "count"), list(zip(FILES, [1, 2, 2, 3], strict=True)))
def test_files_of_one_object_a_list_an_envelope_and_lines(text: bytes, count: int) -> None:
    found = list(array_slices(io.BytesIO(text), wrappers=wrappers_of("locations")))
    assert found == [b'{"id":"%d"}' % number for number in range(1, count + 1)]
