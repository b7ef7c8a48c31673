"""Where a month begins and ends: in the time zone that the terms with a partner name."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

UNKNOWN_YEAR = 1970
"""The year in which a CPO that does not know the end of a charge puts it (OCPI 2.3.0, mod_cdrs, CDR object)."""


def zone_of(name: str) -> tzinfo:
    """The time zone of that name; UTC for one that there is not."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        return UTC


def month_of(at: datetime, zone: tzinfo) -> date:
    """The first day of the month in which an aware time lies, in ``zone``."""
    return at.astimezone(zone).date().replace(day=1)


def settled_in(ended_at: datetime, received_at: datetime, zone: tzinfo) -> date:
    """The month a CDR belongs to: that of its end, or of its receipt where the end is not known."""
    known = ended_at.year > UNKNOWN_YEAR
    return month_of(ended_at if known else received_at, zone)


def after(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def begins(month: date, zone: tzinfo) -> datetime:
    """The first moment of a month in ``zone``, in UTC."""
    return datetime.combine(month, time.min, tzinfo=zone).astimezone(UTC)


def ends(month: date, zone: tzinfo) -> datetime:
    """The first moment after a month in ``zone``, in UTC."""
    return begins(after(month), zone)


def is_over(month: date, zone: tzinfo, now: datetime) -> bool:
    """Whether nothing can end in that month any more."""
    return now >= ends(month, zone)
