from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.errors import MalformedJSON
from ocpi.json import array_slices


class Trickle:
    """A stream that hands out a few bytes at a time, whatever is asked for."""

    def __init__(self, data: bytes, step: int) -> None:
        self.rest = io.BytesIO(data)
        self.step = step

    def read(self, size: int) -> bytes:
        return self.rest.read(self.step)


def cut(data: bytes) -> list[bytes]:
    return list(array_slices(io.BytesIO(data)))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text('ab"\\{}[],:é'),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text('ab"\\{}[]'), children, max_size=4)
    ),
    max_leaves=12,
)
RECORDS = st.lists(
    st.fixed_dictionaries({"id": st.text('ab"\\{}[],:'), "evses": st.lists(VALUES, max_size=3)}),
    max_size=12,
)


@given(st.lists(VALUES) | RECORDS, st.sampled_from([None, 1, 2]), st.integers(1, 7), st.booleans())
def test_slices_are_the_elements_whatever_they_hold(
    elements: list[Any], indent: int | None, step: int, ascii_only: bool
) -> None:
    text = json.dumps(elements, indent=indent, ensure_ascii=ascii_only).encode()
    slices = list(array_slices(Trickle(text, step)))
    assert [json.loads(piece) for piece in slices] == elements
    position = 0
    for piece in slices:
        position = text.index(piece, position) + len(piece)


@given(RECORDS, st.permutations(["data", "status_code", "x", "timestamp"]), st.integers(1, 50))
def test_data_is_found_in_an_envelope_of_any_order(
    elements: list[Any], order: list[str], step: int
) -> None:
    fields = {"data": elements, "status_code": 1000, "x": [{"data": [1]}, "]"], "timestamp": "t"}
    text = json.dumps({name: fields[name] for name in order}).encode()
    assert [json.loads(piece) for piece in array_slices(Trickle(text, step))] == elements


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'[{"a":1},{"a":2}]', [b'{"a":1}', b'{"a":2}']),
        (b'\xef\xbb\xbf \n[ {"a" : 1} ,\r\n 2 ]\n', [b'{"a" : 1}', b"2"]),
        (b"[]", []),
        (b' {"data" : [ ] } ', []),
        (b'{"items":[1],"next":"x"}', [b"1"]),
        (b'{"next":"x","locations":["a]"]}', [b'"a]"']),
        (b'{"tariffs":[{"b":[]},2],"locations":[3]}', [b"3"]),
        (b'{"data":{"locations":{"status_code":1000,"data":[1,2]}}}', [b"1", b"2"]),
        (b'{"data":null,"items":[1]}', [b"1"]),
        (b'{"data":null}', []),
        (b'{"data":{"id":"a"},"status_code":1000}', [b'{"id":"a"}']),
        (b' {"id": "a", "evses":[{"uid":"1"}]} ', [b'{"id": "a", "evses":[{"uid":"1"}]}']),
        (b"{}", [b"{}"]),
        (b'[{"a":"}"},{"a":"\\"}"},{"a":"x"}]', [b'{"a":"}"}', b'{"a":"\\"}"}', b'{"a":"x"}']),
        (
            b'[{"a":1},{"a":2},{"b":"},{\\"a\\":"},{"b":"},{"},{"a":3}]',
            [b'{"a":1}', b'{"a":2}', b'{"b":"},{\\"a\\":"}', b'{"b":"},{"}', b'{"a":3}'],
        ),
        (
            b'[{"a":1},{"a":2},{"b":3},{"a":[{"x":1},{"a":4}]},{"a":5}]',
            [b'{"a":1}', b'{"a":2}', b'{"b":3}', b'{"a":[{"x":1},{"a":4}]}', b'{"a":5}'],
        ),
    ],
)
def test_shapes(text: bytes, expected: list[bytes]) -> None:
    assert cut(text) == expected


@pytest.mark.parametrize(
    ("text", "elements", "offset"),
    [
        (b"", 0, 0),
        (b"hello", 0, 0),
        (b"[1,2", 2, 4),
        (b"[1,,2]", 1, 3),
        (b'[{"a":1},{"a":', 1, 9),
        (b'[{"a":1} {"a":2}]', 1, 9),
        (b'[{"a":1}]]', 1, 9),
        (b"[" + b"[" * 40 + b"]" * 40 + b"]", 0, 1),
        (b'{"data":[1],"x"', 1, 15),
        (b'{"data":[1]', 1, 11),
        (b'{"a" 1}', 0, 5),
        (b"[tru]", 0, 1),
    ],
)
def test_broken_framing_names_the_byte_after_the_good_elements(
    text: bytes, elements: int, offset: int
) -> None:
    found: list[bytes] = []
    with pytest.raises(MalformedJSON, match=rf"at byte {offset}$"):
        found.extend(array_slices(io.BytesIO(text)))
    assert len(found) == elements


def test_an_element_beyond_the_limit_is_refused_at_its_offset() -> None:
    text = b'[1,{"a":"' + b"x" * 5_000_000 + b'"}]'
    with pytest.raises(MalformedJSON, match=r"at byte 3$"):
        list(array_slices(io.BytesIO(text), max_element=1_000_000))
    assert len(list(array_slices(io.BytesIO(text)))) == 2


class Generated:
    """A long array that is never in memory as a whole."""

    def __init__(self, element: bytes, count: int) -> None:
        self.parts = self._generate(element, count)

    def _generate(self, element: bytes, count: int) -> Iterator[bytes]:
        yield b'{"status_code":1000,"data":['
        for _ in range(count // 100):
            yield b",".join([element] * 100) + b","
        yield element + b"]}"

    def read(self, size: int) -> bytes:
        return next(self.parts, b"")


def test_memory_stays_constant() -> None:
    element = b'{"id":"%b","evses":[{"uid":"1"},{"uid":"2"}]}' % (b"x" * 1000)
    tracemalloc.start()
    count = sum(1 for _ in array_slices(Generated(element, 20_000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_001
    assert peak < 8_000_000
