from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ocpi.envelope import (
    UNSET,
    NotAnEnvelope,
    encode,
    encode_error,
    encode_list,
    parse_head,
    parse_response,
)
from ocpi.errors import InvalidParameters, Problem

NOW = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
STAMP = b'"timestamp":"2020-01-02T03:04:05Z"'


def test_written_as_the_specification_shows() -> None:
    """T-030, T-034."""
    assert encode({"a": 1}, timestamp=NOW) == b'{"data":{"a":1},"status_code":1000,' + STAMP + b"}"
    assert encode(timestamp=NOW) == b'{"status_code":1000,' + STAMP + b"}"
    assert (
        encode(None, 2001, "No.", NOW)
        == b'{"data":null,"status_code":2001,"status_message":"No.",' + STAMP + b"}"
    )


def test_a_list_of_ready_items_is_the_same_envelope() -> None:
    """T-031."""
    raw = [b'{"a":1.10}', b'{"b":"x"}']
    written = encode_list(raw, NOW)
    assert b'[{"a":1.10},{"b":"x"}]' in written
    assert json.loads(written) == json.loads(encode([{"a": 1.1}, {"b": "x"}], timestamp=NOW))
    assert json.loads(encode_list([]))["data"] == []


def test_an_error_is_written_with_its_problems() -> None:
    problem = Problem("missing", "city", "is missing")
    body = json.loads(encode_error(InvalidParameters("city is missing", problems=[problem])))
    assert body["status_code"] == 2001
    assert body["status_message"] == "city is missing"
    assert body["data"] == [{"path": "city", "code": "missing", "message": "is missing"}]
    assert "data" not in json.loads(encode_error(InvalidParameters("no")))


def test_a_proper_answer_has_no_warnings() -> None:
    body = b'{"data":{"a":1.10},"status_code":1901,"status_message":"ok",' + STAMP + b',"x":1}'
    answer = parse_response(body)
    assert answer == (1901, "ok", {"a": Decimal("1.10")}, NOW, [], None)
    again = parse_response(body)
    assert again.is_success
    assert not again.status_is_assumed


def test_what_we_write_we_read() -> None:
    assert parse_response(encode([1], 2003, "no", NOW)) == (2003, "no", [1], NOW, [], None)
    assert parse_response(encode(timestamp=NOW)).data is UNSET


@pytest.mark.parametrize(
    ("document", "status_code", "data", "codes"),
    [
        ({"data": [1], "status_code": "Success"}, 1000, [1], {"status_code_type"}),
        ({"data": [1], "status_code": "1000"}, 1000, [1], {"status_code_type"}),
        ({"data": [1], "status_code": 2001.0}, 2001, [1], {"status_code_type"}),
        ({"data": [1]}, 1000, [1], {"status_code_missing"}),
        ({"data": [1], "status_code": None}, 1000, [1], {"status_code_missing"}),
        ([1], 1000, [1], {"bare_array", "status_code_missing"}),
        ({"items": [1]}, 1000, [1], {"page_field", "status_code_missing"}),
        ({"locations": [1]}, 1000, [1], {"page_field", "status_code_missing"}),
        ({"data": [], "error": "out of order"}, 2000, [], {"status_code_missing"}),
        ({"name": "OK", "data": [1], "error": None}, 1000, [1], {"status_code_missing"}),
    ],
)
def test_quirks_are_understood_with_a_warning(
    document: Any, status_code: int, data: Any, codes: set[str]
) -> None:
    for parse in (parse_response, parse_head):
        answer = parse(json.dumps(document).encode())
        assert (answer.status_code, answer.data) == (status_code, data)
        assert {warning.code for warning in answer.warnings} == codes | {"timestamp_missing"}


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("2020-01-02T03:04:05.0000000+00:00", NOW),
        ("2020-01-02T04:04:05+01:00", NOW),
        ("soon", None),
        (1577934245, None),
    ],
)
def test_odd_timestamps_are_warnings(timestamp: Any, expected: datetime | None) -> None:
    body = json.dumps({"status_code": 1000, "timestamp": timestamp}).encode()
    answer = parse_response(body)
    assert answer.timestamp == expected
    assert [warning.code for warning in answer.warnings] == ["timestamp_format"]


def test_values_that_strict_reading_refuses_do_not_sink_an_answer() -> None:
    answer = parse_response(b'{"status_code":1000,"a":1,"a":2,' + STAMP + b"}")
    assert answer.status_code == 1000
    assert [warning.code for warning in answer.warnings] == ["lenient_json"]


def test_the_cursor_of_a_page_is_kept() -> None:
    assert parse_head(b'{"next":"https://a.example/2","items":[]}').next == "https://a.example/2"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b'"ok"',
        b"1000",
        b"{}",
        b'{"ok":true}',
        b'{"id":"LOC1","evses":[]}',
        b'{"status_code":"maybe"}',
        b'{"status_code":true}',
        b'{"status_code":10000}',
        b'{"status_code":-100}',
        b'{"status_code":[1000]}',
        b"\xff\xfe",
    ],
)
def test_unrelated_answers_are_not_envelopes(body: bytes) -> None:
    for parse in (parse_response, parse_head):
        with pytest.raises(NotAnEnvelope):
            parse(body)
