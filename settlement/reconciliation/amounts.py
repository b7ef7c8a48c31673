"""Amounts of money as people and programs write them in tables: decimal commas or points, signs, thousands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

SIGNS = {"€": "EUR", "£": "GBP", "$": "USD"}
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,'\u2019\s\u00a0\u202f][0-9]+)*")
_BETWEEN = re.compile(r"['\u2019\s\u00a0\u202f]")


def in_cell(cell: str) -> tuple[str, str]:
    """The number in a cell, and the currency beside it: ``12,50 €`` or ``EUR 12.50``."""
    sign = next((code for mark, code in SIGNS.items() if mark in cell), "")
    rest = cell
    for mark in SIGNS:
        rest = rest.replace(mark, "")
    letters = re.fullmatch(r"\s*([A-Za-z]{3})\s+(.*)|(.*)\s+([A-Za-z]{3})\s*", rest)
    if letters:
        sign = (letters[1] or letters[4]).upper()
        rest = letters[2] or letters[3] or ""
    return rest.replace("\u2212", "-").strip(), sign


def decimal_sign(cells: Iterable[str]) -> str:
    """The decimal sign of a file, by the amounts that leave no doubt; where all do, each has its own."""
    for cell in cells:
        number = _BETWEEN.sub("", in_cell(cell)[0])
        comma, point = number.rfind(","), number.rfind(".")
        if comma >= 0 and point >= 0:
            return "," if comma > point else "."
        for sign, place in ((",", comma), (".", point)):
            if place < 0 or number.count(sign) > 1:
                continue
            before, after = number[:place].lstrip("+-"), number[place + 1 :]
            if len(after) != 3 or before in ("", "0") or len(before) > 3:
                return sign
    return ""


def read(text: str, decimal: str) -> Decimal | None:
    """An amount, with the decimal sign of its file (empty: its own); ``None`` for what is none."""
    if not _NUMBER.fullmatch(text):
        return None
    number = _BETWEEN.sub("", text)
    sign = decimal or next((each for each in ",." if number.count(each) == 1), ".")
    other = "." if sign == "," else ","
    whole, _, fraction = number.partition(sign)
    if other in fraction or sign in fraction:
        return None
    groups = whole.split(other)
    if len(groups) > 1 and not all(len(group) == 3 for group in groups[1:]):
        return None
    try:
        found = Decimal("".join(groups) + (f".{fraction}" if fraction else ""))
    except InvalidOperation:
        return None
    return found if abs(found) < Decimal(10) ** 14 and len(fraction) <= 8 else None
