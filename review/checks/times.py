"""Whether the times of a charge are possible and in order, and whether its CDR came in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cdrs import words
from ocpi.datetimes import parse_datetime
from review.checks.declaration import Check, Found, Parameter, Unit, Values
from review.checks.facts import Context, is_unknown
from review.choices import Severity
from staff import fragments

_HOUR = timedelta(hours=1)
_MARGIN = timedelta(seconds=1)


def _duration_long(context: Context, values: Values) -> Found | None:
    cdr = context.cdr
    passed = Decimal(0) if is_unknown(cdr.start) else Decimal(cdr.passed / _HOUR)
    longest = max(cdr.duration, passed)
    if cdr.credit or longest <= values["hours"]:
        return None
    return Found(
        f"It lasted {words.duration(longest)}, longer than {words.duration(values['hours'])}.",
        abs(cdr.total_cost),
    )


def _duration_none(context: Context, values: Values) -> Found | None:
    cdr = context.cdr
    if cdr.credit or cdr.energy <= values["kwh"] or is_unknown(cdr.start):
        return None
    if cdr.duration > 0 and cdr.passed > timedelta(0):
        return None
    return Found(f"{words.energy(cdr.energy)} were charged in no time.", abs(cdr.total_cost))


def _tiny(context: Context, values: Values) -> Found | None:
    cdr = context.cdr
    if cdr.credit or cdr.is_reservation:
        return None
    is_short = cdr.duration * 60 < values["minutes"]
    if not is_short and cdr.energy >= values["kwh"]:
        return None
    return Found(
        f"It is a very small charge: {words.energy(cdr.energy)} in"
        f" {words.duration(cdr.duration) or 'no time'}.",
        abs(cdr.total_cost),
    )


def _times(context: Context, values: Values) -> Found | None:
    for message in _disorder(context, timedelta(minutes=float(values["minutes"]))):
        return Found(message, abs(context.cdr.total_cost))
    return None


def _disorder(context: Context, margin: timedelta) -> Iterator[str]:
    cdr = context.cdr
    if is_unknown(cdr.start) or is_unknown(cdr.end):
        return
    if cdr.end < cdr.start:
        yield "It ends before it starts."
        return
    if (cdr.parking_time or 0) > cdr.duration:
        yield "It says more parking than time in all."
    told = timedelta(hours=float(cdr.duration))
    if not cdr.is_reservation and abs(told - cdr.passed) > margin + cdr.passed * 0.02:
        yield (
            f"From start to end are {words.duration(cdr.passed / _HOUR)}, the total time is"
            f" {words.duration(cdr.duration)}."
        )
    starts = _period_starts(context.document)
    if any(start > cdr.end + _MARGIN for start in starts):
        yield "A charging period begins after its end."
    elif starts != sorted(starts):
        yield "Its charging periods are not in the order of time."


def _early_period(context: Context, values: Values) -> Found | None:
    starts, cdr = _period_starts(context.document), context.cdr
    if not starts or is_unknown(cdr.start) or starts[0] >= cdr.start - _MARGIN:
        return None
    return Found("Its first period begins before the charge.")


def _period_starts(document: Mapping[str, Any]) -> list[datetime]:
    found = []
    for period in document.get("charging_periods") or ():
        given = period.get("start_date_time") if isinstance(period, Mapping) else None
        try:
            if isinstance(given, str):
                found.append(parse_datetime(given))
        except ValueError:
            continue
    return found


def _late(context: Context, values: Values) -> Found | None:
    cdr = context.cdr
    took = cdr.received_at - cdr.end
    if is_unknown(cdr.end) or took <= timedelta(days=float(values["days"])):
        return None
    return Found(f"It came {fragments.span(took)} after the charge.")


CHECKS = (
    Check(
        "times",
        "Times out of order",
        "It ends before it starts, its periods lie outside of it, or its total time is not what passed.",
        "Ask the CPO for the right times: prices depend on them.",
        _times,
        parameters=(
            Parameter(
                "minutes",
                "Total time and start to end may differ by this, and by 2 % of it",
                Unit.MINUTES,
                Decimal(2),
            ),
        ),
    ),
    Check(
        "early_period",
        "First period before the start",
        "The first charging period begins before the charge. Prices by time of day can differ by that.",
        "Nothing has to be done; some CPOs begin with the reservation.",
        _early_period,
        severity=Severity.NOTE,
    ),
    Check(
        "duration_long",
        "Too long",
        "The car was connected for longer than anybody charges.",
        "Ask the CPO whether its session was ended at all.",
        _duration_long,
        parameters=(Parameter("hours", "Counts above", Unit.HOURS, Decimal(72)),),
    ),
    Check(
        "duration_none",
        "Energy in no time",
        "Energy was charged although no time passed.",
        "Ask the CPO for the times of the charge.",
        _duration_none,
        parameters=(Parameter("kwh", "Counts above this much energy", Unit.KWH, Decimal("0.05")),),
    ),
    Check(
        "tiny",
        "Very small charge",
        "A charge that was broken off, or hardly any energy. Many partners agree not to bill these.",
        "Drop it if that was agreed.",
        _tiny,
        parameters=(
            Parameter("minutes", "Counts below", Unit.MINUTES, Decimal(2)),
            Parameter("kwh", "Counts below", Unit.KWH, Decimal("0.2")),
        ),
        enabled=False,
    ),
    Check(
        "late",
        "Arrived late",
        "The CDR came long after the charge; its month may be closed already.",
        "Ask the CPO why, and whether more will come.",
        _late,
        parameters=(Parameter("days", "Counts after", Unit.DAYS, Decimal(14)),),
        severity=Severity.NOTE,
    ),
)
