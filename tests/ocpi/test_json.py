from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.errors import InvalidParameters, MalformedJSON
from ocpi.json import dumps, loads

DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18) + 1, 10**18 - 1)
    | st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9
    )
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda children: st.lists(children) | st.dictionaries(st.text('abc é"\\{}[]'), children),
    max_leaves=20,
)


@given(DOCUMENTS)
def test_what_is_written_reads_back(document: Any) -> None:
    assert loads(dumps(document)) == document


def test_numbers_keep_their_exact_value() -> None:
    """T-102."""
    assert loads(b"[0.1, 1, 1.10, -2e2]") == [Decimal("0.1"), 1, Decimal("1.10"), Decimal(-200)]
    assert dumps([Decimal("1.10"), Decimal("1E+3"), Decimal("1E-7")]) == b"[1.10,1000,0.0000001]"


def test_dates_are_written_with_z() -> None:
    """T-090."""
    assert dumps({"t": datetime(2020, 1, 2, tzinfo=UTC)}) == b'{"t":"2020-01-02T00:00:00Z"}'


@pytest.mark.parametrize(
    "value",
    [Decimal("NaN"), Decimal("Infinity"), object(), datetime(2020, 1, 2)],  # noqa: DTZ001
)
def test_what_has_no_json_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        dumps(value)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'{"a":', "line 1"),
        (b'{"a":1} x', "Extra data"),
        (b"NaN", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"[-Infinity]", "-Infinity"),
        (b'{"a":1,"b":2,"a":3}', "'a' appears twice"),
        (b'{"a":"\xff"}', "UTF-8 at byte 6"),
        ('{"a":1}'.encode("utf-16"), "UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "UTF-8"),
        (b'{"a":"\x00"}', "control character"),
        (b"[" * 33 + b"]" * 33, "deeper than 32"),
        (b"[" * 100_000, "deeper than 32"),
        (b'{"a":' * 100_000, "deeper than 32"),
        (b"{'a':1}", "line 1"),
        (b"[01]", "line 1"),
    ],
)
def test_what_is_not_json_is_an_http_error(body: bytes, reason: str) -> None:
    """T-040."""
    with pytest.raises(MalformedJSON) as caught:
        loads(body)
    assert caught.value.http_status == 400
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        (rb'{"a":[{"b":"x\u0000"}]}', "a.0.b", "nul_character"),
        (rb'{"a\u0000":1}', "", "nul_character"),
        (rb'{"a":"\ud800"}', "a", "lone_surrogate"),
        (rb'{"a":"\udc00\ud800"}', "a", "lone_surrogate"),
        (b'{"a":1e400}', "a", "number_out_of_bounds"),
        (b'{"a":1e-400}', "a", "number_out_of_bounds"),
        (b'{"a":-1234567890123456789}', "a", "number_out_of_bounds"),
        (b'{"a":' + b"9" * 5000 + b"}", "a", "number_out_of_bounds"),
        (b'{"a":0.' + b"9" * 5000 + b"}", "a", "number_out_of_bounds"),
    ],
)
def test_bad_values_are_named(body: bytes, path: str, code: str) -> None:
    with pytest.raises(InvalidParameters) as caught:
        loads(body)
    assert caught.value.status_code == 2001
    assert [(p.path, p.code) for p in caught.value.problems] == [(path, code)]


def test_what_is_allowed_at_the_edges() -> None:
    assert loads(b"[" * 32 + b"]" * 32)
    assert loads(b"999999999999999999") == 10**18 - 1
    assert loads(rb'"\ud83d\ude00\\u0000"') == "😀\\u0000"
    assert loads(b'\xef\xbb\xbf{"a":null}') == {"a": None}
    assert loads(b'{"a":1,"b":{"a":1}}', max_depth=2) == {"a": 1, "b": {"a": 1}}


@given(st.binary(max_size=60))
def test_no_bytes_do_more_than_an_ocpi_error(body: bytes) -> None:
    try:
        value = loads(body)
    except (MalformedJSON, InvalidParameters):
        return
    assert json.loads(body) == json.loads(dumps(value))
