"""A statement on paper: A4, with an embedded font, so that it prints everywhere as it was made."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils import timezone
from fpdf import FPDF
from fpdf.enums import MethodReturnValue

from settlement import words
from settlement.choices import StatementState
from settlement.documents.contents import Company, Contents, Line

# They say of every document which tables of the fonts they keep.
for _name in ("fontTools", "fpdf"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_FONTS = Path(__file__).parent / "fonts"
_INK, _QUIET, _LINE = (24, 32, 38), (96, 108, 118), (208, 214, 219)
_WIDTH = 174.0
_LEFT = 18.0
_RATE_COLUMNS = (
    ("Tax", 52.0, "L"),
    ("CDRs", 18.0, "R"),
    ("Energy", 32.0, "R"),
    ("Before tax", 24.0, "R"),
    ("Tax", 22.0, "R"),
    ("With tax", 26.0, "R"),
)
_KIND_COLUMNS = (("What it is made of, exact", 52.0, "L"), *_RATE_COLUMNS[1:])


class _Paper(FPDF):
    """Pages with the number of the statement and their own at the foot."""

    def __init__(self, reference: str, mark: str) -> None:
        super().__init__(format="A4")
        self.reference, self.mark = reference, mark
        self.add_font("Inter", "", _FONTS / "Inter-Regular.ttf")
        self.add_font("Inter", "B", _FONTS / "Inter-SemiBold.ttf")
        self.set_margins(_LEFT, 18, _LEFT)
        self.set_auto_page_break(True, margin=22)
        self.alias_nb_pages()

    def footer(self) -> None:
        self.set_y(-16)
        self.set_font("Inter", "", 7.5)
        self.set_text_color(*_QUIET)
        self.cell(_WIDTH / 2, 5, f"{self.reference}{self.mark}")
        self.cell(_WIDTH / 2, 5, f"Page {self.page_no()} of {{nb}}", align="R")


def render(said: Contents) -> bytes:
    """The document as PDF. What is not approved says on every page that it is a draft."""
    statement = said.statement
    reference = statement.number or f"{said.title}, {said.month}"
    paper = _Paper(reference, " · Draft, not approved" if said.is_draft else "")
    paper.set_title(reference)
    paper.set_creator("Roaming portal")
    paper.add_page()
    _head(paper, said)
    _parties(paper, said)
    _facts(paper, said)
    _table(paper, _RATE_COLUMNS, said.rates, _total(said), said.currency)
    _rounding(paper, said)
    _table(paper, _KIND_COLUMNS, said.kinds, None, said.currency)
    _notes(paper, said)
    return bytes(paper.output())


def _write(
    paper: _Paper, size: float, style: str = "", colour: tuple[int, int, int] = _INK
) -> None:
    paper.set_font("Inter", style, size)
    paper.set_text_color(*colour)


def _head(paper: _Paper, said: Contents) -> None:
    _write(paper, 20, "B")
    paper.cell(120, 10, said.title)
    _write(paper, 10.5, "B")
    paper.cell(_WIDTH - 120, 10, said.statement.number or "No number yet", align="R")
    paper.ln(10)
    _write(paper, 10, colour=_QUIET)
    paper.cell(120, 6, said.month)
    if said.is_draft:
        state = (
            "Draft" if said.statement.state == StatementState.OPEN else "Draft, waits for approval"
        )
        paper.cell(_WIDTH - 120, 6, state, align="R")
    paper.ln(12)


def _parties(paper: _Paper, said: Contents) -> None:
    top = paper.get_y()
    bottoms = []
    for place, company in enumerate((said.seller, said.buyer)):
        bottoms.append(_company(paper, company, _LEFT + place * (_WIDTH / 2 + 3), top))
    paper.set_y(max(bottoms) + 4)
    _write(paper, 9)
    paper.multi_cell(_WIDTH, 5, said.explanation, align="L")
    paper.ln(3)


def _company(paper: _Paper, company: Company, left: float, top: float) -> float:
    width = _WIDTH / 2 - 3
    lines = [
        (8.0, "", _QUIET, company.what),
        (11.0, "B", _INK, company.name or company.identity),
        (9.0, "", _INK, f"{company.identity} · {company.role}"),
        (9.0, "", _QUIET, company.website),
    ]
    paper.set_xy(left, top)
    for size, style, colour, text in lines:
        if text:
            _write(paper, size, style, colour)
            paper.set_x(left)
            paper.multi_cell(width, size * 0.52, text, new_x="LEFT", new_y="NEXT")
    return paper.get_y()


def _facts(paper: _Paper, said: Contents) -> None:
    facts = [("Charges that ended", f"{said.period} ({said.zone})")]
    if said.statement.closed_at is not None:
        facts.append(("Closed", f"{said.statement.closed_at:%Y-%m-%d}"))
    if said.due is not None:
        facts.append(("To be paid by", f"{said.due:%Y-%m-%d} ({said.payment_days} days)"))
    facts.append(("CDRs", f"{said.cdrs}, {said.energy}"))
    for name, value in facts:
        _write(paper, 9, colour=_QUIET)
        paper.cell(38, 5.4, name)
        _write(paper, 9)
        paper.cell(0, 5.4, value)
        paper.ln(5.4)
    paper.ln(5)


def _total(said: Contents) -> Line:
    return Line(
        f"Total in {said.currency}",
        f"{said.figures.cdrs:,}".replace(",", "\u202f"),
        said.energy,
        words.number(said.figures.before_tax, said.currency),
        words.number(said.figures.tax, said.currency),
        words.number(said.figures.after_tax, said.currency),
    )


def _table(
    paper: _Paper,
    columns: Sequence[tuple[str, float, str]],
    lines: Sequence[Line],
    total: Line | None,
    currency: str,
) -> None:
    _write(paper, 8, colour=_QUIET)
    for title, width, align in columns:
        shown = f"{title}, {currency}" if title == "With tax" else title
        paper.cell(width, 6, shown, align=align)
    paper.ln(6)
    for line in lines:
        _row(paper, columns, line, "")
    if total is not None:
        paper.set_line_width(0.5)
        _row(paper, columns, total, "B")
        paper.set_line_width(0.2)
    paper.ln(6)


def _row(paper: _Paper, columns: Sequence[tuple[str, float, str]], line: Line, style: str) -> None:
    _write(paper, 9, style)
    first = columns[0][1]
    wrapped: Any = paper.multi_cell(
        first, 5, line.label, dry_run=True, output=MethodReturnValue.LINES
    )
    height = 5.0 * max(1, len(wrapped)) + 2
    if paper.will_page_break(height):
        paper.add_page()
    top = paper.get_y()
    paper.set_draw_color(*(_INK if style else _LINE))
    paper.line(_LEFT, top, _LEFT + _WIDTH, top)
    paper.set_xy(_LEFT, top + 1)
    paper.multi_cell(first, 5, line.label, align="L", new_x="RIGHT", new_y="TOP")
    for (_, width, align), text in zip(columns[1:], line[1:6], strict=True):
        paper.cell(width, 5, text, align=align)
    paper.set_xy(_LEFT, top + height)


def _rounding(paper: _Paper, said: Contents) -> None:
    if not said.rounding:
        return
    _write(paper, 8.5, colour=_QUIET)
    paper.set_y(paper.get_y() - 4)
    paper.cell(0, 5, f"Rounded from {said.exact}: {said.rounding}", align="R")
    paper.ln(9)


def _notes(paper: _Paper, said: Contents) -> None:
    for note in said.notes:
        _write(paper, 8.5)
        paper.multi_cell(_WIDTH, 4.8, note, align="L", new_x="LMARGIN", new_y="NEXT")
        paper.ln(1.5)
    _write(paper, 7.5, colour=_QUIET)
    paper.ln(2)
    made = timezone.localtime()
    digest = f" Check sum of its entries: {said.figures.digest:x}." if said.figures.digest else ""
    paper.multi_cell(_WIDTH, 4.2, f"Made {made:%Y-%m-%d %H:%M} {made.tzname()}.{digest}")
