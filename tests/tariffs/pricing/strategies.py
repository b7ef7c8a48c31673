"""Tariffs and charges for property tests: everything on whole minutes and watt-hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tariffs.pricing import Charge, Period, Phase
from tests.tariffs.pricing.spec_tariffs import Document, component, element, tariff

DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
ZONES = ("Europe/Berlin", "Europe/London", "America/St_Johns", "UTC")

PER_MINUTE = 100
"""Watt-hours in a minute of charging; thresholds are whole minutes of it, so that none lies within one."""

prices = st.integers(0, 90).map(lambda cents: Decimal(cents) / 100)
rates = st.sampled_from([None, 0, 5.5, 10, 19, 20])
_clock = st.integers(0, 95).map(lambda place: f"{place // 4:02}:{place % 4 * 15:02}")
_thresholds = st.integers(1, 60).map(lambda minutes: minutes * PER_MINUTE / 1000)
_ONE = st.just(1)
_lengths = st.integers(1, 60).map(lambda minutes: minutes * 60)


@st.composite
def restrictions(draw: st.DrawFn) -> Document:
    """None, one or several restrictions of those that do not need a meter."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        "start_time": _clock,
        "end_time": _clock,
        "day_of_week": st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
        "start_date": st.sampled_from(["2024-03-30", "2024-03-31", "2024-04-01"]),
        "end_date": st.sampled_from(["2024-03-31", "2024-04-01", "2024-04-02"]),
        "min_kwh": _thresholds,
        "max_kwh": _thresholds,
        "min_duration": _lengths,
        "max_duration": _lengths,
        "min_power": st.sampled_from([5, 11]),
        "max_power": st.sampled_from([5, 11]),
    }
    said = draw(st.fixed_dictionaries({}, optional=optional))
    if said.get("start_time") == said.get("end_time"):
        said.pop("end_time", None)
    return said


@st.composite
def components(draw: st.DrawFn, steps: st.SearchStrategy[int]) -> list[Document]:
    kinds = draw(
        st.lists(
            st.sampled_from(["ENERGY", "TIME", "PARKING_TIME", "FLAT"]), min_size=1, unique=True
        )
    )
    return [component(kind, draw(prices), draw(rates), draw(steps)) for kind in kinds]


@st.composite
def tariffs(
    draw: st.DrawFn, steps: st.SearchStrategy[int] = _ONE, *, limits: bool = False
) -> Document:
    """A Tariff of one to five elements; with `limits` it may have a minimum and a maximum price."""
    elements = [
        element(*draw(components(steps)), **draw(restrictions()))
        for _ in range(draw(st.integers(1, 5)))
    ]
    said = tariff(*elements, tax_included=draw(st.sampled_from(["NO", "NO", "YES", "N/A"])))
    if limits and draw(st.booleans()):
        least = draw(prices)
        said["min_price"] = {"before_taxes": least}
        said["max_price"] = {"before_taxes": least + draw(prices), "after_taxes": 3}
    return said


@st.composite
def charges(draw: st.DrawFn) -> Charge:
    """One to five periods of charging, parking or pauses, around a change of clocks or not."""
    start = datetime(2024, 3, 30, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 3000)))
    periods: list[Period] = []
    begins = start
    for place in range(draw(st.integers(1, 5))):
        minutes = draw(st.integers(0, 90))
        phase = draw(
            st.sampled_from([Phase.CHARGING, Phase.CHARGING, Phase.PARKING, Phase.SUSPENDED])
        )
        charging = phase is Phase.CHARGING
        kwh = Decimal(minutes * PER_MINUTE) / 1000 if charging else Decimal(0)
        power = (
            draw(st.sampled_from([None, Decimal(3), Decimal(7), Decimal(22)])) if charging else None
        )
        ends = begins + timedelta(minutes=minutes)
        periods.append(Period(begins, ends, phase, kwh, power=power, tariff_id="T1", source=place))
        begins = ends
    return Charge(tuple(periods), draw(st.sampled_from(ZONES)), start)


def cut(charge: Charge, minutes: list[int]) -> Charge:
    """The same charge with its periods cut at those minutes from its start."""
    moments = sorted({charge.start + timedelta(minutes=one) for one in minutes})
    periods: list[Period] = []
    for period in charge.periods:
        begins = period.start
        for at in [*(one for one in moments if period.start < one < period.end), period.end]:
            whole, length = period.end - period.start, at - begins
            share = Decimal(length // timedelta(minutes=1)) / Decimal(
                max(1, whole // timedelta(minutes=1))
            )
            energy = Decimal(PER_MINUTE * (length // timedelta(minutes=1))) / 1000
            if period.phase is not Phase.CHARGING:
                energy = period.energy * share
            periods.append(period._replace(start=begins, end=at, energy=energy))
            begins = at
    return charge._replace(periods=tuple(periods))
