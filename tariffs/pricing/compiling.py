"""Reads a Tariff document of any version, leniently, into a :class:`CompiledTariff`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from ocpi.regions import DAYS, PHASES
from tariffs.pricing.exact import DAY, SECOND
from tariffs.pricing.restrictions import Restriction
from tariffs.pricing.tables import (
    DIMENSIONS,
    KINDS,
    boundaries_of,
    has_several_flats,
    tables_of,
)
from tariffs.pricing.tariff import CompiledTariff, Component, Element, Limit, NotATariff

Document = Mapping[str, Any]

TARIFF_NOTES = {
    "SEVERAL_OF_A_DIMENSION": "An element has several prices for one dimension; the first one is used.",
    "STEP_SIZE_BELOW_1": "A step size is below 1; amounts under it are not rounded.",
    "UNKNOWN_RESTRICTION": "A restriction is not one of OCPI; it is ignored.",
    "UNKNOWN_DIMENSION": "A price is for something OCPI does not know; it is ignored.",
    "NOT_FOR_RESERVATIONS": "A reservation or booking has a price other than a fee and time; it is ignored.",
    "WINDOW_WITHOUT_LENGTH": "A time of day ends when it starts; it is taken as the whole day.",
    "MORE_THAN_ONE_FLAT_POSSIBLE": "Several flat fees could become active in one charge.",
}
"""What is odd about a Tariff, by code."""

_MEASURES = {"kwh": "energy", "power": "power", "current": "current", "duration": "duration"}
_KNOWN = {
    *("start_time", "end_time", "start_date", "end_date", "day_of_week", *PHASES),
    *(f"{side}_{name}" for side in ("min", "max") for name in _MEASURES),
}
_TIME = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9])(?:\.\d*)?)?")
_WHOLE_DAYS = frozenset(range(7))
_KINDS_SAID = {kind for kind in KINDS if kind and " " not in kind}


def compile_tariff(document: Document, *, version: str = "2.3.0") -> CompiledTariff:
    """Make a Tariff ready to price by.

    `document` is canonical (2.3.0), or of OCPI 2.2.1 (prices before tax) or 2.1.1 (prices before tax, the
    first matching element as a whole). Numbers may be int, float, Decimal or text. What lenient reading
    lets through is accepted and noted. Raises NotATariff, naming the path, for what cannot be read.
    """
    notes: list[str] = []
    raw = document.get("elements")
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        raise NotATariff("elements", "a list with at least one element is needed")
    elements = tuple(
        _element(index, element, f"elements.{index}", notes) for index, element in enumerate(raw)
    )
    currency = document.get("currency")
    if not isinstance(currency, str) or len(currency) != 3:
        raise NotATariff("currency", "the three letters of a currency are needed")
    tables = tables_of(elements, whole=version == "2.1.1")
    if has_several_flats(tables["", False, True]):
        notes.append("MORE_THAN_ONE_FLAT_POSSIBLE")
    boundaries = boundaries_of(elements)
    rates = {one.vat for element in elements for one in element.components}
    return CompiledTariff(
        tariff_id=str(document.get("id") or ""),
        currency=currency.upper(),
        version=version,
        tax_included=_tax_included(document, version),
        elements=elements,
        minimum=_limit(document.get("min_price"), "min_price"),
        maximum=_limit(document.get("max_price"), "max_price"),
        notes=tuple(dict.fromkeys(notes)),
        boundaries=boundaries,
        is_bounded=any(boundaries),
        single_vat=rates.pop() if len(rates) == 1 else None,
        tables=tables,
    )


def _tax_included(document: Document, version: str) -> str | None:
    if version != "2.3.0":
        return "NO"
    said = document.get("tax_included")
    if said not in {None, "YES", "NO", "N/A"}:
        raise NotATariff("tax_included", f"{said!r} is not YES, NO or N/A")
    return said


def _element(index: int, given: Any, path: str, notes: list[str]) -> Element:
    if not isinstance(given, Mapping):
        raise NotATariff(path, "an object is needed")
    restrictions = given.get("restrictions") or {}
    if not isinstance(restrictions, Mapping):
        raise NotATariff(f"{path}.restrictions", "an object is needed")
    kind = _kind(restrictions, f"{path}.restrictions")
    raw = given.get("price_components")
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise NotATariff(f"{path}.price_components", "a list is needed")
    components: list[Component] = []
    for place, one in enumerate(raw):
        component = _component(index, place, one, f"{path}.price_components.{place}", notes)
        if component is None:
            continue
        if kind and component.dimension not in {"FLAT", "TIME"}:
            notes.append("NOT_FOR_RESERVATIONS")
        elif any(component.dimension == earlier.dimension for earlier in components):
            notes.append("SEVERAL_OF_A_DIMENSION")
        else:
            components.append(component)
    return Element(
        place=index,
        kind=kind,
        components=tuple(components),
        restrictions=tuple(_restrictions(restrictions, f"{path}.restrictions", notes)),
    )


def _kind(restrictions: Document, path: str) -> str:
    for name in PHASES:
        said = restrictions.get(name)
        if said is None or said == "":
            continue
        if said not in _KINDS_SAID:
            raise NotATariff(f"{path}.{name}", f"{said!r} is not known")
        return str(said)
    return ""


def _component(
    element: int, index: int, given: Any, path: str, notes: list[str]
) -> Component | None:
    if not isinstance(given, Mapping):
        raise NotATariff(path, "an object is needed")
    dimension = given.get("type")
    if dimension not in DIMENSIONS:
        notes.append("UNKNOWN_DIMENSION")
        return None
    price = _number(given.get("price"), f"{path}.price")
    if price is None:
        raise NotATariff(f"{path}.price", "a number is needed")
    step = _number(given.get("step_size"), f"{path}.step_size")
    step_size = 1 if step is None else int(step)
    if step_size < 1:
        step_size = 0
        if dimension != "FLAT":
            notes.append("STEP_SIZE_BELOW_1")
    vat = _number(given.get("vat"), f"{path}.vat")
    return Component(element, index, str(dimension), price, vat, step_size)


def _number(given: Any, path: str) -> Decimal | None:
    if given is None or given == "":
        return None
    if isinstance(given, bool):
        raise NotATariff(path, "a number is needed")
    try:
        number = given if isinstance(given, Decimal) else Decimal(str(given))
    except InvalidOperation:
        raise NotATariff(path, f"{str(given)[:40]!r} is not a number") from None
    if not number.is_finite():
        raise NotATariff(path, f"{given} is not a number that can be priced with")
    return number


def _limit(given: Any, path: str) -> Limit | None:
    """A PriceLimit of 2.3.0, a Price of 2.2.1, or a bare number, which is before tax."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        return Limit(_number(given, path))
    before = given.get("before_taxes", given.get("excl_vat"))
    after = given.get("after_taxes", given.get("incl_vat"))
    return Limit(
        _number(before, f"{path}.before_taxes"),
        _number(after, f"{path}.after_taxes"),
    )


