"""Tariffs in plain words, for lists and for lines beside a connector."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from ocpi.currencies import money
from ocpi.tariff_table import PriceTable
from tariffs.models import Tariff

NO_PRICE = "Says no price"
FREE = "Free of charge"
NUMBERS = (int, float, Decimal)
UNITS = {
    "ENERGY": "per kWh",
    "TIME": "per hour charging",
    "PARKING_TIME": "per hour parked",
    "FLAT": "per session",
}


def price_line(document: Mapping[str, Any], prices: PriceTable | None = None) -> str:
    """What charging costs, in a line: ``EUR 0.25 to 0.45 per kWh, EUR 2.00 per hour parked``.

    A span stands for prices that depend on when, how long or how fast somebody charges. Reservations and
    bookings are left out. What can never apply is only known to ``prices``, the document's table: it is left
    out where that is given.
    """
    elements = document.get("elements")
    if not elements:
        return NO_PRICE
    never = {(row.element, row.component) for row in prices.rows if row.never} if prices else set()
    found: dict[str, list[Any]] = {}
    for component in _components(elements, never):
        found.setdefault(str(component.get("type")), []).append(component.get("price"))
    currency = str(document.get("currency") or "").upper()
    parts = [
        f"{_span(found[dimension], currency)} {unit}"
        for dimension, unit in UNITS.items()
        if any(isinstance(price, NUMBERS) and price for price in found.get(dimension, ()))
    ]
    if not parts:
        return FREE if found else NO_PRICE
    return ", ".join(parts)


def _components(elements: Any, never: Container[tuple[int, int]]) -> Iterator[Mapping[str, Any]]:
    for place, element in enumerate(elements):
        restrictions = element.get("restrictions") or {}
        if restrictions.get("reservation") or restrictions.get("booking"):
            continue
        for index, component in enumerate(element.get("price_components") or ()):
            if (place, index) not in never:
                yield component


def _span(prices: list[Any], currency: str) -> str:
    numbers = sorted({price for price in prices if isinstance(price, NUMBERS)})
    least = money(numbers[0], currency)
    return least if len(numbers) == 1 else f"{least} to {money(numbers[-1], '')}"


def validity(tariff: Tariff) -> str:
    """From when until when it is valid, in the reader's time; empty when always."""
    begin, end = tariff.valid_from, tariff.valid_until
    if begin is not None and end is not None:
        return f"{_day(begin)} to {_day(end)}"
    if begin is not None:
        return f"from {_day(begin)}"
    return f"until {_day(end)}" if end is not None else ""


def _day(at: datetime) -> str:
    local = timezone.localtime(at)
    return (
        f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"
    )


def texts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The explaining texts with their languages."""
    return [
        (str(text.get("language") or ""), str(text.get("text") or ""))
        for text in document.get("tariff_alt_text") or ()
        if isinstance(text, Mapping)
    ]
