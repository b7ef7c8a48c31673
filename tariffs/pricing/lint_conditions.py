"""Remarks about conditions that mean something else than most people think."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from ocpi.datetimes import parse_datetime
from ocpi.numbers import plain
from ocpi.regions import DAYS, minutes
from ocpi.tariff_words import duration
from tariffs.pricing.lint_lines import Document, Line, Remark, at_path, remark, rows

_PER_PHASE = frozenset({6, 10, 13, 16, 20, 25, 32})
"""Ratings of one phase in A. What three phases of them come to is another number."""
_LATE = 3600
_CURRENTS = ("min_current", "max_current")


def of_conditions(
    document: Document, lines: Sequence[Line], at: datetime | None
) -> Iterator[Remark]:
    """Remarks per element; with ``at``, an aware time, also what is over by then."""
    for element in dict.fromkeys(line.element for line in lines):
        about = at_path(lines, f"elements.{element}")
        yield from _last_minute(about, lines)
        yield from _durations(about, lines)
        yield from _currents(about)
        yield from _dates(about, document, at)


def _last_minute(about: list[Line], lines: Sequence[Line]) -> Iterator[Remark]:
    """19:59 where another row goes on at 20:00, and any end in minute 59; 23:59 is said elsewhere."""
    end = about[0].restrictions.get("end_time")
    if end is None or end[:5] == "23:59":
        return
    after = minutes(end) + 1
    starts = {
        one.restrictions["start_time"][:5]
        for one in lines
        if one.element != about[0].element and one.restrictions.get("start_time")
    }
    follows = f"{after // 60:02}:{after % 60:02}"
    if after % 60 == 0 or follows in starts:
        yield remark(
            "last_minute_uncovered",
            f"{about[0].conditions_path}.end_time",
            f"{rows(about)} end{'s' if len(about) == 1 else ''} at {end}, and the end is not included: the"
            f" minute before {follows} is left out.",
            f"Write {follows}.",
        )


def _durations(about: list[Line], lines: Sequence[Line]) -> Iterator[Remark]:
    """``min_duration`` and ``max_duration`` count from the start of the session (ocpi/ocpi#434, #225)."""
    given = about[0].restrictions
    least = given.get("min_duration") or 0
    limit, name = (least, "min_duration") if least else (given.get("max_duration"), "max_duration")
    if not limit or not about[0].is_use:
        return
    path = f"{about[0].conditions_path}.{name}"
    parking = [line for line in about if line.dimension == "PARKING_TIME" and line.price]
    if parking:
        side = "after" if least else "within"
        yield remark(
            "parking_duration_counts_session",
            path,
            f"{rows(parking)}: parking costs {parking[0].cost} per hour {side} {duration(limit)} of the whole"
            " session, counted from its start; time spent charging counts too.",
            "OCPI cannot say “after so long without charging”; tell drivers what counts.",
        )
    late = [line for line in about if line.dimension == "TIME" and line.price]
    parks = any(line.dimension == "PARKING_TIME" and line.price for line in lines)
    energy = any(line.dimension == "ENERGY" and line.price for line in lines)
    if late and least >= _LATE and energy and not parks:
        yield remark(
            "overstay_on_charging_time",
            late[0].path,
            f"{rows(late)}: {late[0].cost} per hour after {duration(least)} counts charging time only. A car"
            " that is full and stays pays nothing for it.",
            "For a fee on staying too long price parking (PARKING_TIME) as well.",
        )


def _currents(about: list[Line]) -> Iterator[Remark]:
    """Currents in restrictions are sums over the phases (OCPI 2.3.0, mod_tariffs, TariffRestrictions)."""
    for name in _CURRENTS:
        value = about[0].restrictions.get(name)
        if value in _PER_PHASE:
            yield remark(
                "current_per_phase",
                f"{about[0].conditions_path}.{name}",
                f"{rows(about)}: {plain(value)} A is the sum over all phases; a car on three phases of"
                f" {plain(value)} A takes {plain(value * 3)} A.",
                f"If {plain(value)} A per phase is meant, write {plain(value * 3)}.",
            )


def _dates(about: list[Line], document: Document, at: datetime | None) -> Iterator[Remark]:
    region = about[0].region
    start, end = region.dates
    if region.dates.is_empty() or (start is None and end is None):
        return
    path = about[0].conditions_path
    if start is not None and end is not None and not _days_between(start, end) & region.days:
        yield remark(
            "days_not_in_dates",
            f"{path}.day_of_week",
            f"{rows(about)} never appl{'ies' if len(about) == 1 else 'y'}: none of its days of the week lies"
            f" from {start} until before {end}.",
            "Correct the dates or the days.",
        )
    # A day of slack on both sides: dates are local, and the zone is not known here.
    begins, ends = (document.get(name) for name in ("start_date_time", "end_date_time"))
    before = end is not None and begins is not None and _day(begins, -1) >= end
    after = start is not None and ends is not None and _day(ends, 1) < start
    if before or after:
        yield remark(
            "within_no_validity",
            f"{path}.{'end_date' if before else 'start_date'}",
            f"{rows(about)} never appl{'ies' if len(about) == 1 else 'y'}: its dates lie"
            f" {'before' if before else 'after'} the validity of the tariff.",
            "Correct the dates or the validity.",
        )
    elif at is not None and end is not None and f"{at.date() - timedelta(days=1)}" >= end:
        yield remark(
            "element_over",
            f"{path}.end_date",
            f"{rows(about)} ended before {end}.",
            "Leave it out when the tariff changes next.",
        )


def _days_between(start: str, end: str) -> set[str]:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    count = min((last - first).days, len(DAYS))
    return {DAYS[(first.weekday() + offset) % len(DAYS)] for offset in range(count)}


def _day(moment: str, offset: int) -> str:
    return (parse_datetime(moment).date() + timedelta(days=offset)).isoformat()
