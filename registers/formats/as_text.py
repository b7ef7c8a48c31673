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

    Names may run over the lines above and below; of them what stands beside the code counts.
    """
    lines = _text(content).splitlines()
    if not any("Party ID" in line for line in lines):
        raise NotReadable("The head of TII's table is missing, with its “Party ID”.")
    legal = _column(lines, "Legal Entity Name")
    for number, line in enumerate(lines, 1):
        code = _CODE.search(line)
        tail = _TAIL.match(line, code.end()) if code else None
        if code is None or tail is None:
            continue
        names = [part for part in re.split(r"\s{2,}", line[: code.start()].strip()) if part]
        # A legal name that runs over two lines stands above and below, not beside.
        beside = len(names) > 1
        holder = Holder(
            cleaned(names[-1] if names else ""),
            legal_name=cleaned(names[0]) if beside else _around(lines, number, legal, code.start()),
            observed=tuple(one.replace("-", "*") for one in _OTHER.findall(tail["observed"])),
        )
        for role, has in ((CPO, tail["cpo"]), (EMSP, tail["emsp"])):
            if has == "Yes":
                yield from rows_of([code[1].replace(" ", "")], role, holder, f"line {number}")


def _column(lines: list[str], title: str) -> int:
    return next((line.index(title) for line in lines if title in line), 0)


def _around(lines: list[str], number: int, column: int, until: int) -> str:
    """The parts of a name above and below the line of a code."""
    parts = []
    for place in (number - 2, number):
        line = lines[place] if 0 <= place < len(lines) else ""
        if line.strip() and not _CODE.search(line) and line[column : column + 1].strip():
            parts.append(re.split(r"\s{2,}", line[column:until].strip())[0])
    return cleaned(" ".join(parts))


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
