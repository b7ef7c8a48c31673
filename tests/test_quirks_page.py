"""The table of quirks names real codes and real tests, and has a row for each quirk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ocpi.dialect import Dialect
from ocpi.lenient.codes import CODES, FATAL

ROOT = Path(__file__).resolve().parent.parent
ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in (ROOT / "docs/quirks.md").read_text().splitlines()
    if re.match(r"\| [0-9]", line)
]
WORD = re.compile(r"`([a-z_0-9]+)`")
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
}
SOURCE = "".join((ROOT / "ocpi" / name).read_text() for name in ("envelope.py",))


def test_there_is_a_row_for_each() -> None:
    numbers = [int(row[0]) for row in ROWS]
    assert numbers == sorted(numbers)
    assert set(range(1, 71)) <= set(numbers)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_a_row_names_exists(row: list[str]) -> None:
    _, _, _, told, shown = row
    for code in WORD.findall(told):
        assert code in CODES or code in FATAL or f'"{code}"' in SOURCE
    for test in WORD.findall(shown):
        assert test in TESTS
    # What the portal answers at the reading is shown by a test of its own.
    assert WORD.findall(shown) or not WORD.findall(told)


def test_the_fields_of_a_dialect_that_are_named_exist() -> None:
    named = {name for row in ROWS for name in WORD.findall(row[2])}
    assert named - {"data", "error"} <= set(Dialect.__dataclass_fields__)
