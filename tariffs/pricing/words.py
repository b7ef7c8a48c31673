"""A trace in plain English, for people who pay or send bills: units, currency, local times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from ocpi.currencies import money
from ocpi.numbers import plain
from ocpi.tariff_words import duration
from tariffs.pricing.charge import DOUBTS, Phase
from tariffs.pricing.clock import zone
from tariffs.pricing.compiling import TARIFF_NOTES
from tariffs.pricing.explaining import Choice, Explained, Trace
from tariffs.pricing.priced import NOTES, REASONS, Bound, Line, Price, Rounding
from tariffs.pricing.reasons import Passed, Reason

_SHOWN = Decimal("0.0001")
_DASH = "\N{EN DASH}"

PHASES = {
    Phase.CHARGING: "charging",
    Phase.PARKING: "connected, not charging",
    Phase.SUSPENDED: "paused by the charger",
    Phase.RESERVATION: "reserved",
    Phase.RESERVATION_EXPIRED: "reserved, and nobody came",
    Phase.BOOKING: "booked",
    Phase.BOOKING_EXPIRED: "booked, and nobody came",
    Phase.BOOKING_CANCELLED: "booking cancelled",
    Phase.BOOKING_OVERTIME: "after the booked time",
}
"""What a connector was doing."""

_WHAT = {
    "ENERGY": "Energy",
    "FLAT": "Flat fee",
    "PARKING_TIME": "Parking time",
    "TIME": "Charging time",
}
_PER = {"ENERGY": " per kWh", "FLAT": "", "PARKING_TIME": " per hour", "TIME": " per hour"}
_SIDES = {"before_taxes": "before tax", "after_taxes": "including tax"}
_FIELDS = {"min_price": "minimum", "max_price": "maximum"}
_RESTRICTIONS = {
    "kwh": ("kWh charged", "kWh"),
    "current": ("a current", "A"),
    "power": ("a power", "kW"),
}


class Passage(NamedTuple):
    """A heading and sentences below it, ready to be shown."""

    title: str
    sentences: tuple[str, ...]


def passages(trace: Trace) -> tuple[Passage, ...]:
    """All of a trace in the order in which it is read: each stretch, rounding, tax, limits, total, notes.

    Times are local to `Charge.time_zone`, or UTC, and say so. Empty passages are left out.
    """
    priced = trace.priced
    found = [_stretch(trace, one) for one in trace.stretches]
    found += [
        Passage("Step size", tuple(_rounding(one) for one in priced.roundings)),
        Passage("Amounts", tuple(_amount(line, priced.currency) for line in priced.lines)),
        Passage("Tax", tuple(_taxes(trace))),
        Passage("Limits", tuple(_bound(one, priced.currency) for one in priced.bounds)),
        Passage("Total", (_total(priced.total_cost, priced.currency),)),
        Passage("To be noted", tuple(note(code) for code in priced.notes)),
    ]
    return tuple(passage for passage in found if passage.sentences)


def note(code: str) -> str:
    """The sentence of a note or doubt."""
    return NOTES.get(code) or DOUBTS.get(code) or TARIFF_NOTES.get(code) or code


def amount(value: Decimal, currency: str) -> str:
    """EUR 12.375; what has more than four decimals is rounded to them and said to be about that."""
    shown = value.quantize(_SHOWN, ROUND_HALF_UP)
    return money(value, currency) if shown == value else f"about {money(shown, currency)}"


def quantity(value: Decimal, unit: str) -> str:
    """2 hours 30 minutes, 20.5 kWh; hours are rounded to seconds, energy to a tenth of a Wh."""
    if unit == "h":
        return duration((value * 3600).to_integral_value(ROUND_HALF_UP))
    return f"{plain(value.quantize(_SHOWN, ROUND_HALF_UP))} {unit}".strip()


def _stretch(trace: Trace, one: Explained) -> Passage:
    sentences: list[str] = []
    if one.reason:
        sentences.append(f"Nothing is priced: {REASONS[one.reason]}.")
    for choice in one.choices:
        sentences.append(_choice(choice, one, trace.priced.currency))
        sentences += [_passed(passed) for passed in choice.passed]
    if not sentences:
        sentences.append("Nothing of this has a price.")
    said = PHASES[one.phase]
    return Passage(f"{_span(one.start, one.end, trace.charge.time_zone)}: {said}", tuple(sentences))


def _choice(choice: Choice, one: Explained, currency: str) -> str:
    what = _what(choice.dimension, one.phase)
    if choice.element is None or choice.unit_price is None:
        used = f", {quantity(choice.quantity, choice.unit)}" if choice.unit else ""
        why = (
            "no element of the tariff holds" if choice.passed else "the tariff has no price for it"
        )
        return f"{what}{used}: free, as {why}."
    price = f"{money(choice.unit_price, currency)}{_PER[choice.dimension]}"
    by = f"by element {choice.element + 1}"
    if choice.dimension == "FLAT":
        return f"{what}: {price}, {by}." if choice.quantity else f"{what}: billed before."
    return f"{what}: {quantity(choice.quantity, choice.unit)} at {price}, {by}."


def _what(dimension: str, phase: Phase) -> str:
    if phase.is_connected:
        return _WHAT[dimension]
    is_booking = phase.value.startswith("BOOKING")
    if dimension == "TIME":
        return "Booked time" if is_booking else "Reserved time"
    return "Booking fee" if is_booking else "Reservation fee"


def _passed(passed: Passed) -> str:
    if not passed.reasons:
        return f"Element {passed.element + 1} would hold too, but comes later for this."
    whys = "; ".join(map(_why, passed.reasons))
    return f"Element {passed.element + 1} does not hold: {whys}."


def _why(reason: Reason) -> str:
    name = reason.restriction
    if name == "reservation":
        return "it is for reservations only" if reason.wanted else "it is not for reservations"
    if name == "dimension":
        return "it holds, but has no price for this"
    if name == "day_of_week":
        days = ", ".join(day.capitalize() for day in reason.wanted)
        return f"it is for {days}, and it was {(reason.actual or '').capitalize()}"
    if name == "times_of_day":
        return f"it is for {reason.least}{_DASH}{reason.most}, and it was {reason.actual}"
    if name == "dates":
        return f"it is for {_between(reason, 'days')}, and it was {reason.actual}"
    if name == "duration":
        return _duration_why(reason)
    what, unit = _RESTRICTIONS[name]
    actual = f"it was {reason.actual} {unit}" if reason.actual is not None else "nobody measured it"
    return f"it is for {what} {_between(reason, unit)}, and {actual}"


def _duration_why(reason: Reason) -> str:
    least, most = (None if one is None else duration(Decimal(one)) for one in reason[1:3])
    spoken = reason._replace(least=least, most=most)
    passed = duration(Decimal(reason.actual or 0))
    return f"it is for a duration {_between(spoken, '')}, and {passed} had passed"


def _between(reason: Reason, unit: str) -> str:
    least, most = (
        None if one is None else f"{one} {unit}".strip() if unit != "days" else one
        for one in (reason.least, reason.most)
    )
    if least is None:
        return f"below {most}" if unit != "days" else f"before {most}"
    if most is None:
        return f"from {least}"
    return f"from {least} to below {most}" if unit != "days" else f"from {least} to before {most}"


def _rounding(one: Rounding) -> str:
    unit = "kWh" if one.dimension == "ENERGY" else "h"
    step = f"{one.step_size} Wh" if unit == "kWh" else duration(one.step_size)
    return (
        f"{_WHAT[one.dimension]} is billed in steps of {step}: {quantity(one.total, unit)} become "
        f"{quantity(one.billed, unit)}. The step of element {one.element + 1} counts, as it priced "
        f"the last of it."
    )


def _amount(line: Line, currency: str) -> str:
    what = _what(line.dimension, line.phase)
    price = f"{money(line.unit_price, currency)}{_PER[line.dimension]}"
    if line.dimension == "FLAT":
        return f"{what}: {amount(line.cost, currency)}."
    added = f", of which {quantity(line.added, line.unit)} by step size" if line.added else ""
    return (
        f"{what}: {quantity(line.quantity, line.unit)}{added} at {price}: "
        f"{amount(line.cost, currency)}."
    )


def _taxes(trace: Trace) -> Iterator[str]:
    for one in trace.priced.by_rate:
        if one.tax_rate is None:
            continue
        base = (
            ""
            if one.before_taxes is None
            else f" on {amount(one.before_taxes, trace.priced.currency)}"
        )
        yield f"{plain(one.tax_rate)} % VAT{base}: {amount(one.tax, trace.priced.currency)}."


def _bound(one: Bound, currency: str) -> str:
    return (
        f"The {_FIELDS[one.field]} price {_SIDES[one.side]} holds: {amount(one.uncapped, currency)} "
        f"become {amount(one.capped, currency)}."
    )


def _total(price: Price, currency: str) -> str:
    said = [
        f"{amount(value, currency)} {side}"
        for value, side in (
            (price.before_taxes, "before tax"),
            (price.after_taxes, "including tax"),
        )
        if value is not None
    ]
    return f"{', '.join(said)}."


def _span(start: datetime, end: datetime, name: str | None) -> str:
    """Mon 3 Jun 2024, 16:55 to 17:00 (Europe/Berlin), with the second day if there are two."""
    found = None if name is None else zone(name)
    first, last = (start.astimezone(found), end.astimezone(found)) if found else (start, end)
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{_day(last.date())} {last:%H:%M}"
    place = name if found else "UTC"
    return (
        f"{_day(first.date())}, {first:%H:%M}{_seconds(first)} to {until}{_seconds(last)} ({place})"
    )


def _seconds(at: datetime) -> str:
    return f":{at:%S}" if at.second else ""


def _day(day: date) -> str:
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
