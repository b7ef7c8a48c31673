"""Which prices apply at a moment, by the letter of each version: slow, and independent of `ocpi`."""

from __future__ import annotations

from typing import Any, NamedTuple

Document = dict[str, Any]


class Moment(NamedTuple):
    time: str
    day: str
    date: str
    kwh: float
    power: float
    duration: int


def is_active(element: Document, moment: Moment) -> bool:
    """OCPI 2.3.0, mod_tariffs, TariffRestrictions: all of them must match."""
    said = element.get("restrictions") or {}
    start, end = said.get("start_time") or "00:00", said.get("end_time") or "00:00"
    end = "24:00" if end == "00:00" else end
    in_time = (
        start <= moment.time < end if start < end else moment.time >= start or moment.time < end
    )
    return (
        in_time
        and moment.day in (said.get("day_of_week") or [moment.day])
        and moment.date >= (said.get("start_date") or moment.date)
        and moment.date < (said.get("end_date") or "9999-12-31")
        and _in(said, "kwh", moment.kwh)
        and _in(said, "power", moment.power)
        and _in(said, "duration", moment.duration)
    )


def _in(said: Document, name: str, value: float) -> bool:
    least, most = said.get(f"min_{name}"), said.get(f"max_{name}")
    return (least is None or value >= least) and (most is None or value < most)


def by_dimension(elements: list[Document], moment: Moment) -> dict[str, Any]:
    """Since 2.2: per dimension the first element that matches and has it."""
    prices: dict[str, Any] = {}
    for element in elements:
        if is_active(element, moment):
            for component in reversed(element["price_components"]):
                prices.setdefault(component["type"], _price(component))
    return prices


def by_element(elements: list[Document], moment: Moment) -> dict[str, Any]:
    """2.1.1: the first element that matches, as a whole."""
    for element in elements:
        if is_active(element, moment):
            return {one["type"]: _price(one) for one in element["price_components"]}
    return {}


def _price(component: Document) -> tuple[Any, int]:
    return component["price"], component["step_size"]
