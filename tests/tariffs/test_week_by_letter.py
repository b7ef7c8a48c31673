"""The linter's gaps and the prices of a week, against prices looked up by the letter, minute by minute."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ocpi.regions import DAYS, END_OF_DAY
from tariffs.pricing import compile_tariff
from tariffs.pricing.lint import lint
from tariffs.workshop import week
from tests.ocpi.pricing import Moment, by_dimension
from tests.ocpi.samples import component, element, tariff

MONDAY = date(2026, 6, 1)
CLOCK = ["00:00", "06:00", "07:59", "08:00", "20:00", "23:59"]
POWER = 11.0
DIMENSIONS = {"ENERGY": "energy", "TIME": "charging time", "PARKING_TIME": "parking"}

_windows = st.fixed_dictionaries(
    {},
    optional={
        "start_time": st.sampled_from(CLOCK),
        "end_time": st.sampled_from(CLOCK),
        "day_of_week": st.lists(st.sampled_from(DAYS), min_size=1, max_size=6, unique=True),
        "start_date": st.sampled_from(["2026-06-01", "2026-06-03"]),
        "end_date": st.sampled_from(["2026-06-05", "2026-06-09"]),
        "min_power": st.sampled_from([5, 50]),
        "min_duration": st.sampled_from([3600]),
    },
).filter(lambda one: one.get("start_time") is None or one["start_time"] != one.get("end_time"))
_elements = st.lists(
    st.builds(
        lambda restrictions, dimensions, price: element(
            *(component(name, price) for name in dimensions), **restrictions
        ),
        _windows,
        st.lists(
            st.sampled_from(["ENERGY", "TIME", "PARKING_TIME"]), min_size=1, max_size=2, unique=True
        ),
        st.sampled_from([1, 2, 3]),
    ),
    min_size=1,
    max_size=4,
)


def at(day: int, minute: int, *, power: float = POWER, duration: int = 0) -> Moment:
    on = MONDAY + timedelta(days=day)
    return Moment(
        time=f"{minute // 60:02}:{minute % 60:02}",
        day=DAYS[day],
        date=on.isoformat(),
        kwh=0,
        power=power,
        duration=duration,
    )


def minutes_of_the_week() -> list[tuple[int, int]]:
    """The minutes at which something may change, and those beside them."""
    changes = {int(one[:2]) * 60 + int(one[3:]) for one in CLOCK}
    near = {(one + step) % END_OF_DAY for one in changes for step in (-1, 0, 1)}
    return [(day, minute) for day in range(7) for minute in sorted(near)]


@given(_elements, st.sampled_from([0, 3600]))
def test_the_week_has_the_prices_that_hold(elements: list[dict[str, Any]], seconds: int) -> None:
    compiled = compile_tariff(tariff(*elements))
    stage = week.Stage("", seconds=seconds)
    found = week.week_of(compiled, MONDAY, Decimal(11), None, stage)
    for day, minute in minutes_of_the_week():
        stretch = next(one for one in found[day] if one.start <= minute < one.end)
        charging = by_dimension(elements, at(day, minute, duration=seconds))
        parked = by_dimension(elements, at(day, minute, power=0, duration=seconds))
        expected = [charging.get("ENERGY"), charging.get("TIME"), parked.get("PARKING_TIME")]
        assert list(stretch.prices) == [None if one is None else one[0] for one in expected]


@given(_elements)
def test_where_the_linter_sees_a_gap_nothing_ever_holds(elements: list[dict[str, Any]]) -> None:
    """It says only what is certain: whatever the power, the duration and the date."""
    remarks = lint(tariff(*elements))
    said = [one.message.lower() for one in remarks if one.code in {"week_gap", "week_gap_time"}]
    for dimension, name in DIMENSIONS.items():
        held = [_ever(elements, dimension, *one) for one in minutes_of_the_week()]
        is_said = any(name in message for message in said)
        assert is_said == (any(held) and not all(held)), (dimension, said)


def _ever(elements: list[dict[str, Any]], dimension: str, day: int, minute: int) -> bool:
    """Whether an element holds at a time of the week, at some power, duration and date."""
    kept = ("start_time", "end_time", "day_of_week")
    return any(dimension in by_dimension([_only(one, kept)], at(day, minute)) for one in elements)


def _only(given_element: dict[str, Any], kept: tuple[str, ...]) -> dict[str, Any]:
    said = given_element.get("restrictions") or {}
    return {**given_element, "restrictions": {n: v for n, v in said.items() if n in kept}}
