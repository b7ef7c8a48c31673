"""XLSX files, read back from the bytes a browser gets."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.utils import timezone

from staff import spreadsheets
from staff.spreadsheets import Sheet, write_xlsx

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def cells(content: bytes, sheet: int = 1) -> list[list[tuple[str, str]]]:
    """Rows of ``(type, text)``; ``n`` are numbers, ``inlineStr`` text, ``f`` would be a formula."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = ET.fromstring(archive.read(f"xl/worksheets/sheet{sheet}.xml"))  # noqa: S314 - our own file
    rows = []
    for row in root.iterfind(".//m:row", NS):
        found = []
        for cell in row.iterfind("m:c", NS):
            kind = "f" if cell.find("m:f", NS) is not None else cell.get("t", "n")
            text = "".join(node.text or "" for node in cell.iter() if node.text)
            found.append((kind, text))
        rows.append(found)
    return rows


def names(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - our own file
    return [sheet.attrib["name"] for sheet in root.iterfind(".//m:sheet", NS)]


def written(*values: Any, title: str = "CDRs") -> bytes:
    file = io.BytesIO()
    write_xlsx(file, [Sheet(title, values, {"value": lambda value: value})])
    return file.getvalue()


def test_numbers_are_numbers_and_text_is_never_a_formula() -> None:
    found = cells(written(Decimal("12.345"), 7, "=1+2", "+31", "0042", "https://a.example"))
    assert [row[0] for row in found[1:]] == [
        ("n", "12.345"),
        ("n", "7"),
        ("inlineStr", "=1+2"),
        ("inlineStr", "+31"),
        ("inlineStr", "0042"),
        ("inlineStr", "https://a.example"),
    ]


def test_numbers_too_long_to_be_exact_stay_text() -> None:
    assert cells(written(1234567890123456789))[1] == [("inlineStr", "1234567890123456789")]


def test_what_cannot_be_said_is_left_out_or_cut() -> None:
    long = "x" * 40_000
    found = cells(written("first", None, "", Decimal("NaN"), long, "a\x00b"))
    assert found[2] == [("inlineStr", "NaN")]
    assert len(found[3][0][1]) == spreadsheets.MOST_CHARACTERS
    assert len(found) == 5


def test_times_are_those_of_the_user() -> None:
    at = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    with timezone.override("Europe/Amsterdam"):
        found = cells(written(at, date(2026, 2, 1)))
    assert float(found[1][0][1]) == pytest.approx(46054 + 0.5 / 24)
    assert found[2][0] == ("n", "46054")


def test_more_rows_than_a_sheet_holds_go_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 2)
    content = written(1, 2, 3, 4, 5)
    assert names(content) == ["CDRs", "CDRs 2", "CDRs 3", "About"]
    assert [len(cells(content, sheet)) for sheet in (1, 2, 3)] == [3, 3, 2]


def test_names_of_sheets_are_made_to_fit() -> None:
    assert names(written(title="January [2026]: a very long name indeed"))[0] == (
        "January -2026-- a very long nam"
    )


def test_the_download_says_what_it_holds() -> None:
    response = spreadsheets.xlsx_response(
        "cdrs", [Sheet("CDRs", [1], {"value": int})], about={"search": "C1"}
    )
    assert response["Content-Type"] == spreadsheets.CONTENT_TYPE
    assert ".xlsx" in response["Content-Disposition"]
    content = b"".join(response.streaming_content)  # type: ignore[arg-type]
    about = {row[0][1]: row[1][1] for row in cells(content, 2)}
    assert (about["search"], about["rows"], about["times are in"]) == ("C1", "1", "UTC")
