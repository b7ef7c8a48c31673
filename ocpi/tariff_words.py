"""The restrictions of a Tariff Element in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ocpi.numbers import plain
from ocpi.regions import BOUNDS, DAYS

Restrictions = Mapping[str, Any]

_DASH = "\N{EN DASH}"
_SHORT = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PHASES = {
    "RESERVATION": "while reserved",
    "RESERVATION_EXPIRES": "when a reservation expires unused",
    "BOOKING": "while booked",
    "BOOKING_EXPIRES": "when a booking expires unused",
    "BOOKING_CANCELLATION_FEES": "when a booking is cancelled",
    "BOOKING_OVERTIME": "after the booked time",
}
_SAID = {
    *("start_time", "end_time", "start_date", "end_date", "day_of_week", "reservation", "booking"),
    *(name for pair in BOUNDS for name in pair),
}


def conditions(restrictions: Restrictions | None) -> Iterator[str]:
    """Each condition of valid restrictions as a phrase; nothing for what restricts nothing.

    Times and dates are local to the Location. Fields we do not know are named with their value.
    """
    given = restrictions or {}
    for name in ("reservation", "booking"):
        if given.get(name) is not None:
            yield _PHASES.get(given[name], str(given[name]))
    days, hours = _days(given.get("day_of_week") or ()), _hours(given)
    if days or hours:
        yield f"{days} {hours}".strip()
    yield from filter(None, (_dates(given), *_amounts(given)))
    for name, value in given.items():
        if name not in _SAID and value is not None and value != []:
            yield f"{name} is {value}"


def _days(days: Any) -> str:
    """Three days in a row or more are a range, other ones are listed."""
    places = sorted({DAYS.index(day) for day in days})
    if len(places) in {0, len(DAYS)}:
        return ""
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(map(_run, runs))


def _run(places: list[int]) -> str:
    if len(places) > 2:
        return f"{_SHORT[places[0]]}{_DASH}{_SHORT[places[-1]]}"
    return ", ".join(_SHORT[place] for place in places)


def _hours(given: Restrictions) -> str:
    start, end = given.get("start_time"), given.get("end_time")
    first, last = start or "00:00", end or "00:00"
    if first == last == "00:00":
        return ""
    if last == "00:00":
        return f"from {first}"
    return f"until {last}" if first == "00:00" else f"{first}{_DASH}{last}"


def _dates(given: Restrictions) -> str:
    """The last day is said, not the day after it, which is what `end_date` holds."""
    start, end = given.get("start_date"), given.get("end_date")
    if end is None:
        return f"from {_day(date.fromisoformat(start))}" if start is not None else ""
    if start is not None and start >= end:
        return (
            f"from {_day(date.fromisoformat(start))}, ending before {_day(date.fromisoformat(end))}"
        )
    last = max(date.fromisoformat(end), date(1, 1, 2)) - timedelta(days=1)
    if start is None:
        return f"until {_day(last)}"
    first = date.fromisoformat(start)
    return f"on {_day(first)}" if first == last else f"{_day(first)} {_DASH} {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _amounts(given: Restrictions) -> Iterator[str]:
    for (least_name, most_name), (after, until, between) in zip(BOUNDS, _BETWEEN, strict=True):
        least, most = given.get(least_name), given.get(most_name)
        if least is not None and least <= 0:
            least = None
        show = duration if least_name == "min_duration" else plain
        if least is not None and most is not None:
            yield between.format(show(least), show(most))
        elif least is not None:
            yield after.format(show(least))
        elif most is not None:
            yield until.format(show(most))


_BETWEEN = (
    ("from {} kWh", "for the first {} kWh", "from {} to {} kWh"),
    ("at {} kW or more", "below {} kW", "from {} to below {} kW"),
    ("at {} A or more", "below {} A", "from {} to below {} A"),
    ("after {}", "for the first {}", "after {}, until {}"),
)
"""The phrases for a minimum, a maximum and both, in the order of BOUNDS."""


def duration(seconds: float | Decimal) -> str:
    """2 hours 30 minutes: no unit of which there is none."""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    parts = ((hours, "hour"), (minutes, "minute"), (left, "second"))
    said = " ".join(f"{n} {name}{'' if n == 1 else 's'}" for n, name in parts if n)
    return said or "0 seconds"
