"""Repairs of points in time: DateTime, days, times of day.

Each returns the value to keep and the codes of what was done; UnusableError is raised when nothing
can be made of a value.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ocpi import types
from ocpi.datetimes import format_datetime, parse_datetime
from ocpi.documents import FieldShape
from ocpi.lenient.repaired import Repaired, UnusableError

_STRICT_DATETIME = re.compile(types.DATETIME.replace("{1,9}", "{1,6}"))
_DESIGNATOR = re.compile(r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})$")
_TIME_OF_DAY = re.compile(types.TIME_OF_DAY)
_LOOSE_TIME = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})(?::([0-9]{2})(?:\.[0-9]*)?)?Z?")
# Slashes, dots, single digits, no seconds, no time at all.
_LOOSE_DATETIME = re.compile(
    r"(?:([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4}))"
    r"(?:[Tt ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{1,2})(?:\.([0-9]*))?)?)?"
    r" ?([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Readings(NamedTuple):
    """A timestamp without designator: as local time, and as UTC, which OCPI says."""

    local: str
    utc: str


def timestamp(value: Any, name: str, field: FieldShape) -> Repaired:
    """DateTime: offsets, slashes, spaces and seconds since 1970 are turned into `...Z`.

    A missing `Z` is allowed in OCPI: it is added without a warning.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Repaired(_from_number(value), ("timestamp_spelling",))
    moment = _moment(value)
    if _STRICT_DATETIME.fullmatch(value):
        return Repaired(value.removesuffix("Z") + "Z")
    return Repaired(_written(moment), ("timestamp_spelling",))


def local_readings(value: Any, zone: ZoneInfo | None) -> Readings | None:
    """Both readings of a timestamp without designator; None for every other value.

    Without a zone there is only one.
    """
    if not isinstance(value, str) or _DESIGNATOR.search(value.strip()):
        return None
    try:
        moment = _moment(value)
        local = moment.replace(tzinfo=zone or UTC).astimezone(UTC)
    except (UnusableError, OverflowError):
        return None
    return Readings(_written(local), _written(moment))


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise UnusableError
    try:
        moment = parse_datetime(_respelled(value.strip()), lenient=True)
    except ValueError:
        raise UnusableError from None
    if moment <= _EPOCH:
        raise UnusableError("timestamp_implausible")
    return moment


def _respelled(text: str) -> str:
    """A date and time as OCPI spells it, or the same text.

    Day and month first are read where only one order is possible: 31/01, not 02/03.
    """
    found = _LOOSE_DATETIME.fullmatch(text)
    if found is None:
        return text
    year, month, day = found[1] or found[6], found[2] or found[5], found[3] or found[4]
    if found[6] and int(day) <= 12 and day != month:
        if int(month) <= 12:
            return text
        month, day = day, month
    fraction = f".{found[10]}" if found[10] else ""
    date = f"{year}-{int(month):02}-{int(day):02}"
    time = ":".join(f"{int(part or 0):02}" for part in found.group(7, 8, 9))
    return f"{date}T{time}{fraction}{found[11] or ''}"


def _written(moment: datetime) -> str:
    if moment.microsecond % 1000:
        return moment.replace(tzinfo=None).isoformat() + "Z"
    return format_datetime(moment)


def _from_number(value: float) -> str:
    seconds = value / 1000 if value > 1e11 else value
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise UnusableError from None
    if moment.year < 2000:
        raise UnusableError("timestamp_implausible")
    return format_datetime(moment)


def day(value: Any, name: str, field: FieldShape) -> Repaired:
    """A calendar date, also one that came with a time of day or with slashes."""
    # Its offset would move midnight into another day.
    written = _DESIGNATOR.sub("", value.strip()) if isinstance(value, str) else value
    return Repaired(_moment(written).date().isoformat(), ("timestamp_spelling",))


def time_of_day(value: Any, name: str, field: FieldShape) -> Repaired:
    """HH:MM, also with seconds or without leading zero.

    A last second means until the full minute. The end of the day is 00:00 in a tariff, and 23:59 in
    opening hours, which may not end before they begin.
    """
    word = value.strip() if isinstance(value, str) else ""
    if isinstance(value, str) and not word:
        return Repaired(None, ("text_empty",))
    found = _LOOSE_TIME.fullmatch(word)
    if found is None:
        raise UnusableError
    minutes = int(found[1]) * 60 + int(found[2])
    if name.endswith("end") or name == "end_time":
        minutes += found[3] == "59"
    if int(found[2]) > 59 or minutes > 24 * 60:
        raise UnusableError
    if minutes == 24 * 60:
        minutes = 0 if name == "end_time" else minutes - 1
    return Repaired(f"{minutes // 60:02}:{minutes % 60:02}", ("text_spelling",))
