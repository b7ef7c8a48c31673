"""Which statement takes what: the month a CDR belongs to while that is open, an open one after it otherwise.

Whoever books locks the statements of the series concerned that are not locked for good, in the order of their primary
keys; whoever closes, opens or locks one does the same. So nothing is booked on a statement while it is being closed,
and parallel workers wait for each other rather than block each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Protocol

from django.db import connection as database
from django.utils import timezone

from settlement import months
from settlement.choices import StatementState
from settlement.services.facts import Series

_SERIES = """
    FROM settlement_statement s
    JOIN unnest(%s::bigint[], %s::bigint[], %s::varchar[], %s::varchar[])
        AS i(ours, partner, direction, currency)
    ON s.ours_id = i.ours AND s.partner_id = i.partner AND s.direction = i.direction
        AND s.currency = i.currency
"""
_COLUMNS = "SELECT s.ours_id, s.partner_id, s.direction, s.currency, s.month, s.id, s.state"
_INSERT = """
    INSERT INTO settlement_statement (
        ours_id, partner_id, direction, currency, month, state, number, notes, closed_by,
        approved_by, locked_by
    )
    SELECT n.*, 'open', '', '', '', '', ''
    FROM unnest(%s::bigint[], %s::bigint[], %s::varchar[], %s::varchar[], %s::date[])
        AS n(ours, partner, direction, currency, month)
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (ours_id, partner_id, direction, month, currency) DO NOTHING
"""


class Calendar:
    """The statements of some series: which months are open, and which are not any more."""

    def __init__(self, series: Iterable[Series]) -> None:
        self.series = sorted(set(series))
        self._months: dict[Series, dict[date, tuple[int, str]]] = {}

    def read(self, *, lock: bool) -> None:
        """Look at them; with ``lock`` those that are not locked for good stay as they are until the commit."""
        columns = [list(column) for column in zip(*self.series, strict=True)]
        unlocked = f"{_COLUMNS} {_SERIES} WHERE s.state <> 'locked'"
        if lock:
            unlocked += " ORDER BY s.id FOR NO KEY UPDATE OF s"
        self._months = {series: {} for series in self.series}
        with database.cursor() as cursor:
            for query in (unlocked, f"{_COLUMNS} {_SERIES} WHERE s.state = 'locked'"):
                cursor.execute(query, columns)
                for *series, month, pk, state in cursor.fetchall():
                    self._months[Series(*series)][month] = (pk, state)

    def open_for(self, series: Series, month: date) -> tuple[int, date] | None:
        """The open statement that takes what belongs to ``month``: its primary key and month, if there is one."""
        held = self._months[series].get(month)
        if held is not None and held[1] == StatementState.OPEN:
            return held[0], month
        if held is None:
            return None
        later = sorted(
            (other, pk)
            for other, (pk, state) in self._months[series].items()
            if other > month and state == StatementState.OPEN
        )
        return (later[0][1], later[0][0]) if later else None

    def to_open(self, series: Series, month: date, zone: str, now: datetime) -> date:
        """The month of which a statement has to be made, where :meth:`open_for` finds none."""
        held = self._months[series]
        if month not in held:
            return month
        candidate = max(months.after(month), months.month_of(now, months.zone_of(zone)))
        while candidate in held:
            candidate = months.after(candidate)
        return candidate


class Belonging(Protocol):
    """What has its place on the statements of a series, whose months are those of a time zone (an IANA name)."""

    @property
    def series(self) -> Series: ...

    @property
    def zone(self) -> str: ...


def settle_places(calendar: Calendar, wanted: Collection[tuple[Belonging, date]]) -> None:
    """Lock the statements of the calendar, and make those that ``wanted`` (with its month) need and lack."""
    now = timezone.now()
    calendar.read(lock=False)
    while True:
        missing = {
            (fact.series, calendar.to_open(fact.series, month, fact.zone, now))
            for fact, month in wanted
            if calendar.open_for(fact.series, month) is None
        }
        if missing:
            rows = sorted((*series, month) for series, month in missing)
            with database.cursor() as cursor:
                cursor.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])
        calendar.read(lock=True)
        if all(calendar.open_for(fact.series, month) for fact, month in wanted):
            return
