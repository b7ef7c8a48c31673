"""Tables of CDRs as spreadsheets and billing systems write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from settlement.reconciliation import tables
from settlement.reconciliation.documents import Line

ZONE = ZoneInfo("Europe/Berlin")


def read(text: str, encoding: str = "utf-8", currency: str = "") -> tables.Table:
    return tables.read(text.encode(encoding), zone=ZONE, currency=currency)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        "CDR ID;Betrag (netto);Währung;Ladebeginn\nC1;12,50;EUR;31.01.2026 12:00\n",
        "Ladebeginn\tcdr_id\tBetrag\tWährung\n31.01.2026 12:00\tC1\t12,50 €\t\n",
        'Währung,"Amount",CDR-ID,Start\nEUR,"12.50",C1,2026-01-31 12:00\n',
        "Rechnung 7;;;\n\nCDR ID;Montant;Währung;Start\n\nC1;12,50;EUR;2026-01-31 12:00\n;12,50;;\n",
        "Währung;CDR;Amount;Date\r\nEUR;C1;EUR 12.50;2026-01-31T11:00:00Z\r\nTotal;;12.50;\r\n",
    ],
)
def test_columns_are_found_in_any_order_under_usual_names(text: str, encoding: str) -> None:
    """Semicolon, comma or tab; UTF-8, Windows-1252, UTF-16; a line of totals at the end is none of its CDRs."""
    found = read(text, encoding)

    assert not found.wrong
    at = datetime(2026, 1, 31, 11, tzinfo=UTC)
    assert found.lines == [Line("C1", Decimal("12.50"), "EUR", at)]


@pytest.mark.parametrize(
    ("cells", "amounts"),
    [
        (["1.234,56", "0,5"], ["1234.56", "0.5"]),
        (["1,234.56", "0.5"], ["1234.56", "0.5"]),
        (["1.234", "2,50"], ["1234", "2.50"]),
        (["1,234", "2.50"], ["1234", "2.50"]),
        (["1.234"], ["1.234"]),
        (["0,125"], ["0.125"]),
        (["1 234,5", "-3,1"], ["1234.5", "-3.1"]),
        (["1'234.50"], ["1234.50"]),
        (["\u22122,50"], ["-2.50"]),
        (["12"], ["12"]),
    ],
)
def test_amounts_are_read_with_the_decimal_sign_of_the_file(
    cells: list[str], amounts: list[str]
) -> None:
    """What one amount leaves open, another one of the same file decides."""
    lines = "\n".join(f"C{number};{cell}" for number, cell in enumerate(cells))
    found = read(f"CDR ID;Amount\n{lines}\n", currency="EUR")
    assert [line.amount for line in found.lines] == [Decimal(amount) for amount in amounts]


def test_every_bad_line_is_named_with_its_number() -> None:
    """As an editor counts them, the header included."""
    found = read(
        'CDR ID;Amount;Currency;Start\nC1;1,5;EUR;\n;1,5;EUR;\nC3;much;EUR;\nC4;1,5;XYZ;\n\n"C\n5";1;EUR;\n'
        "C6;1,5;EUR;yesterday\nC\u00e97;1;EUR;\nC8;1,2,3;EUR;\n"
    )
    assert [(wrong.line, wrong.reason.partition(".")[0]) for wrong in found.wrong] == [
        (3, "There is no CDR ID"),
        (4, "'much' is no amount"),
        (5, "'XYZ' is no currency"),
        (8, "CDR ID: character '\\n' at position 1 is not printable ASCII"),
        (9, "'yesterday' is no time"),
        (10, "CDR ID: character '\u00e9' at position 1 is not printable ASCII"),
        (11, "'1,2,3' is no amount"),
    ]
    assert [line.cdr_id for line in found.lines] == ["C1"]


def test_a_list_of_ids_alone_is_a_table() -> None:
    assert [line.cdr_id for line in read("CDR ID\nC1\nC2\n").lines] == ["C1", "C2"]


def test_amounts_with_tax_are_known_by_their_title() -> None:
    """Where both are there, those before tax are read."""
    gross, both = read("CDR;Brutto\nC1;3\n"), read("CDR;Brutto;Netto\nC1;3;2\n")
    assert (gross.is_gross, gross.lines[0].amount) == (True, 3)
    assert (both.is_gross, both.lines[0].amount) == (False, 2)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"PK\x03\x04...", "Save it as CSV"),
        (b"a;b\n1;2\n", "CDR ID"),
        (b"CDR ID;Amount\n", "no CDRs"),
        (b"CDR ID;Amount\nTotal;5\n", "no CDRs"),
    ],
)
def test_what_is_no_table_says_what_would_make_it_one(content: bytes, why: str) -> None:
    with pytest.raises(tables.Unreadable, match=why):
        tables.read(content, zone=ZONE)


def test_a_table_with_mistakes_everywhere_shows_the_first() -> None:
    """Two hundred are kept, all are counted."""
    found = read("CDR ID;Amount\n" + "C1;x\n" * 500)
    assert (len(found.wrong), found.faults, found.lines) == (200, 500, [])
