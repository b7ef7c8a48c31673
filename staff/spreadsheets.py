"""XLSX of any number of rows: numbers are numbers, text is never a formula, memory stays small.

    return xlsx_response("cdrs", [Sheet("CDRs", rows, {"CDR": lambda row: row.cdr_id})])

Columns are those of ``staff.export``. Money is a column of amounts and one of currencies, so that sums work.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import IO, Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.utils import timezone
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from staff.export import Column

MOST_ROWS = 1_000_000
"""Of a sheet, whose format ends at 1 048 576; more go on in a further sheet."""
MOST_CHARACTERS = 32_767
EXACT_DIGITS = 15
"""A spreadsheet keeps so many digits of a number."""
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTHS = {"date": 19, "text": 22, "number": 14}


@dataclass(frozen=True)
class Sheet:
    """One sheet: ``columns`` maps titles to functions of a row: text, numbers, times, nothing."""

    title: str
    rows: Iterable[Any]
    columns: Mapping[str, Column]


@dataclass
class _Formats:
    head: Format
    moment: Format
    day: Format


def xlsx_response(
    name: str, sheets: Sequence[Sheet], *, about: Mapping[str, object] | None = None
) -> FileResponse:
    """A download from a temporary file, which goes with the response; ``name`` is the file's without ``.xlsx``.

    ``about`` are facts for a last sheet, such as the filters; the time zone is added to them.
    """
    stamp = timezone.localtime().strftime("%Y-%m-%d-%H%M")
    with ExitStack() as failing:
        file = failing.enter_context(tempfile.TemporaryFile())
        write_xlsx(file, sheets, about=about)
        file.seek(0)
        failing.pop_all()
    return FileResponse(
        file, as_attachment=True, filename=f"{name}-{stamp}.xlsx", content_type=CONTENT_TYPE
    )


def write_xlsx(
    file: IO[bytes], sheets: Sequence[Sheet], *, about: Mapping[str, object] | None = None
) -> int:
    """Write ``sheets`` as XLSX, row by row; returns how many rows they have in all.

    Times are in the current time zone, without saying so in each cell: a spreadsheet knows no zones. Numbers keep
    15 significant digits; whole numbers of more, such as identifiers, become text.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    written = 0
    with Workbook(file, options) as book:
        formats = _Formats(
            book.add_format({"bold": True, "bottom": 1}),
            book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        titles = _Titles()
        for sheet in sheets:
            written += _write(book, sheet, formats, titles)
        _about(book, {**(about or {}), "rows": written}, formats, titles)
    return written


@dataclass
class _Titles:
    """Names of sheets: 31 characters at most, without signs the format forbids, each once."""

    taken: set[str] = field(default_factory=set)

    def of(self, wanted: str) -> str:
        plain = "".join("-" if sign in "[]:*?/\\'" else sign for sign in wanted).strip() or "Sheet"
        title, number = plain[:31], 2
        while title.lower() in self.taken:
            suffix = f" {number}"
            title, number = f"{plain[: 31 - len(suffix)]}{suffix}", number + 1
        self.taken.add(title.lower())
        return title


def _write(book: Workbook, sheet: Sheet, formats: _Formats, titles: _Titles) -> int:
    rows = sheet.rows.iterator(chunk_size=2000) if isinstance(sheet.rows, QuerySet) else sheet.rows
    written, line, page = 0, 0, None
    for row in rows:
        values = [column(row) for column in sheet.columns.values()]
        if page is None or line > MOST_ROWS:
            page, line = _begin(book, titles.of(sheet.title), sheet.columns, values, formats), 1
        for place, value in enumerate(values):
            _cell(page, line, place, value, formats)
        written, line = written + 1, line + 1
    if page is None:
        _begin(book, titles.of(sheet.title), sheet.columns, (), formats)
    return written


def _begin(
    book: Workbook,
    title: str,
    columns: Iterable[str],
    first: Sequence[object],
    formats: _Formats,
) -> Worksheet:
    """A sheet with its header, which stays in sight; widths follow the kinds of the first row."""
    page = book.add_worksheet(title)
    page.freeze_panes(1, 0)
    for place, name in enumerate(columns):
        kind = _kind(first[place]) if place < len(first) else "text"
        page.set_column(place, place, max(_WIDTHS[kind], len(name) + 2))
        page.write_string(0, place, name, formats.head)
    return page


def _kind(value: object) -> str:
    if isinstance(value, datetime | date):
        return "date"
    return "number" if isinstance(value, int | float | Decimal) else "text"


def _cell(page: Worksheet, line: int, place: int, value: object, formats: _Formats) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        local = timezone.make_naive(value) if timezone.is_aware(value) else value
        page.write_datetime(line, place, local, formats.moment)
    elif isinstance(value, date):
        page.write_datetime(line, place, datetime.combine(value, time.min), formats.day)
    elif (number := _number(value)) is not None:
        page.write_number(line, place, number)
    else:
        page.write_string(line, place, str(value)[:MOST_CHARACTERS])


def _number(value: object) -> float | None:
    """What a cell holds as a number; ``None`` for what it holds as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if isinstance(value, int):
        return value if len(str(abs(value))) <= EXACT_DIGITS else None
    return float(value) if isfinite(value) else None


def _about(book: Workbook, facts: Mapping[str, object], formats: _Formats, titles: _Titles) -> None:
    now = timezone.localtime()
    page = book.add_worksheet(titles.of("About"))
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 60)
    shown = {**facts, "made": now, "times are in": str(now.tzinfo)}
    for line, (name, value) in enumerate(shown.items()):
        page.write_string(line, 0, name, formats.head)
        _cell(page, line, 1, value, formats)
