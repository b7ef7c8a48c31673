"""Ten charges by which any Tariff can be tried: what would each of them cost?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tariffs.pricing.charge import Charge, Period, Phase
from tariffs.pricing.clock import zone

A_MONDAY = date(2026, 6, 1)

_C, _P, _S = Phase.CHARGING, Phase.PARKING, Phase.SUSPENDED
_R, _X = Phase.RESERVATION, Phase.RESERVATION_EXPIRED


class Reference(NamedTuple):
    """A charge to try a Tariff by, with its name to store and a label for people."""

    name: str
    label: str
    charge: Charge


class _Part(NamedTuple):
    """A stretch of minutes with kWh, at a power in kW and a current summed over phases in A."""

    phase: Phase
    minutes: int
    kwh: str = "0"
    power: str | None = None
    current: str | None = None


_REFERENCES: tuple[tuple[str, str, int, str, tuple[_Part, ...]], ...] = (
    (
        "TOP_UP",
        "30 minutes at 7.4 kW on a Monday morning",
        0,
        "09:00",
        (_Part(_C, 30, "3.7", "7.4", "32"),),
    ),
    (
        "AFTERNOON",
        "2 hours at 11 kW on a Tuesday afternoon",
        1,
        "16:00",
        (_Part(_C, 120, "22", "11", "48"),),
    ),
    (
        "OVERNIGHT",
        "4 hours at 11 kW on a Wednesday evening, then connected until morning",
        2,
        "18:30",
        (_Part(_C, 240, "44", "11", "48"), _Part(_P, 540)),
    ),
    (
        "OFFICE",
        "3 hours at 7.4 kW on a Thursday morning, then parked for 5 hours",
        3,
        "08:30",
        (_Part(_C, 180, "22.2", "7.4", "32"), _Part(_P, 300)),
    ),
    (
        "FAST",
        "30 minutes at up to 150 kW on a Friday noon",
        4,
        "12:10",
        (
            _Part(_C, 10, "25", "150", "375"),
            _Part(_C, 10, "15", "90", "225"),
            _Part(_C, 10, "7.5", "45", "113"),
        ),
    ),
    (
        "WEEKEND",
        "1 hour at 22 kW on a Saturday, then 20 minutes connected",
        5,
        "10:00",
        (_Part(_C, 60, "22", "22", "96"), _Part(_P, 20)),
    ),
    (
        "PAUSED",
        "2 hours at 11 kW on a Sunday, with a pause of 30 minutes by the charger",
        6,
        "13:00",
        (
            _Part(_C, 60, "11", "11", "48"),
            _Part(_S, 30),
            _Part(_C, 60, "11", "11", "48"),
        ),
    ),
    (
        "NOTHING",
        "5 minutes connected on a Monday without any energy",
        0,
        "08:00",
        (_Part(_P, 5),),
    ),
    (
        "RESERVED",
        "reserved for 20 minutes on a Monday, then 20 kWh within an hour",
        0,
        "17:00",
        (_Part(_R, 20), _Part(_C, 60, "20", "20", "87")),
    ),
    (
        "EXPIRED",
        "reserved for 30 minutes on a Monday, and nobody came",
        0,
        "17:00",
        (_Part(_X, 30),),
    ),
)


def references(
    time_zone: str | None = None,
    *,
    monday: date = A_MONDAY,
    tariff_id: str | None = None,
) -> tuple[Reference, ...]:
    """The ten charges in the week from `monday`, at local times of `time_zone` (IANA; None is UTC).

    Periods name `tariff_id`. Everything is the same every time: nothing asks the clock.
    """
    found = None if time_zone is None else zone(time_zone)
    return tuple(
        Reference(
            name,
            label,
            _charge(_at(monday + timedelta(days=day), clock, found), parts, time_zone, tariff_id),
        )
        for name, label, day, clock, parts in _REFERENCES
    )


def _at(day: date, clock: str, found: ZoneInfo | None) -> datetime:
    local = datetime.combine(day, time.fromisoformat(clock), tzinfo=found or UTC)
    return local.astimezone(UTC)


def _charge(
    begins: datetime, parts: tuple[_Part, ...], time_zone: str | None, tariff_id: str | None
) -> Charge:
    periods: list[Period] = []
    for place, part in enumerate(parts):
        ends = begins + timedelta(minutes=part.minutes)
        flow: dict[str, Any] = {
            name: None if said is None else Decimal(said)
            for name, said in (("power", part.power), ("current", part.current))
        }
        periods.append(
            Period(
                begins,
                ends,
                part.phase,
                Decimal(part.kwh),
                tariff_id=tariff_id,
                source=place,
                **flow,
            )
        )
        begins = ends
    start = next((one.start for one in periods if one.phase.is_connected), periods[0].start)
    doubts = ("NO_TIME_ZONE",) if time_zone is None else ()
    return Charge(tuple(periods), time_zone, start, doubts)
