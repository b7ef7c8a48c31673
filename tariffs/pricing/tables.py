"""Which components are tried for which phase and dimension, and where prices may change."""

from __future__ import annotations

from typing import Any

from tariffs.pricing.exact import DAY
from tariffs.pricing.restrictions import MEASURES, test_of
from tariffs.pricing.tariff import Boundaries, Candidate, Element, Table

DIMENSIONS = ("ENERGY", "FLAT", "PARKING_TIME", "TIME")
KINDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "": (("",),),
    "RESERVATION": (("RESERVATION",),),
    "RESERVATION_EXPIRES": (("RESERVATION_EXPIRES",), ("RESERVATION",)),
    "RESERVATION_EXPIRES in order": (("RESERVATION_EXPIRES", "RESERVATION"),),
    "BOOKING": (("BOOKING",),),
    "BOOKING_EXPIRES": (("BOOKING_EXPIRES",), ("BOOKING",)),
    "BOOKING_CANCELLATION_FEES": (("BOOKING_CANCELLATION_FEES",),),
    "BOOKING_OVERTIME": (("BOOKING_OVERTIME",),),
}
"""Which elements price a phase, by the value of `reservation` or `booking`: groups tried in turn (A-05)."""


def tables_of(elements: tuple[Element, ...], *, whole: bool) -> dict[tuple[str, bool, bool], Table]:
    """By kind of phase, whether nights belong to their evening, and whether 2.1.1 is taken by the letter."""
    tables: dict[tuple[str, bool, bool], Table] = {}
    kinds = {element.kind for element in elements}
    nights = any(map(_has_night_of_days, elements))
    for kind, groups in KINDS.items():
        if not any(kinds.intersection(group) for group in groups):
            tables.update({(kind, night, flag): _NO_TABLE for night in _BOTH for flag in _BOTH})
            continue
        for night in _BOTH:
            for flag in _BOTH:
                if (night and not nights) or (flag and not whole):
                    tables[kind, night, flag] = tables[kind, night and nights, flag and whole]
                else:
                    tables[kind, night, flag] = _table(elements, kind, night=night, whole=flag)
    return tables


_BOTH = (False, True)
_NO_TABLE: Table = dict.fromkeys(DIMENSIONS, ())


def _has_night_of_days(element: Element) -> bool:
    names = {one.name for one in element.restrictions}
    return {"clock", "days"} <= names and any(
        one.name == "clock" and one.least > one.most for one in element.restrictions
    )


def _table(elements: tuple[Element, ...], kind: str, *, night: bool, whole: bool) -> Table:
    table: dict[str, tuple[Candidate, ...]] = {}
    for dimension in DIMENSIONS:
        candidates: list[Candidate] = []
        for wanted in KINDS[kind]:
            for element in elements:
                component = element.component(dimension)
                if element.kind not in wanted or (component is None and not whole):
                    continue
                candidates.append(Candidate(test_of(element.restrictions, night), component))
        table[dimension] = _until_certain(candidates)
    return table


def _until_certain(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    """Without what can never be reached, as an earlier one always holds."""
    for place, candidate in enumerate(candidates):
        if candidate.test is None:
            return tuple(candidates[: place + 1])
    return tuple(candidates)


def has_several_flats(table: Table) -> bool:
    """Whether more than one flat fee could become active while a vehicle is connected."""
    return sum(candidate.component is not None for candidate in table["FLAT"]) > 1


def boundaries_of(elements: tuple[Element, ...]) -> Boundaries:
    """Where a price may change, for all elements together."""
    clock: set[int] = set()
    amounts: dict[str, set[Any]] = {name: set() for name in MEASURES}
    for element in elements:
        for one in element.restrictions:
            bounds = {bound for bound in (one.least, one.most) if bound is not None}
            if one.name == "clock":
                clock |= {bound % DAY for bound in bounds}
            elif one.name in {"days", "dates"}:
                clock.add(0)
            else:
                amounts[one.name] |= bounds
    return Boundaries(
        clock=tuple(sorted(clock)),
        energies=tuple(sorted(amounts["energy"])),
        durations=tuple(sorted(amounts["duration"])),
        currents=tuple(sorted(amounts["current"])),
        powers=tuple(sorted(amounts["power"])),
    )
