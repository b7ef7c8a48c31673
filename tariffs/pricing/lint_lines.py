"""The prices of a tariff as numbered lines, as the table of prices numbers them, and remarks about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from ocpi.currencies import money
from ocpi.numbers import exact_decimal
from ocpi.regions import PHASES, Region, region_of
from tariffs.pricing.lint_codes import CODES, Severity

Document = Mapping[str, Any]

DIMENSIONS = {
    "ENERGY": "energy",
    "TIME": "charging time",
    "PARKING_TIME": "parking",
    "FLAT": "the flat fee",
}


class Remark(NamedTuple):
    """Something about a tariff that somebody should look at.

    ``path`` is dotted with list indexes, as in the document (``elements.2.price_components.0.step_size``), and
    empty for the whole tariff. ``message`` names the rows of the table of prices, which count from 1.
    ``suggestion`` is empty where there is nothing to advise.
    """

    code: str
    severity: Severity
    path: str
    message: str
    suggestion: str = ""

    @property
    def title(self) -> str:
        """What is the matter, without the place."""
        return CODES[self.code].title


def remark(code: str, path: str, message: str, suggestion: str = "") -> Remark:
    """A remark of a known code, which says how grave it is."""
    return Remark(code, CODES[code].severity, path, message, suggestion)


class Line(NamedTuple):
    """One Price Component with what it needs to be judged; ``number`` is its row in the table of prices."""

    number: int
    element: int
    component: int
    dimension: str
    price: Decimal
    vat: Decimal | None
    step_size: int
    currency: str
    restrictions: Document
    region: Region

    @property
    def path(self) -> str:
        return f"elements.{self.element}.price_components.{self.component}"

    @property
    def conditions_path(self) -> str:
        return f"elements.{self.element}.restrictions"

    @property
    def is_use(self) -> bool:
        """Whether it prices charging and parking, not a reservation or booking."""
        return not any(self.restrictions.get(phase) for phase in PHASES)

    @property
    def what(self) -> str:
        return DIMENSIONS.get(self.dimension, self.dimension)

    @property
    def cost(self) -> str:
        """``EUR 0.25``."""
        return money(self.price, self.currency)


def lines_of(document: Document) -> list[Line]:
    """The lines of a valid canonical Tariff; empty when it has no elements."""
    currency = str(document.get("currency") or "").upper()
    lines: list[Line] = []
    for place, element in enumerate(document.get("elements") or ()):
        restrictions = element.get("restrictions") or {}
        region = region_of(restrictions)
        for index, component in enumerate(element["price_components"]):
            vat = component.get("vat")
            lines.append(
                Line(
                    number=len(lines) + 1,
                    element=place,
                    component=index,
                    dimension=component["type"],
                    price=exact_decimal(component["price"]),
                    vat=None if vat is None else exact_decimal(vat),
                    step_size=int(component["step_size"]),
                    currency=currency,
                    restrictions=restrictions,
                    region=region,
                )
            )
    return lines


def at_path(lines: Iterable[Line], path: str) -> list[Line]:
    """The lines that a path into the document is about."""
    parts = path.split(".")
    if parts[0] != "elements" or len(parts) < 2:
        return []
    element = int(parts[1])
    component = int(parts[3]) if len(parts) > 3 and parts[2] == "price_components" else None
    return [
        line for line in lines if line.element == element and component in {None, line.component}
    ]


def rows(lines: Sequence[Line]) -> str:
    """``Row 3``, ``Rows 2 and 5``, ``Rows 1 to 4``."""
    numbers = sorted({line.number for line in lines})
    if len(numbers) == 1:
        return f"Row {numbers[0]}"
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"Rows {numbers[0]} to {numbers[-1]}"
    shown = [str(number) for number in numbers[:6]]
    if len(numbers) > len(shown):
        return f"Rows {', '.join(shown)} and {len(numbers) - len(shown)} more"
    return f"Rows {', '.join(shown[:-1])} and {shown[-1]}"
