"""What was used in a charge: stretches of time with their energy, before anything is priced."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from ocpi.datetimes import format_datetime
from tariffs.pricing.exact import microseconds, plain_hours

ZERO = Decimal(0)


class Phase(StrEnum):
    """What a connector was doing.

    SUSPENDED is a pause by the EVSE while the vehicle still asks for power (A-01): load
    management, smart charging, a fault. PARKING is a vehicle that is connected and asks for none.
    The phases of bookings (bookings branch of OCPI 2.3.0) are priced only if the rules say so (A-20).
    """

    CHARGING = "CHARGING"
    PARKING = "PARKING"
    SUSPENDED = "SUSPENDED"
    RESERVATION = "RESERVATION"
    RESERVATION_EXPIRED = "RESERVATION_EXPIRED"
    BOOKING = "BOOKING"
    BOOKING_EXPIRED = "BOOKING_EXPIRED"
    BOOKING_CANCELLED = "BOOKING_CANCELLED"
    BOOKING_OVERTIME = "BOOKING_OVERTIME"

    is_connected: bool
    """Whether a vehicle is connected, so that this is part of the charging session itself."""

    def __init__(self, value: str) -> None:
        self.is_connected = value in {"CHARGING", "PARKING", "SUSPENDED"}

    # A plain attribute and a C function: the engine asks both for every stretch of time.
    __hash__ = str.__hash__


_DIMENSION = {
    Phase.CHARGING: "TIME",
    Phase.PARKING: "PARKING_TIME",
    Phase.RESERVATION: "RESERVATION_TIME",
    Phase.RESERVATION_EXPIRED: "RESERVATION_TIME",
}


class Period(NamedTuple):
    """A stretch of time from `start` to `end` (aware datetimes) in one phase.

    `energy` in kWh, negative when the vehicle gave more than it took. `time`, `parking` and
    `reservation` are hours as somebody stated them, None where nothing was stated: then the time
    between start and end counts. Currents are sums over the phases in A, powers in kW; `current`
    and `power` are averages. `tariff_id` None means that no Tariff was named. `source` is the place
    of the ChargingPeriod it comes from in the document.
    """

    start: datetime
    end: datetime
    phase: Phase = Phase.CHARGING
    energy: Decimal = ZERO
    time: Decimal | None = None
    parking: Decimal | None = None
    reservation: Decimal | None = None
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    current: Decimal | None = None
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    power: Decimal | None = None
    tariff_id: str | None = None
    source: int = 0


class Charge(NamedTuple):
    """A charge as it is priced: periods in the order of time, without gaps or overlaps to be repaired.

    `time_zone` is an IANA name; None means UTC, which is a guess. `start` is the start of the
    session itself, without a reservation before it: durations count from it (A-06). `doubts` are
    codes of what had to be assumed (see :data:`DOUBTS`); a charge with doubts is priced with low
    confidence.
    """

    periods: tuple[Period, ...]
    time_zone: str | None
    start: datetime
    doubts: tuple[str, ...] = ()

    @property
    def end(self) -> datetime:
        """When the last period ends."""
        return self.periods[-1].end if self.periods else self.start

    @property
    def energy(self) -> Decimal:
        """All energy, in kWh."""
        return sum((period.energy for period in self.periods), ZERO)

    def to_ocpi(self) -> list[dict[str, object]]:
        """The periods as ChargingPeriods of a canonical (2.3.0) document; volumes are exact Decimals.

        Times are given in hours with ten decimals at most; starts in milliseconds. A pause by the
        EVSE is a period without TIME and PARKING_TIME.
        """
        return [_written(period) for period in self.periods]


DOUBTS = {
    "NO_TIME_ZONE": "The time zone of the place is not known; times of day are taken as UTC.",
    "UNKNOWN_TIME_ZONE": "The time zone given is not one that exists; times of day are taken as UTC.",
    "NO_PERIODS": "No charging periods are given; all of it is taken as one period of charging.",
    "NO_TIMES": "Periods do not say how long was charged; the time between them is taken.",
    "ENERGY_NOT_IN_PERIODS": "Energy is only known for the whole session; it is spread over its periods.",
    "STARTS_BEFORE": "The first period starts before the charge does.",
    "OUT_OF_ORDER": "Periods are not in the order of time; they were sorted.",
    "ENDS_BEFORE": "A period starts after the end of the charge; it is taken as having no length.",
}
"""What had to be assumed to read a charge, by code."""


def _written(period: Period) -> dict[str, object]:
    dimensions = [{"type": kind, "volume": volume} for kind, volume in _dimensions(period)]
    written: dict[str, object] = {
        "start_date_time": format_datetime(period.start.astimezone(UTC)),
        "dimensions": dimensions,
    }
    if period.tariff_id is not None:
        written["tariff_id"] = period.tariff_id
    return written


def _dimensions(period: Period) -> Iterator[tuple[str, Decimal]]:
    """A period of charging without length has no TIME: TIME 0 would make it a pause."""
    if period.energy or period.phase.is_connected:
        yield "ENERGY", period.energy
    dimension = _DIMENSION.get(period.phase)
    stated = {"TIME": period.time, "PARKING_TIME": period.parking}.get(
        dimension or "", period.reservation
    )
    length = microseconds(period.end) - microseconds(period.start)
    if period.phase is Phase.SUSPENDED:
        yield "TIME", ZERO
    elif dimension is not None and stated is not None:
        yield dimension, stated
    elif dimension is not None and (length or dimension != "TIME"):
        yield dimension, plain_hours(length)
    for name in ("min_current", "max_current", "current", "min_power", "max_power", "power"):
        value = getattr(period, name)
        if value is not None:
            yield name.upper(), value
