"""What a file of the evidence is, and the shapes they are written in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from staff.export import Column, csv_lines


class File(NamedTuple):
    """A file: its place in the archive, with ``/``, and its bytes."""

    path: str
    content: bytes


def name_of(text: str, *, longest: int = 60) -> str:
    """A text as the name of a file on any system."""
    kept = "".join(one if one.isascii() and (one.isalnum() or one in "-_") else "_" for one in text)
    return kept[:longest] or "_"


def text_file(path: str, lines: Iterable[str]) -> File:
    """Lines of text, ending as every system reads them."""
    return File(path, ("\r\n".join([*lines, ""])).encode())


def document_file(path: str, document: Any) -> File:
    """A document as indented JSON: numbers with the digits they were written with, times in UTC."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z
    return File(path, orjson.dumps(document, option=options, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(f"{value:f}")
    return str(value)


def table_file(path: str, rows: Sequence[Any], columns: Mapping[str, Column]) -> File:
    """A table as CSV that no spreadsheet takes for formulas."""
    return File(path, "".join(csv_lines(iter(rows), columns)).encode("utf-8-sig"))


def universal(at: datetime | None) -> str:
    """A time in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at else ""
