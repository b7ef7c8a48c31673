"""When the prices of an element hold: the fields, what a document says, and back.

OCPI 2.3.0, mod_tariffs, TariffRestrictions. Times and dates are local to the location; ``end_date`` is
exclusive there and the last day here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from ocpi.regions import DAYS
from tariffs.workshop.fields import (
    TIME_UNITS,
    AmountField,
    DayField,
    NumberField,
    TimeOfDayField,
    last_day_text,
    number_text,
    time_text,
    unless_same,
)

Restrictions = Mapping[str, Any]

DAY_LABELS = [(day, day[:3].capitalize()) for day in DAYS]
PAIRS = [
    ("kWh", "min_kwh", "max_kwh"),
    ("kW", "min_power", "max_power"),
    ("A", "min_current", "max_current"),
    ("Minutes", "min_duration", "max_duration"),
]
"""What each minimum and maximum is counted in; seconds in a document are minutes here."""

PHASES = [
    ("", "Charging"),
    ("reservation:RESERVATION", "A reservation, while it lasts"),
    ("reservation:RESERVATION_EXPIRES", "A reservation that expires unused"),
    ("booking:BOOKING", "A booking, while it lasts"),
    ("booking:BOOKING_EXPIRES", "A booking that expires unused"),
    ("booking:BOOKING_CANCELLATION_FEES", "A booking that is cancelled"),
    ("booking:BOOKING_OVERTIME", "Staying on after the booked time"),
]
AS_IT_IS = "as-it-is"

_NUMBERS = [name for _, *pair in PAIRS[:3] for name in pair]
_DURATIONS = list(PAIRS[3][1:])
_PLAIN = ("start_time", "end_time", "start_date", "end_date")


def fields(before: Restrictions) -> dict[str, forms.Field]:
    """The fields for an element that has the restrictions ``before``."""
    found: dict[str, forms.Field] = {
        "start_time": TimeOfDayField(label="From this time of day"),
        "end_time": TimeOfDayField(label="until this time of day"),
        "day_of_week": forms.MultipleChoiceField(
            label="On these days",
            required=False,
            choices=DAY_LABELS,
            widget=forms.CheckboxSelectMultiple,
        ),
        "start_date": DayField(label="From this day"),
        "end_date": DayField(label="to this day, included", is_last=True),
    }
    for label, least, most in PAIRS[:3]:
        found[least] = NumberField(label=f"From {label}", least=0)
        found[most] = NumberField(label=f"up to {label}", least=0)
    found["min_duration"] = AmountField(label="From minutes", units=TIME_UNITS)
    found["max_duration"] = AmountField(label="up to minutes", units=TIME_UNITS)
    phases = [*PHASES, (AS_IT_IS, "As it is now")] if phase_of(before) == AS_IT_IS else PHASES
    found["phase"] = forms.ChoiceField(
        label="For", required=False, choices=phases, widget=forms.Select({"class": "cell"})
    )
    return found


def phase_of(before: Restrictions) -> str:
    """The choice of what the prices are for; :data:`AS_IT_IS` for what the form cannot say."""
    said = [f"{name}:{before[name]}" for name in ("reservation", "booking") if before.get(name)]
    if not said:
        return ""
    return said[0] if len(said) == 1 and said[0] in dict(PHASES) else AS_IT_IS


def initial(before: Restrictions) -> dict[str, Any]:
    """What the fields show of a document's restrictions."""
    return {
        "start_time": before.get("start_time") or "",
        "end_time": before.get("end_time") or "",
        "day_of_week": before.get("day_of_week") or [],
        "start_date": before.get("start_date") or "",
        "end_date": last_day_text(before.get("end_date")),
        "phase": phase_of(before),
        **{name: number_text(before.get(name)) for name in _NUMBERS},
        **{name: time_text(before.get(name)) for name in _DURATIONS},
    }


def check(form: forms.Form, given: Mapping[str, Any]) -> None:
    """Refuse what leaves no moment in which the prices could hold."""
    for _, least, most in PAIRS:
        low, high = given.get(least), given.get(most)
        if low is not None and high is not None and low >= high:
            form.add_error(most, "It has to be more than where it begins.")
    first, beyond = given.get("start_date"), given.get("end_date")
    if first and beyond and beyond <= first:
        form.add_error("end_date", "It ends before it begins.")
    start, end = given.get("start_time"), given.get("end_time")
    if start and start == end and start != "00:00":
        form.add_error("end_time", "It begins and ends at the same time.")


def apply(given: Mapping[str, Any], before: Restrictions) -> dict[str, Any]:
    """The restrictions as they should be now; what the form does not know stays."""
    restricted = dict(before)
    for name in (*_PLAIN, *_DURATIONS):
        restricted[name] = given[name]
    for name in _NUMBERS:
        restricted[name] = unless_same(before.get(name), given[name])
    # A browser sends the days in the order of the week; the same ones stay as they were written.
    if set(given["day_of_week"]) != set(before.get("day_of_week") or ()):
        restricted["day_of_week"] = given["day_of_week"]
    if given["phase"] != AS_IT_IS:
        kind, _, value = given["phase"].partition(":")
        restricted["reservation"] = value if kind == "reservation" else None
        restricted["booking"] = value if kind == "booking" else None
    return {name: value for name, value in restricted.items() if value not in (None, [], "")}
