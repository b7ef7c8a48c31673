"""Restrictions of Tariff Elements: quick tests, and the words of structured reasons (OCPI, TariffRestrictions)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from tariffs.pricing.exact import DAY


class Moment(NamedTuple):
    """The facts at an instant that restrictions ask for.

    `clock`: microseconds since local midnight; `day`: local days since 1970; `energy`: kWh so far in the
    session; `duration`: microseconds since its start; `current`: A, summed over phases, and `power`: kW,
    None if nobody knows.
    """

    clock: int
    day: int
    energy: Decimal
    duration: int
    current: Decimal | None
    power: Decimal | None


class Restriction(NamedTuple):
    """One restriction: `name` says which fields of OCPI it is, `least` and `most` its bounds.

    A window of times of day (`name` "clock") has `least` > `most` if it goes past midnight; `days`
    holds weekdays, Monday being 0, and `dates` half-open days since 1970.
    """

    name: str
    least: Any = None
    most: Any = None
    days: frozenset[int] = frozenset()


def weekday(day: int) -> int:
    """The weekday, Monday being 0, of a day counted since 1970, which began on a Thursday."""
    return (day + 3) % 7


def window_holds(clock: int, least: int, most: int) -> bool:
    """Whether a time of day is in a window; one that ends where it starts is the whole day."""
    if least < most:
        return least <= clock < most
    return clock >= least or clock < most


_PLACES = {"energy": 2, "duration": 3, "current": 4, "power": 5}
MEASURES = tuple(_PLACES)


def test_of(
    restrictions: tuple[Restriction, ...], night_of_evening: bool
) -> Callable[[Moment], bool] | None:
    """A function that says whether all hold at a moment, or None if there is nothing to ask.

    With `night_of_evening`, the hours after midnight of a window past midnight belong to the weekday
    before (A-10).
    """
    tests = tuple(single_test(one, restrictions, night_of_evening) for one in restrictions)
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda moment: first(moment) and second(moment)
    return lambda moment: all(test(moment) for test in tests)


def single_test(
    one: Restriction, siblings: tuple[Restriction, ...], night_of_evening: bool
) -> Callable[[Moment], bool]:
    """The test of one restriction; its siblings are those of the same element."""
    if one.name == "clock":
        return _clock_test(one.least, one.most)
    if one.name == "dates":
        return _range_test(1, one.least, one.most)
    if one.name == "days":
        return _days_test(one.days, _night_end(siblings) if night_of_evening else None)
    return _range_test(_PLACES[one.name], one.least, one.most)


def _night_end(siblings: tuple[Restriction, ...]) -> int | None:
    for one in siblings:
        if one.name == "clock" and one.least > one.most:
            return int(one.most)
    return None


def _clock_test(least: int, most: int) -> Callable[[Moment], bool]:
    if least < most:
        return lambda moment: least <= moment[0] < most
    return lambda moment: moment[0] >= least or moment[0] < most


def _days_test(days: frozenset[int], night_end: int | None) -> Callable[[Moment], bool]:
    if night_end is None:
        return lambda moment: (moment[1] + 3) % 7 in days
    end = night_end
    return lambda moment: (moment[1] + (3 if moment[0] >= end else 2)) % 7 in days


def _range_test(place: int, least: Any, most: Any) -> Callable[[Moment], bool]:
    def test(moment: Moment) -> bool:
        value = moment[place]
        return (
            value is not None
            and (least is None or value >= least)
            and (most is None or value < most)
        )

    return test


MIDNIGHT = DAY
