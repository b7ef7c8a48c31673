"""The linter of tariffs: what is valid, and yet probably not what its owner means.

It finds; it changes and refuses nothing. :mod:`tariffs.pricing.lint_codes` lists the codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ocpi import convert
from tariffs.pricing.lint_codes import CODES, SEVERITIES, Code, Severity
from tariffs.pricing.lint_conditions import of_conditions
from tariffs.pricing.lint_gaps import gaps
from tariffs.pricing.lint_known import known
from tariffs.pricing.lint_lines import Remark, lines_of
from tariffs.pricing.lint_order import order
from tariffs.pricing.lint_prices import height, steps, taxes
from tariffs.pricing.lint_seconds import to_minutes
from tariffs.pricing.lint_whole import whole

__all__ = ["CODES", "EDITION", "SEVERITIES", "Code", "Remark", "Severity", "lint"]

EDITION = 1
"""Count it up when the linter says something else about the same tariff: what is stored is worked out anew."""


def lint(
    document: Mapping[str, Any], *, version: str = "2.3.0", at: datetime | None = None
) -> list[Remark]:
    """Every remark about a valid Tariff of a version, the gravest first, then in the order of its rows.

    It may lack prices or currency, and its times of day may have seconds. With ``at``, an aware time, it also
    says what is over by then; without, the answer depends on the document alone. Paths are those of the
    document; the limits of 2.2.1 are named as in 2.3.0.
    """
    canonical, remarks = to_minutes(_canonical(document, version))
    lines = lines_of(canonical)
    remarks += [
        *whole(canonical, lines, at),
        *known(canonical, lines),
        *height(lines),
        *steps(lines),
        *taxes(canonical, lines),
        *of_conditions(canonical, lines, at),
        *order(lines),
        *gaps(lines),
    ]
    return sorted(remarks, key=lambda one: (SEVERITIES.index(one.severity), _place(one.path)))


def _canonical(document: Mapping[str, Any], version: str) -> dict[str, Any]:
    """The elements are the same in every version; before 2.3.0, prices are without tax."""
    if version == "2.2.1":
        return convert.to_canonical(version, "tariff", dict(document)).document
    return {"tax_included": "NO", **document} if version == "2.1.1" else dict(document)


def _place(path: str) -> tuple[tuple[int, str], ...]:
    """Sorts ``elements.10`` behind ``elements.2``."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in path.split("."))
