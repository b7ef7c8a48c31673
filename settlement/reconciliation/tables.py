"""Reading a table of the CDRs of an invoice, as spreadsheets and billing systems write them. Pure: no database.

UTF-8 or Windows-1252; semicolons, commas or tabs; columns in any order under their usual names; decimal commas or
points. Every line that cannot be read is named with its number.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import NamedTuple

from ocpi.currencies import DECIMALS
from ocpi.datetimes import parse_datetime
from ocpi.ids import ci_key
from settlement.reconciliation import amounts
from settlement.reconciliation.documents import Line

MOST_LINES = 1_000_000
PROBLEMS_KEPT = 200
LONGEST_ID = 255
_DELIMITERS = ";,\t"
_TITLES: Mapping[str, tuple[str, ...]] = {
    "cdr": (
        "cdr", "cdrid", "cdrids", "cdrno", "cdrnr", "cdrnumber", "cdrnummer", "cdrreference", "cdrref",
        "chargedetailrecord", "chargedetailrecordid", "idcdr", "id",
    ),
    "amount": (
        "amount", "amountnet", "netamount", "net", "netto", "nettobetrag", "betrag", "betragnetto", "bedrag",
        "montant", "importe", "importo", "total", "totalcost", "totalamount", "totalnet", "totalbeforetax",
        "amountbeforetax", "totalexclvat", "amountexclvat", "cost", "costs", "price", "preis", "prijs",
        "totalcostexclvat",
    ),
    "gross": (
        "gross", "grossamount", "amountgross", "brutto", "bruttobetrag", "betragbrutto", "totalinclvat",
        "amountinclvat", "totalaftertax", "totalwithtax", "amountaftertax", "amountwithtax",
    ),
    "currency": ("currency", "currencycode", "curr", "waehrung", "wahrung", "valuta", "devise", "moneda"),
    "start": (
        "start", "startdate", "starttime", "startdatetime", "startedat", "begin", "beginn", "startzeit",
        "ladebeginn", "sessionstart", "chargestart", "starttijd", "debut", "date", "datum", "datetime",
    ),
}  # fmt: skip
_COLUMN_OF = {title: column for column, titles in _TITLES.items() for title in titles}
_TOTALS = frozenset(
    {"", "total", "totals", "sum", "summe", "gesamt", "gesamtsumme", "totaal", "totale"}
)
_MOMENTS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y",
)


class Wrong(NamedTuple):
    """A line of the file (the first is 1) that cannot be read, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.reason}"


@dataclass
class Table:
    """What a file says: its lines, which columns it has, and what is wrong with it (of very many the first)."""

    lines: list[Line] = field(default_factory=list)
    columns: frozenset[str] = frozenset()
    wrong: list[Wrong] = field(default_factory=list)
    faults: int = 0

    @property
    def is_gross(self) -> bool:
        """Whether its only amounts are said to be with tax."""
        return "gross" in self.columns and "amount" not in self.columns

    def fault(self, line: int, reason: str) -> None:
        self.faults += 1
        if len(self.wrong) < PROBLEMS_KEPT:
            self.wrong.append(Wrong(line, reason))


class Unreadable(ValueError):
    """It is no table of CDRs at all; the message says what would make it one."""


class _Row(NamedTuple):
    number: int
    cells: Mapping[str, str]


def read(content: bytes, *, zone: tzinfo, currency: str = "") -> Table:
    """A whole file. Times without zone are in ``zone``; amounts without currency in ``currency``.

    Raises :class:`Unreadable`.
    """
    text = _decoded(content)
    delimiter, header, columns = _header(text)
    table = Table(columns=frozenset(columns.values()))
    rows = list(_rows(text, delimiter, header, columns))
    if len(rows) > MOST_LINES:
        raise Unreadable(f"The file has more than {MOST_LINES:,} lines.")
    if rows and _plain(rows[-1].cells.get("cdr", "")) in _TOTALS:
        rows.pop()
    priced = "gross" if table.is_gross else "amount"
    decimal = amounts.decimal_sign(row.cells.get(priced, "") for row in rows)
    for row in rows:
        _take(row, row.cells.get(priced, ""), table, decimal, zone, currency)
    if not rows:
        raise Unreadable("The file lists no CDRs below its first line.")
    return table


