"""JSON in and out: strict when reading, exact when writing, constant memory for files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from ocpi.datetimes import format_datetime
from ocpi.errors import InvalidParameters, MalformedJSON, Problem
from ocpi.slices import array_slices

__all__ = ["array_slices", "dumps", "loads"]

MAX_DEPTH = 32
MAX_DIGITS = 18
_MAX_NUMBER_TEXT = 64
_MAX_EXPONENT = 40
_BOM = b"\xef\xbb\xbf"
_SUSPECT_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Refused:
    """Stands in for a number we do not take, until its path is known."""

    def __init__(self, text: str) -> None:
        self.text = text


class _Reader:
    """The hooks of one parse; remembers whether anything was refused."""

    def __init__(self) -> None:
        self.refused = False
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self.object,
            parse_int=self.integer,
            parse_float=self.fraction,
            parse_constant=self.constant,
        )

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        document = dict(pairs)
        if len(document) != len(pairs):
            seen: set[str] = set()
            name = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            raise MalformedJSON(f"the field {name[:80]!r} appears twice in one object")
        return document

    def integer(self, text: str) -> Any:
        return int(text) if len(text.lstrip("-")) <= MAX_DIGITS else self.refuse(text)

    def fraction(self, text: str) -> Any:
        if len(text) <= _MAX_NUMBER_TEXT:
            value = Decimal(text)
            if abs(value.adjusted()) <= _MAX_EXPONENT and value.adjusted() < MAX_DIGITS:
                return value
        return self.refuse(text)

    def constant(self, text: str) -> Any:
        raise MalformedJSON(f"{text} is not a JSON number")

    def refuse(self, text: str) -> _Refused:
        self.refused = True
        return _Refused(text)


def loads(body: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """Read one JSON document strictly.

    Integers come back as int (at most 18 digits), other numbers as Decimal. Raises
    MalformedJSON (HTTP 400) when the body is not UTF-8, not JSON, has NaN or Infinity, has the
    same key twice in an object or nests deeper than `max_depth`; InvalidParameters (2001), with
    one Problem per value, for NUL characters, lone surrogates and numbers out of bounds.
    A byte order mark is skipped.
    """
    text = _decode(body)
    reader = _Reader()
    try:
        value = reader.decoder.decode(text)
    except json.JSONDecodeError as error:
        raise MalformedJSON(
            f"not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        ) from None
    except RecursionError:
        raise MalformedJSON(f"nested deeper than {max_depth} levels") from None
    if body.count(b"{") + body.count(b"[") > max_depth:
        _check_depth(value, max_depth)
    if reader.refused or _SUSPECT_ESCAPE.search(body):
        _refuse_bad_values(value)
    return value


def dumps(value: Any) -> bytes:
    """Write JSON as UTF-8 without spaces.

    Decimals become JSON numbers without exponent, aware datetimes UTC text with `Z`. Raises
    TypeError (orjson's) for what has no JSON form, including Decimal NaN and naive datetimes.
    """
    return orjson.dumps(value, default=_default, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _default(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f"))
    if isinstance(value, datetime):
        return format_datetime(value)
    raise TypeError(f"{value!r} has no JSON form")


def _decode(body: bytes) -> str:
    try:
        text = body.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJSON(f"not UTF-8 at byte {error.start}") from None
    if not text.strip():
        raise MalformedJSON("the body is empty")
    return text


def _children(value: Any) -> Iterator[Any]:
    return iter(value.values() if isinstance(value, dict) else value)


def _check_depth(value: Any, max_depth: int) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(max_depth):
        level = [
            child
            for container in level
            for child in _children(container)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise MalformedJSON(f"nested deeper than {max_depth} levels")


def _refuse_bad_values(value: Any) -> None:
    problems = list(_bad_values(value, ""))
    if problems:
        first = problems[0]
        raise InvalidParameters(
            f"{first.path or 'the document'}: {first.message}", problems=problems
        )


def _bad_values(value: Any, path: str) -> Iterator[Problem]:
    if isinstance(value, _Refused):
        yield Problem(
            "number_out_of_bounds", path, "the number is too large or too long", value.text[:80]
        )
    elif isinstance(value, str):
        yield from _bad_text(value, path)
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from _bad_text(key, path)
            yield from _bad_values(child, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _bad_values(child, f"{path}.{index}" if path else str(index))


def _bad_text(text: str, path: str) -> Iterator[Problem]:
    if "\x00" in text:
        yield Problem("nul_character", path, "the text has a NUL character")
    elif _SURROGATE.search(text):
        yield Problem("lone_surrogate", path, "the text has half of a surrogate pair")
