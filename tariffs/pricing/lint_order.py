"""Remarks about prices for the same thing that hold at the same time, so that their order decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ocpi.regions import Region, restrictions_of
from ocpi.tariff_words import conditions
from tariffs.pricing.lint_lines import Line, Remark, remark, rows


class _Overlap(NamedTuple):
    earlier: Line
    common: Region


def order(lines: Sequence[Line]) -> Iterator[Remark]:
    """One remark per row that overlaps earlier ones at another price, none of which holds all of the other.

    A price with conditions before one without is the usual way to write an exception, and what can never apply
    is said elsewhere: of neither there is a remark.
    """
    by_dimension: dict[str, list[Line]] = {}
    for line in lines:
        if line.region.is_empty() or line.region.opaque:
            continue
        earlier = by_dimension.setdefault(line.dimension, [])
        found = [overlap for one in earlier if (overlap := _overlap(one, line)) is not None]
        if found:
            yield _said(line, found)
        earlier.append(line)


def _overlap(earlier: Line, later: Line) -> _Overlap | None:
    one, two = earlier.region, later.region
    if earlier.price == later.price or one.phase != two.phase:
        return None
    common = one.meets(two)
    if common is None or one.covers(two) or two.covers(one):
        return None
    return _Overlap(earlier, common)


def _said(line: Line, found: list[_Overlap]) -> Remark:
    by_time = [one for one in found if one.earlier.region.bounds == line.region.bounds]
    about = by_time or found
    first = about[0]
    others = [one.earlier for one in about[1:]]
    also = f" {rows(others)} overlap{'s' if len(others) == 1 else ''} it too." if others else ""
    return remark(
        "windows_overlap" if by_time else "conditions_overlap",
        line.conditions_path,
        f"Row {line.number} ({line.cost}) and row {first.earlier.number} ({first.earlier.cost}) for"
        f" {line.what} both hold {_when(first.common)}; then row {first.earlier.number} counts, because it"
        f" comes first.{also}",
        "Check that this is meant; otherwise exchange the rows, or make their conditions exclude each other.",
    )


def _when(common: Region) -> str:
    said = [", ".join(conditions(one)) for one in restrictions_of(common)]
    return " and ".join(one for one in said if one) or "at times"