def _take(row: _Row, price: str, table: Table, decimal: str, zone: tzinfo, usual: str) -> None:
    cells, faults = row.cells, table.faults
    identifier = cells.get("cdr", "")
    if not identifier:
        table.fault(row.number, "There is no CDR ID.")
    elif len(identifier) > LONGEST_ID:
        table.fault(row.number, f"The CDR ID is longer than {LONGEST_ID} characters.")
    else:
        try:
            ci_key(identifier)
        except ValueError as error:
            table.fault(row.number, f"CDR ID: {error}.")
    said, sign = amounts.in_cell(price)
    amount = amounts.read(said, decimal) if said else None
    if said and amount is None:
        table.fault(row.number, f"{price!r} is no amount.")
    named = cells.get("currency", "").upper()
    currency = amounts.SIGNS.get(named, named) or sign or (usual if amount is not None else "")
    if currency and currency not in DECIMALS:
        table.fault(row.number, f"{currency!r} is no currency.")
    started = cells.get("start", "")
    started_at = _moment(started, zone) if started else None
    if started and started_at is None:
        table.fault(row.number, f"{started!r} is no time.")
    if table.faults == faults:
        table.lines.append(Line(identifier, amount, currency, started_at))


def _decoded(content: bytes) -> str:
    if not content.strip():
        raise Unreadable("The file is empty.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable("This is a spreadsheet. Save it as CSV, and upload that.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _header(text: str) -> tuple[str, int, dict[int, str]]:
    """The delimiter, the line of the header, and which column is which: the first line that names the CDR ID."""
    for number, line in enumerate(io.StringIO(text), 1):
        if number > 20:
            break
        for delimiter in _DELIMITERS:
            titles = next(csv.reader([line], delimiter=delimiter), [])
            columns: dict[int, str] = {}
            for position, title in enumerate(titles):
                column = _COLUMN_OF.get(_plain(title))
                if column and column not in columns.values():
                    columns[position] = column
            known = set(columns.values())
            if "cdr" in known and (len(titles) > 1 or delimiter == _DELIMITERS[-1]):
                return delimiter, number, columns
    raise Unreadable(
        "No line names its columns. The first line has to name a column “CDR ID”, and may name “Amount”,"
        " “Currency” and “Start”."
    )


def _rows(text: str, delimiter: str, header: int, columns: Mapping[int, str]) -> Iterator[_Row]:
    lines = io.StringIO(text, newline="")
    for _ in range(header):
        lines.readline()
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                named = _named(cells, columns)
                yield _Row(header + reader.line_num, named)
    except csv.Error as error:
        raise Unreadable(f"Line {header + reader.line_num}: {error}.") from None


def _named(cells: Sequence[str], columns: Mapping[int, str]) -> dict[str, str]:
    found = {
        column: cells[position].strip()
        for position, column in columns.items()
        if position < len(cells)
    }
    # What a spreadsheet was kept from taking for a formula.
    return {
        column: cell[1:] if cell[:2] in ("'=", "'+", "'-", "'@") else cell
        for column, cell in found.items()
    }


def _plain(title: str) -> str:
    folded = title.strip().lower().replace("ä", "ae").replace("é", "e")
    return re.sub(r"[^a-z0-9]", "", folded)


def _moment(text: str, zone: tzinfo) -> datetime | None:
    if re.match(r"\d{4}-\d\d-\d\dT", text):
        try:
            return parse_datetime(text, lenient=True)
        except ValueError:
            return None
    for pattern in _MOMENTS:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=zone)
        except ValueError:
            continue
    return None
