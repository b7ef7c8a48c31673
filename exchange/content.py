"""What a file says, read as a stream, whatever it is compressed with."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20
BROKEN = (OSError, EOFError, zlib.error)
LONGEST_LINE = 1 << 20


class LineTooLong(ValueError):
    """A line of more than a million bytes: no table has one."""


class Content:
    """What a file says, unpacked where it is compressed.

    Counts the bytes read, and hands out all that came before a fault before it raises.
    """

    def __init__(self, stream: BinaryIO) -> None:
        head = stream.read(len(GZIP_MAGIC))
        whole = io.BufferedReader(_Readable(head, stream), CHUNK)
        self._stream: io.BufferedIOBase = (
            gzip.GzipFile(fileobj=whole) if head == GZIP_MAGIC else whole
        )
        self._fault: Exception | None = None
        self._ahead = b""
        self.position = 0

    def peek(self, size: int = 4096) -> bytes:
        """What comes next, which stays to be read. Raises as :meth:`read` does."""
        if not self._ahead:
            self._ahead = self.read(size)
        return self._ahead

    def lines(self) -> Iterator[bytes]:
        """Line by line, each with its end. Raises as :meth:`read` does, and :class:`LineTooLong`."""
        rest = b""
        while chunk := self.read(CHUNK):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield line + b"\n"
            if len(rest) > LONGEST_LINE:
                raise LineTooLong
        if rest:
            yield rest

    def read(self, size: int = -1, /) -> bytes:
        parts, self._ahead = [self._ahead[:size]], self._ahead[size:]
        missing = size - len(parts[0])
        while missing > 0 and (part := self._part(missing)):
            parts.append(part)
            missing -= len(part)
        found = b"".join(parts)
        if self._fault is not None and not found:
            raise self._fault
        return found

    def _part(self, size: int) -> bytes:
        if self._fault is not None:
            return b""
        try:
            part = self._stream.read1(size)
        except BROKEN as error:
            self._fault = error
            return b""
        self.position += len(part)
        return part


class _Readable(io.RawIOBase):
    """A first piece and the rest of a stream, as the raw stream that a buffer wants; never closes it."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk, self._head = self._head or self._stream.read(len(buffer)), b""
        buffer[: len(chunk)] = chunk
        return len(chunk)
