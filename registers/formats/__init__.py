"""The formats that registers are published in. Pure: bytes in, rows out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from registers.formats import as_json, as_tables, as_text
from registers.formats.listed import Holder, Listed, Malformed, NotReadable, Row

__all__ = ["FORMATS", "Holder", "Listed", "Malformed", "NotReadable", "Row"]

FORMATS: Mapping[str, Callable[[bytes], Iterator[Row]]] = {
    "evroam": as_json.evroam,
    "bdew": as_json.bdew,
    "afirev": as_json.afirev,
    "benelux": as_tables.benelux,
    "eipa": as_tables.eipa,
    "directory": as_tables.directory,
    "plain": as_tables.plain,
    "tii": as_text.tii,
}
"""How the content of each ``RegisterFormat`` is read. Each raises :class:`NotReadable` for another one."""
