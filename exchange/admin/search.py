"""Finding exchanges in a log of many millions: by index where there is one, else from now backwards.

Nothing is ever counted. Without an index to go by, the days are looked through newest first, in windows
that grow, and only for a moment: what was not reached is one click away.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from exchange.models import Exchange

WINDOWS = (timedelta(days=1), timedelta(days=3), timedelta(days=9), timedelta(days=30))
PATIENCE_SECONDS = 2.0


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: in a window of time (UTC), below this row's id, and then further back."""

    before: int | None = None
    until: datetime | None = None
    since: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """A cursor from an address; an unusable one is the beginning."""
        before, _, window = text.partition("~")
        until, _, since = window.partition("~")
        try:
            return cls(int(before) if before else None, _moment(until), _moment(since))
        except (ValueError, OverflowError, OSError):
            return cls()

    def __str__(self) -> str:
        return f"{self.before or ''}~{_microseconds(self.until)}~{_microseconds(self.since)}"


def _moment(text: str) -> datetime | None:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(text)) if text else None


def _microseconds(at: datetime | None) -> str:
    return str((at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)) if at else ""


@dataclass(frozen=True)
class LogPage:
    """Rows, newest first. ``following`` is the next page's cursor; ``searched_to`` is set when time ran out."""

    rows: list[Exchange]
    following: Cursor | None = None
    searched_to: datetime | None = None


def page(rows: QuerySet[Exchange], cursor: Cursor, limit: int) -> LogPage:
    """The ``limit`` newest of ``rows`` from ``cursor`` on, read window by window."""
    found: list[Exchange] = []
    began, before = time.monotonic(), cursor.before
    for lower, upper in _windows(cursor):
        window = _between(rows, lower, upper)
        if before is not None:
            window = window.filter(pk__lt=before)
        held = len(found)
        found += window.order_by("-id")[: limit - held + 1]
        if len(found) > limit:
            last = found[limit - 1].pk if held < limit else None
            return LogPage(found[:limit], Cursor(last, upper, lower))
        if lower is not None and time.monotonic() - began > PATIENCE_SECONDS:
            return LogPage(found, Cursor(None, lower), lower)
        before = None
    return LogPage(found)


def _windows(cursor: Cursor) -> Iterator[tuple[datetime | None, datetime | None]]:
    """Ever longer windows ``(from, to)`` back in time; the first is where the cursor's page ended."""
    upper = cursor.until
    if cursor.since is not None:
        yield cursor.since, upper
        upper = cursor.since
    for length in WINDOWS:
        lower = (upper or timezone.now()) - length
        yield lower, upper
        upper = lower
    yield None, upper


def _between(
    rows: QuerySet[Exchange], lower: datetime | None, upper: datetime | None
) -> QuerySet[Exchange]:
    if lower is not None:
        rows = rows.filter(at__gte=lower)
    return rows.filter(at__lt=upper) if upper is not None else rows


def matching(rows: QuerySet[Exchange], term: str) -> QuerySet[Exchange]:
    """Exchanges that a search term names: an object, a request or correlation id, or the start of a URL.

    Falls back to a part of the object's name when nothing has it whole.
    """
    term = term.strip()
    if term.startswith(("/", "http://", "https://")):
        return rows.filter(url__startswith=term)
    exact = (
        Q(object_reference__in=sorted({term, term.upper()}))
        | Q(correlation_id=term)
        | Q(request_id=term)
    )
    if Exchange.objects.filter(exact).exists():
        return rows.filter(exact)
    return rows.filter(object_reference__icontains=term)
