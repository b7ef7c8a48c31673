"""Registers published as documents: TII's table, as text or as the text of its PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

import orjson

from registers.formats.listed import CPO, EMSP, Holder, NotReadable, Row, cleaned, rows_of

_CODE = re.compile(r"(?<!\S)(IE\s?[-*]\s?[A-Z0-9]{2,6})(?!\S)")
_TAIL = re.compile(r"(?P<observed>.*?)\s(?P<cpo>Yes|No)\s+(?P<emsp>Yes|No)\s*$")
_OTHER = re.compile(r"[A-Z]{2}-[A-Z0-9]{3}")


def tii(content: bytes) -> Iterator[Row]:
    """TII (Ireland): columns legal name, trading name, issued ID, other OCPI party IDs, CPO, eMSP.

    Names may run over the lines above and below their code. Pages repeat the head of the table, each with its own
    columns.
    """
    lines = _text(content).splitlines()
    if not any("Party ID" in line for line in lines):
        raise NotReadable("The head of TII's table is missing, with its “Party ID”.")
    legal = trading = 0
    for number, line in enumerate(lines):
        if "Legal Entity Name" in line:
            legal, trading = line.index("Legal Entity Name"), max(line.find("Trading Name"), 1)
        code = _CODE.search(line)
        tail = _TAIL.match(line, code.end()) if code else None
        if code is None or tail is None:
            continue
        names = [
            _name(lines, number, legal, trading),
            _name(lines, number, trading, code.start()),
        ]
        holder = Holder(
            names[1] or names[0],
            legal_name=names[0],
            observed=tuple(one.replace("-", "*") for one in _OTHER.findall(tail["observed"])),
        )
        for role, has in ((CPO, tail["cpo"]), (EMSP, tail["emsp"])):
            if has == "Yes":
                place = f"line {number + 1}"
                yield from rows_of([code[1].replace(" ", "")], role, holder, place)


def _name(lines: list[str], number: int, begin: int, end: int) -> str:
    """What a column says beside a code; or above and below it, where the cell stands on two lines around it."""
    beside = _cell(lines, number, begin, end)
    above = "" if beside or _has_code(lines, number - 1) else _cell(lines, number - 1, begin, end)
    below = "" if _has_code(lines, number + 1) else _cell(lines, number + 1, begin, end)
    # The next code may have nothing beside it: then what is above it is its own.
    if beside and _has_code(lines, number + 2) and not _cell(lines, number + 2, begin, end):
        below = ""
    return cleaned(f"{above} {beside} {below}")


def _has_code(lines: list[str], place: int) -> bool:
    return 0 <= place < len(lines) and _CODE.search(lines[place]) is not None


def _cell(lines: list[str], place: int, begin: int, end: int) -> str:
    return lines[place][begin:end].strip() if 0 <= place < len(lines) else ""


def _text(content: bytes) -> str:
    if content[:5] == b"%PDF-":
        return _text_of_pdf(content)
    if content.lstrip()[:1] == b"{":
        try:
            return str(orjson.loads(content)["text"])
        except (orjson.JSONDecodeError, KeyError) as error:
            raise NotReadable(f"It is neither text nor a PDF: {error}") from None
    return content.decode("utf-8", errors="replace")


def _text_of_pdf(content: bytes) -> str:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        pages = PdfReader(BytesIO(content)).pages
        return "\n".join(page.extract_text(extraction_mode="layout") for page in pages)
    except (PyPdfError, ValueError, KeyError) as error:
        raise NotReadable(f"The PDF cannot be read: {error}") from None