def _restrictions(given: Document, path: str, notes: list[str]) -> Iterable[Restriction]:
    """What restricts nothing is left out: a minimum of 0, all seven days, the whole day."""
    yield from _clock(given, path, notes)
    if days := _days(given.get("day_of_week"), f"{path}.day_of_week"):
        yield Restriction("days", days=days)
    first = _date(given.get("start_date"), f"{path}.start_date")
    last = _date(given.get("end_date"), f"{path}.end_date")
    if first is not None or last is not None:
        yield Restriction("dates", first, last)
    for name, measure in _MEASURES.items():
        least = _number(given.get(f"min_{name}"), f"{path}.min_{name}")
        most = _number(given.get(f"max_{name}"), f"{path}.max_{name}")
        if least is not None and least <= 0:
            least = None
        if least is None and most is None:
            continue
        if measure == "duration":
            yield Restriction(measure, _seconds(least), _seconds(most))
        else:
            yield Restriction(measure, least, most)
    if any(name not in _KNOWN and value not in (None, []) for name, value in given.items()):
        notes.append("UNKNOWN_RESTRICTION")


def _seconds(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount * SECOND)


def _clock(given: Document, path: str, notes: list[str]) -> Iterable[Restriction]:
    first = _time(given.get("start_time"), f"{path}.start_time") or 0
    last = _time(given.get("end_time"), f"{path}.end_time") or 0
    if first % DAY == last % DAY:
        if first % DAY:
            notes.append("WINDOW_WITHOUT_LENGTH")
        return
    yield Restriction("clock", first % DAY, last or DAY)


def _time(given: Any, path: str) -> int | None:
    """Microseconds since midnight; seconds and 24:00 are accepted."""
    if given is None or given == "":
        return None
    match = _TIME.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise NotATariff(path, f"{str(given)[:40]!r} is not a time of day")
    hour, minute, second = (int(part or 0) for part in match.groups())
    at = (hour * 3600 + minute * 60 + second) * SECOND
    if at > DAY:
        raise NotATariff(path, f"{given[:40]!r} is not a time of day")
    return at


def _date(given: Any, path: str) -> int | None:
    if given is None or given == "":
        return None
    try:
        return date.fromisoformat(given).toordinal() - _EPOCH_DAY
    except (TypeError, ValueError):
        raise NotATariff(path, f"{str(given)[:40]!r} is not a date") from None


_EPOCH_DAY = date(1970, 1, 1).toordinal()


def _days(given: Any, path: str) -> frozenset[int]:
    """Weekdays, Monday being 0; empty if they restrict nothing."""
    if not given:
        return frozenset()
    days = [given] if isinstance(given, str) else given
    unknown = [day for day in days if day not in DAYS]
    if unknown:
        raise NotATariff(path, f"{unknown[0]!r} is not a day of the week")
    places = frozenset(DAYS.index(day) for day in days)
    return frozenset() if places == _WHOLE_DAYS else places
