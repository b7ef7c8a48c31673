"""DateTime of OCPI 2.2.1, types, DateTime_type: RFC 3339 in UTC, the `Z` optional, no offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_PATTERN = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})([Tt ])([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r"(?:\.([0-9]*))?([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)


def parse_datetime(text: str, *, lenient: bool = False) -> datetime:
    """Read a DateTime as an aware UTC datetime; a missing `Z` means UTC.

    Any number of fraction digits is accepted and cut to microseconds. `lenient` also accepts
    an offset (converted to UTC), a space for the `T` and lower-case letters. Raises ValueError
    saying what is wrong.
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a date and time like 2026-01-31T12:00:00Z")
    year, month, day, separator, hour, minute, second, fraction, zone = match.groups()
    if not lenient:
        _refuse_variants(text, separator, fraction, zone)
    try:
        value = datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            int(second),
            int((fraction or "0")[:6].ljust(6, "0")),
            tzinfo=_zone(zone),
        )
        return value.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:40]!r} is not a date and time that exists: {error}") from None


def to_milliseconds(value: datetime) -> datetime:
    """The moment as :func:`format_datetime` writes it.

    What is kept more exactly than it is given out makes an honest echo of it look outdated.
    """
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


def format_datetime(value: datetime, *, whole_seconds: bool = False) -> str:
    """Write an aware datetime as UTC with `Z`: whole seconds, or cut to milliseconds.

    With `whole_seconds` cut to those. Never an offset, which OCPI does not allow. Raises
    ValueError for a naive datetime.
    """
    if value.tzinfo is None:
        raise ValueError("a datetime without time zone cannot be sent")
    value = value.astimezone(UTC).replace(tzinfo=None)
    spec = "milliseconds" if value.microsecond >= 1000 and not whole_seconds else "seconds"
    return value.isoformat(timespec=spec) + "Z"


def _refuse_variants(text: str, separator: str, fraction: str | None, zone: str | None) -> None:
    if zone not in (None, "Z"):
        raise ValueError(f"{text[:40]!r} must be in UTC with 'Z', {zone!r} is not allowed")
    if separator != "T":
        raise ValueError(f"{text[:40]!r} must have 'T' between date and time")
    if fraction == "":
        raise ValueError(f"{text[:40]!r} has a point without fraction digits")


def _zone(zone: str | None) -> timezone:
    if zone is None or zone in "Zz":
        return UTC
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return timezone(-offset if zone[0] == "-" else offset)
