"""What is doubtful in a Tariff although it is valid: findings for a page about data quality."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ocpi.currencies import DECIMALS
from ocpi.datetimes import parse_datetime
from ocpi.errors import Problem
from ocpi.regions import BOUNDS, DAYS, PHASES, Region, region_of
from ocpi.tariff_codes import TARIFF_CODES

Document = Mapping[str, Any]

MOST_PER_KWH = 5
MOST_PER_HOUR = 100
MOST_VAT = 50
COMPARABLE = frozenset({"AUD", "CAD", "CHF", "EUR", "GBP", "NZD", "SGD", "USD"})
"""Currencies whose unit is worth about as much as a euro: only there a price can look too high."""

_MOST = {"ENERGY": MOST_PER_KWH, "TIME": MOST_PER_HOUR, "PARKING_TIME": MOST_PER_HOUR}
_STATES_PRICE = re.compile(
    r"[€$£]\s*\d|\d\s*(?:[€$£]|EUR|USD|GBP|CHF|cent|ct\b)|(?:EUR|USD|GBP|CHF)\s*\d"
    r"|\d\s*(?:/|per)\s*(?:kWh|min|h\b|hour|uur|Stunde)",
    re.IGNORECASE,
)


def check_tariff(document: Document) -> list[Problem]:
    """Every finding about a canonical Tariff; codes and sentences are in TARIFF_CODES.

    What it has must be valid, but it may lack prices or currency.
    """
    return [
        Problem(code, path, TARIFF_CODES[code], value) for code, path, value in _found(document)
    ]


Finding = tuple[str, str, Any]


def _found(document: Document) -> Iterator[Finding]:
    elements = document.get("elements") or []
    currency = (document.get("currency") or "").upper()
    yield from _header(document, elements, currency)
    yield from _reachability(elements)
    for index, element in enumerate(elements):
        path = f"elements.{index}"
        yield from _restrictions(element.get("restrictions") or {}, f"{path}.restrictions")
        yield from _components(element, path, currency)


def _header(document: Document, elements: list[Document], currency: str) -> Iterator[Finding]:
    get = document.get
    if currency not in DECIMALS:
        yield "currency_unknown", "currency", get("currency")
    for index, text in enumerate(get("tariff_alt_text") or ()):
        if _STATES_PRICE.search(text["text"]):
            yield "alt_text_states_price", f"tariff_alt_text.{index}", text["text"]
    least, most = get("min_price") or {}, get("max_price") or {}
    for name in ("before_taxes", "after_taxes"):
        if least.get(name) is not None and most.get(name) is not None and least[name] > most[name]:
            yield "limits_reversed", f"min_price.{name}", least[name]
    start, end = get("start_date_time"), get("end_date_time")
    if start and end and parse_datetime(start) >= parse_datetime(end):
        yield "validity_reversed", "start_date_time", start
    flat = list(_flat_fees(elements))
    if len(flat) > 1:
        yield "several_flat_fees", flat[1], len(flat)


def _flat_fees(elements: list[Document]) -> Iterator[str]:
    """The places of flat fees of the same session that cost something."""
    for index, element in enumerate(elements):
        restrictions = element.get("restrictions") or {}
        if not any(restrictions.get(phase) for phase in PHASES):
            for place, component in enumerate(element["price_components"]):
                if component["type"] == "FLAT" and component["price"] != 0:
                    yield f"elements.{index}.price_components.{place}"


def _reachability(elements: list[Document]) -> Iterator[Finding]:
    earlier: dict[str, list[Region]] = {}
    for index, element in enumerate(elements):
        region = region_of(element.get("restrictions"))
        if region.is_empty():
            continue
        dimensions = dict.fromkeys(one["type"] for one in element["price_components"])
        shadowed = [
            name for name in dimensions if any(one.covers(region) for one in earlier.get(name, ()))
        ]
        if len(shadowed) == len(dimensions):
            yield "element_unreachable", f"elements.{index}", None
        else:
            for place, component in enumerate(element["price_components"]):
                if component["type"] in shadowed:
                    path = f"elements.{index}.price_components.{place}"
                    yield "price_unreachable", path, component["type"]
        for name in dimensions:
            earlier.setdefault(name, []).append(region)


def _restrictions(given: Document, path: str) -> Iterator[Finding]:
    for least_name, most_name in BOUNDS:
        least, most = given.get(least_name), given.get(most_name)
        if least is not None and most is not None and least >= most:
            yield "min_not_below_max", f"{path}.{least_name}", least
        elif least is not None and least <= 0:
            yield "restriction_without_effect", f"{path}.{least_name}", least
    if set(given.get("day_of_week") or ()) == set(DAYS):
        yield "restriction_without_effect", f"{path}.day_of_week", None
    start, end = given.get("start_date"), given.get("end_date")
    if start is not None and end is not None and start >= end:
        yield "dates_hold_no_day", f"{path}.end_date", end
    yield from _window(given.get("start_time"), given.get("end_time"), path)


def _window(start: str | None, end: str | None, path: str) -> Iterator[Finding]:
    if end == "23:59":
        yield "last_minute_uncovered", f"{path}.end_time", end
    elif start is not None and start == end and start != "00:00":
        yield "window_without_length", f"{path}.end_time", end
    elif "00:00" in {start, end} and {start, end} <= {None, "00:00"}:
        name = "start_time" if start is not None else "end_time"
        yield "restriction_without_effect", f"{path}.{name}", "00:00"


def _components(element: Document, path: str, currency: str) -> Iterator[Finding]:
    restrictions = element.get("restrictions") or {}
    is_phase = any(restrictions.get(phase) for phase in PHASES)
    seen: set[str] = set()
    for place, component in enumerate(element["price_components"]):
        here, dimension = f"{path}.price_components.{place}", component["type"]
        if dimension in seen:
            yield "dimension_twice", here, dimension
        seen.add(dimension)
        if is_phase and dimension not in {"TIME", "FLAT"}:
            yield "reservation_prices_use", here, dimension
        yield from _price(component, here, currency)
        if dimension != "FLAT" and component["step_size"] != 1:
            code = "step_size_not_one" if component["step_size"] > 1 else "step_size_zero"
            yield code, f"{here}.step_size", component["step_size"]


def _price(component: Document, path: str, currency: str) -> Iterator[Finding]:
    price, vat = component["price"], component.get("vat")
    most = _MOST.get(component["type"])
    if price < 0:
        yield "price_negative", f"{path}.price", price
    elif most is not None and price > most and currency in COMPARABLE:
        yield "price_implausible", f"{path}.price", price
    if vat is not None and (vat < 0 or 0 < vat < 1 or vat > MOST_VAT):
        yield "vat_implausible", f"{path}.vat", vat
