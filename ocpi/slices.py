"""Cut the elements out of a large JSON array without reading it into memory.

Used for files and pages alike: a bare array, an OCPI envelope's `data`, a page like
`{"items": [...]}`, several modules in one, objects one per line, or a single object. Elements are
the sender's exact bytes, which the signature of a CDR needs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NoReturn, Protocol

import orjson

from ocpi.errors import MalformedJSON

_CHUNK = 1 << 20
_MAX_ELEMENT = 10_000_000
_MAX_DEPTH = 32
_MAX_WRAPPERS = 4
WRAPPERS = frozenset({"data", "items", "locations"})
"""Where the objects of a file are found if it is not known of which module they are."""
_ANY_MODULE = frozenset({"data", "items"})
_CANDIDATES = 400

_STRING_PATTERN = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SPACE = re.compile(rb"[ \t\r\n]*+")
_FIRST_KEY = re.compile(rb"\{[ \t\r\n]*+" + _STRING_PATTERN + rb"[ \t\r\n]*+:", re.DOTALL)


def _nested_pattern(depth: int) -> bytes:
    # Possessive throughout, so a truncated or broken element fails in linear time.
    plain = rb'[^"\[\]{}]*+'
    pattern = rb"[\[{]" + plain + rb"(?:" + _STRING_PATTERN + plain + rb")*+[\]}]"
    for _ in range(depth - 1):
        inner = rb"(?:(?:" + _STRING_PATTERN + rb"|" + pattern + rb")" + plain + rb")*+"
        pattern = rb"[\[{]" + plain + inner + rb"[\]}]"
    return pattern


_NOT_STRUCTURE = bytes(code for code in range(256) if code not in b'"{}\\')

_STRING = re.compile(_STRING_PATTERN, re.DOTALL)
_NESTED = re.compile(_nested_pattern(_MAX_DEPTH), re.DOTALL)
_SCALAR = re.compile(rb"true|false|null|-?[0-9][0-9.eE+-]*+")


class Readable(Protocol):
    """Any binary stream: a file, a GzipFile, a BytesIO."""

    def read(self, size: int, /) -> bytes: ...


def wrappers_of(module: str) -> frozenset[str]:
    """The fields in which the objects of a module are found, such as "tariffs"."""
    return _ANY_MODULE | {module}


def array_slices(
    stream: Readable,
    *,
    wrappers: Collection[str] = WRAPPERS,
    max_element: int = _MAX_ELEMENT,
) -> Iterator[bytes]:
    """Yield each element of the array in `stream` as the exact bytes that stand there.

    Finds the top-level array, or the first of `wrappers` in a top-level object, whatever the
    order of its keys (also one inside the other). An object without any of them is yielded
    itself, and so is every further one after it, whether on a line of its own or not (NDJSON); a
    null wrapper yields nothing. A byte order mark is skipped. Memory stays constant: one window
    and at most one element of `max_element` bytes.

    Raises MalformedJSON naming the byte offset where the framing breaks: the elements before it
    have been yielded by then. Elements are cut, not judged: parse each with `ocpi.json.loads`.
    """
    window = _Window(stream, max_element)
    window.skip_byte_order_mark()
    first = window.peek()
    if first == b"[":
        yield from _elements(window)
    elif first == b"{":
        while window.peek() == b"{":
            yield from _object(window, frozenset(wrappers), _MAX_WRAPPERS)
    else:
        window.fail("expected a JSON array or object")
    if window.peek():
        window.fail("unexpected text after the end of the document")


class _Window:
    """A sliding window over the stream; `position` is the next byte to look at."""

    def __init__(self, stream: Readable, max_element: int) -> None:
        self.stream = stream
        self.max_element = max_element
        self.data = b""
        self.position = 0
        self.base = 0
        self.kept: int | None = None
        self.exhausted = False
        self.delimiter = b""
        self.gap = 0

    def fail(self, message: str) -> NoReturn:
        raise MalformedJSON(f"{message} at byte {self.base + self.position}")

    def fill(self, want: int = _CHUNK) -> bool:
        """Read on, forgetting what was consumed; False at the end of the stream."""
        chunk = b"" if self.exhausted else self.stream.read(want)
        if not chunk:
            self.exhausted = True
            return False
        if self.kept is not None and self.position - self.kept > self.max_element:
            self.kept = None
        start = self.position if self.kept is None else self.kept
        self.data = self.data[start:] + chunk
        self.base += start
        self.position -= start
        self.kept = None if self.kept is None else 0
        return True

    def skip_byte_order_mark(self) -> None:
        while len(self.data) < 3 and self.fill():
            pass
        if self.data.startswith(b"\xef\xbb\xbf"):
            self.position = 3

    def peek(self) -> bytes:
        """Skip white space; the next byte, or b"" at the end of the stream."""
        while True:
            found = _SPACE.match(self.data, self.position)
            self.position = found.end() if found else self.position
            if self.position < len(self.data):
                return self.data[self.position : self.position + 1]
            if not self.fill():
                return b""

    def expect(self, byte: bytes) -> None:
        if self.peek() != byte:
            self.fail(f"expected {byte.decode()!r}")
        self.position += 1

    def value(self) -> bytes:
        """Consume one value of any kind (the cursor is on its first byte)."""
        end = self._value_end()
        found = self.data[self.position : end]
        self.position = end
        return found

    def guessed(self) -> Iterator[bytes]:
        """Consume elements for as long as guessing where they end works out."""
        while self.delimiter:
            end = self._guess_end()
            if end is None:
                self.delimiter = b""
                return
            found = self.data[self.position : end]
            self.position = end + self.gap
            yield found

    def learn_delimiter(self, end: int) -> None:
        """Remember how one element ends and the next begins, such as `},{"country_code":`."""
        key = _FIRST_KEY.match(self.data, self.position)
        start = end - 1 - self.base
        if key is not None and start >= 0:
            self.delimiter = self.data[start : key.end()]
            self.gap = self.position - start - 1

    def _guess_end(self) -> int | None:
        """Look for the learned delimiter instead of scanning; None when that does not work out.

        Safe whatever the text holds: a guess is taken only when proven to be one whole object.
        """
        start = scanned = self.position
        skeleton = b""
        for _ in range(_CANDIDATES):
            found = self.data.find(self.delimiter, scanned)
            if found < 0:
                return None
            end = found + 1
            skeleton += self.data[scanned:end].translate(None, _NOT_STRUCTURE)
            if skeleton.count(b"{") == skeleton.count(b"}"):
                return end if _is_one_object(skeleton, self.data[start:end]) else None
            scanned = end
        return None

    def _value_end(self) -> int:
        pattern = self._pattern()
        while True:
            found = pattern.match(self.data, self.position)
            if found is not None and (found.end() < len(self.data) or self.exhausted):
                return found.end()
            if found is not None and pattern is not _SCALAR:
                return found.end()
            length = len(self.data) - self.position
            if length > self.max_element:
                self.fail(f"no end within {self.max_element} bytes of the value that starts")
            if not self.fill(max(_CHUNK, length)) and found is None:
                self.fail(f"broken, cut off or nested deeper than {_MAX_DEPTH} levels: value")

    def _pattern(self) -> re.Pattern[bytes]:
        first = self.peek()
        if first in (b"{", b"["):
            return _NESTED
        return _STRING if first == b'"' else _SCALAR


def _is_one_object(skeleton: bytes, text: bytes) -> bool:
    """Whether `text`, of which `skeleton` is what remains of quotes, braces and backslashes,
    is one object and not a part of one or several.

    Without backslashes, an even run of quotes between any two braces means that no brace stands
    inside a string, so the braces alone decide. Otherwise parsing decides: no proper prefix of
    an object parses.
    """
    braces = skeleton.replace(b'""', b"")
    if b'"' in braces or b"\\" in braces:
        return _parses(text)
    inner = braces[1:-1]
    while inner:
        shorter = inner.replace(b"{}", b"")
        if len(shorter) == len(inner):
            return False
        inner = shorter
    return True


def _parses(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _elements(window: _Window) -> Iterator[bytes]:
    window.expect(b"[")
    window.delimiter = b""
    if window.peek() == b"]":
        window.position += 1
        return
    while True:
        yield from window.guessed()
        yield window.value()
        end = window.base + window.position
        separator = window.peek()
        window.position += 1
        if separator == b"]":
            return
        if separator != b",":
            window.position -= 1
            window.fail("expected ',' or ']' after an element")
        if window.peek() == b"{":
            window.learn_delimiter(end)


def _object(window: _Window, wrappers: frozenset[str], depth: int) -> Iterator[bytes]:
    window.kept = window.position
    start = window.base + window.position
    wrapped = found = False
    for name in _members(window):
        if name in wrappers and not found:
            wrapped = True
            window.kept = None
            for item in _wrapped(window, wrappers, depth - 1):
                found = True
                yield item
        else:
            _skip(window)
    if wrapped:
        return
    if window.kept is None:
        window.fail(f"the object starting at byte {start} is longer than the limit, ending")
    yield window.data[window.kept : window.position]
    window.kept = None


def _wrapped(window: _Window, wrappers: frozenset[str], depth: int) -> Iterator[bytes]:
    first = window.peek()
    if first == b"[":
        yield from _elements(window)
    elif first == b"{" and depth > 0:
        yield from _object(window, wrappers, depth)
    elif (value := window.value()) != b"null":
        yield value


def _members(window: _Window) -> Iterator[str]:
    """Yield each key with the cursor on its value, which the caller consumes."""
    window.expect(b"{")
    if window.peek() == b"}":
        window.position += 1
        return
    while True:
        if window.peek() != b'"':
            window.fail("expected a field name")
        name = window.value()[1:-1].decode("utf-8", "replace")
        window.expect(b":")
        window.peek()
        yield name
        separator = window.peek()
        if separator not in (b",", b"}"):
            window.fail("expected ',' or '}' after a field")
        window.position += 1
        if separator == b"}":
            return


def _skip(window: _Window) -> None:
    if window.peek() == b"[":
        for _ in _elements(window):
            pass
    else:
        window.value()
