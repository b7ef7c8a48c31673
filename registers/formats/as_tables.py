"""Registers published as tables: Benelux IDRO, EIPA, a directory of many, and a plain one of our own."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence

from registers.formats.listed import CPO, EMSP, Holder, NotReadable, Row, cleaned, day, rows_of

_BETWEEN_CODES = re.compile(r"\s+-\s+|[;,/]")
_FORMULA_STARTS = ("=", "+", "-", "@")
_DIRECTORY_STATUS = {
    "ACTIVE": "active",
    "INACTIVE": "inactive",
    "SUSPENDED": "suspended",
    "RESERVED": "reserved",
    "UNKNOWN": "unknown",
}


def benelux(content: bytes) -> Iterator[Row]:
    """Benelux IDRO: a company per line, its codes in one cell per role, such as ``BE*505 - NL*505``."""
    names = ("Company Name", "Operator-ID (CPO)", "Provider-ID (MSP)")
    for place, line in _lines(content, names, ","):
        holder = Holder(cleaned(line["Company Name"]), website=cleaned(line.get("Website")))
        for name, role in ((names[1], CPO), (names[2], EMSP)):
            yield from rows_of(_codes(line[name]), role, holder, place)


def eipa(content: bytes) -> Iterator[Row]:
    """EIPA (Poland): ``Nazwa;operator;dostawca;…``; a last line says of when it is."""
    for place, line in _lines(content, ("Nazwa", "operator", "dostawca"), ";"):
        holder = Holder(
            cleaned(line["Nazwa"]),
            website=cleaned(line.get("Strona www")),
            issued_on=day(line.get("Data rejestracji")),
        )
        for name, role in (("operator", CPO), ("dostawca", EMSP)):
            yield from rows_of(_codes(line[name]), role, holder, place)


def directory(content: bytes) -> Iterator[Row]:
    """A directory of many registers: a line per register, code and role (``registryId``, ``role``, …)."""
    names = ("countryCode", "partyId", "role", "organizationName", "registryId")
    for place, line in _lines(content, names, ","):
        holder = Holder(
            cleaned(line["organizationName"]),
            legal_name=cleaned(line.get("legalName")),
            website=cleaned(line.get("website")),
            status=_DIRECTORY_STATUS.get(cleaned(line.get("status")).upper(), "unknown"),
        )
        code = f"{cleaned(line['countryCode'])}*{cleaned(line['partyId'])}"
        written = cleaned(line.get("sourceValue")) or code
        for row in rows_of([code], _role(line["role"], place), holder, place, line["registryId"]):
            yield row._replace(source_value=written[:40])


def plain(content: bytes) -> Iterator[Row]:
    """Our own: ``country_code``, ``party_id``, ``role``, and if known ``organisation``, ``website``, ``status``,
    ``issued_at``."""
    for place, line in _lines(content, ("country_code", "party_id", "role"), ","):
        holder = Holder(
            _unguarded(line.get("organisation")),
            legal_name=_unguarded(line.get("legal_name")),
            website=_unguarded(line.get("website")),
            status=cleaned(line.get("status")).lower() or "active",
            issued_on=day(line.get("issued_at")),
        )
        code = f"{cleaned(line['country_code'])}*{cleaned(line['party_id'])}"
        yield from rows_of([code], _role(line["role"], place), holder, place)


def _unguarded(text: str | None) -> str:
    """Without the apostrophe that keeps a spreadsheet from taking a cell for a formula."""
    found = cleaned(text)
    return found[1:] if found[:1] == "'" and found[1:2] in _FORMULA_STARTS else found


def _role(text: str, place: str) -> str:
    role = {"MSP": EMSP}.get(cleaned(text).upper(), cleaned(text).upper())
    if role not in (CPO, EMSP):
        raise NotReadable(f"{place}: {text!r} is no role; CPO and EMSP are.")
    return role


def _codes(cell: str | None) -> list[str]:
    return [code for code in _BETWEEN_CODES.split(cleaned(cell)) if code.strip()]


def _lines(
    content: bytes, names: Sequence[str], delimiter: str
) -> Iterator[tuple[str, Mapping[str, str]]]:
    reader = csv.DictReader(_text(content).splitlines(), delimiter=delimiter)
    missing = [name for name in names if name not in (reader.fieldnames or ())]
    if missing:
        raise NotReadable(f"The table lacks the columns {', '.join(missing)}.")
    for line in reader:
        yield f"line {reader.line_num}", line


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("windows-1252", errors="replace")
