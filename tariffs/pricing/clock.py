"""Local time at a place, as offsets from UTC that hold for stretches of time."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tariffs.pricing.exact import DAY, MICROSECOND, SECOND, moment

_SHORT = 7 * DAY
"""No place changes its clock twice within it, so that equal offsets at both ends hold between."""


class Offset(NamedTuple):
    """From `start` (microseconds since 1970) local time is UTC plus `offset` microseconds."""

    start: int
    offset: int


Offsets = tuple[Offset, ...]
UTC_OFFSETS: Offsets = (Offset(-(2**63), 0),)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name, or None if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def offsets(name: str | None, first: int, last: int) -> Offsets:
    """The offsets that hold from `first` to `last`; UTC for None and for names that do not exist."""
    found = None if name is None else zone(name)
    if found is None:
        return UTC_OFFSETS
    start, end = _at(found, first), _at(found, last)
    if start == end and last - first < _SHORT:
        return (Offset(first, start),)
    result = [Offset(first, start)]
    earlier, known = first, start
    for day in [*range(first + DAY, last, DAY), last]:
        offset = _at(found, day)
        if offset != known:
            result.append(Offset(_change(found, earlier, day, known), offset))
        earlier, known = day, offset
    return tuple(result)


def _at(found: ZoneInfo, at: int) -> int:
    offset = moment(at).astimezone(found).utcoffset() or timedelta()
    return offset // MICROSECOND


def _change(found: ZoneInfo, before: int, after: int, known: int) -> int:
    """The second at which the offset is no longer the one that was known."""
    before, after = before // SECOND, -(-after // SECOND)
    while after - before > 1:
        middle = (before + after) // 2
        if _at(found, middle * SECOND) == known:
            before = middle
        else:
            after = middle
    return after * SECOND


def offset_at(known: Offsets, at: int) -> int:
    """The offset that holds at an instant."""
    result = known[0].offset
    for one in known[1:]:
        if one.start > at:
            break
        result = one.offset
    return result


def local(known: Offsets, at: int) -> tuple[int, int]:
    """Microseconds since local midnight, and local days since 1970."""
    offset = known[0].offset if len(known) == 1 else offset_at(known, at)
    day, clock = divmod(at + offset, DAY)
    return clock, day


def changes(known: Offsets, times: tuple[int, ...], first: int, last: int) -> list[int]:
    """Instants strictly between at which the local clock passes one of the times or is set anew."""
    if len(known) == 1:
        offset = known[0].offset
        day, low = divmod(first + offset, DAY)
        high = low + last - first
        if high <= DAY:
            midnight = day * DAY - offset
            return [midnight + at for at in times if low < at < high]
    found: list[int] = []
    for place, (start, offset) in enumerate(known):
        if place and first < start < last:
            found.append(start)
        low = max(first, start) if place else first
        high = min(last, known[place + 1].start) if place + 1 < len(known) else last
        if low >= high:
            continue
        for day in range((low + offset) // DAY, (high + offset) // DAY + 1):
            midnight = day * DAY - offset
            found.extend(midnight + at for at in times if low < midnight + at < high)
    return found
