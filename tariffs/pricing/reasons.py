"""Why elements of a Tariff did not price something, as facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from ocpi.numbers import plain
from ocpi.regions import DAYS
from tariffs.pricing.engine import kind_of
from tariffs.pricing.exact import DAY, SECOND
from tariffs.pricing.restrictions import Moment, Restriction, single_test, weekday
from tariffs.pricing.rules import RuleSet
from tariffs.pricing.tariff import CompiledTariff, Component, Element
from tariffs.pricing.walking import Stretch

_EPOCH = date(1970, 1, 1)


class Reason(NamedTuple):
    """Why an element did not price something.

    `restriction` is "reservation", "times_of_day", "day_of_week", "dates", "kwh", "duration" (s),
    "current" (A), "power" (kW), or "dimension" where an element of 2.1.1 matched but lacks the
    dimension. `least` (inclusive) and `most` (exclusive) bound what it wants, None being open; for
    days and reservations `wanted` lists what it wants. `actual` is what was the case, None if unknown.
    """

    restriction: str
    least: str | None
    most: str | None
    wanted: tuple[str, ...]
    actual: str | None


class Passed(NamedTuple):
    """An element that has the dimension, comes before the one that priced it, and did not hold."""

    element: int
    reasons: tuple[Reason, ...]


def passed_over(
    stretch: Stretch,
    tariff: CompiledTariff,
    dimension: str,
    component: Component | None,
    rules: RuleSet,
) -> Iterator[Passed]:
    """The elements that come before the chosen component and have its dimension, with why they do not hold."""
    whole = tariff.version == "2.1.1" and rules.whole_element
    for element in tariff.elements:
        if component is not None and element.place == component.element:
            return
        has = element.component(dimension) is not None
        if not has and not whole:
            continue
        reasons = tuple(_reasons(stretch, element, rules))
        if not reasons and not has:
            yield Passed(element.place, (Reason("dimension", None, None, (dimension,), None),))
            return
        if has:
            yield Passed(element.place, reasons)


def _reasons(stretch: Stretch, element: Element, rules: RuleSet) -> Iterator[Reason]:
    kind = kind_of(stretch.phase)
    if element.kind != kind and not (kind.endswith("_EXPIRES") and kind.startswith(element.kind)):
        wanted = (element.kind,) if element.kind else ()
        yield Reason("reservation", None, None, wanted, stretch.phase.value)
        return
    for one in element.restrictions:
        test = single_test(one, element.restrictions, rules.night_belongs_to_its_evening)
        if not test(stretch.moment):
            yield _reason(one, stretch.moment)


def _reason(one: Restriction, at: Moment) -> Reason:
    if one.name == "clock":
        return Reason("times_of_day", _clock(one.least), _clock(one.most), (), _clock(at.clock))
    if one.name == "days":
        wanted = tuple(DAYS[day] for day in sorted(one.days))
        return Reason("day_of_week", None, None, wanted, DAYS[weekday(at.day)])
    if one.name == "dates":
        return Reason("dates", _date(one.least), _date(one.most), (), _date(at.day))
    if one.name == "duration":
        return Reason(
            "duration", _seconds(one.least), _seconds(one.most), (), _seconds(at.duration)
        )
    name = "kwh" if one.name == "energy" else one.name
    actual = getattr(at, one.name)
    return Reason(name, _plain(one.least), _plain(one.most), (), _plain(actual))


def _clock(at: int) -> str:
    seconds = at % DAY // SECOND
    said = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return f"{said}:{seconds % 60:02}" if seconds % 60 else said


def _date(day: int | None) -> str | None:
    return None if day is None else (_EPOCH + timedelta(days=day)).isoformat()


def _seconds(amount: int | None) -> str | None:
    return None if amount is None else plain(Decimal(amount) / SECOND)


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
