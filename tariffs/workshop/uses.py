"""Charges that somebody may make: so much energy or so long connected, at a power, from a time on.

Pure: no Django, no clock. Times are local to a place, whose zone is an IANA name.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ocpi.numbers import plain
from tariffs.pricing import Charge, Period, Phase

BATTERY = Decimal(60)
"""How much a car takes at most, in kWh; who stays connected longer is parked."""
AC_LIMIT = Decimal(43)
"""Up to so many kW a connector is taken for AC."""
VOLTS_AC, VOLTS_DC = Decimal(230), Decimal(400)
ENERGIES = (Decimal(10), Decimal(30), Decimal(60))
STAYS = (timedelta(minutes=20), timedelta(hours=1), timedelta(hours=8))
_MINUTE = Decimal("0.0001")
_ZERO = timedelta()


class Use(NamedTuple):
    """What a charge uses: ``kwh`` evenly over ``charging``, then ``parked``; ``reserved`` comes before.

    ``power`` in kW and ``current`` in A, the sum over the phases, while charging; ``None`` is not known.
    """

    kwh: Decimal
    charging: timedelta
    parked: timedelta = _ZERO
    reserved: timedelta = _ZERO
    power: Decimal | None = None
    current: Decimal | None = None

    @property
    def words(self) -> str:
        """``30 kWh in 2 h 44 min at 11 kW, then parked for 40 min``."""
        said = f"{plain(self.kwh)} kWh in {self.how}"
        return f"reserved for {length(self.reserved)}, then {said}" if self.reserved else said

    @property
    def how(self) -> str:
        """The same without the energy: ``2 h 44 min at 11 kW, then parked for 40 min``."""
        said = length(self.charging)
        if self.power is not None:
            said += f" at {plain(self.power)} kW"
        return f"{said}, then parked for {length(self.parked)}" if self.parked else said


class Row(NamedTuple):
    """A use by the name under which it is compared, such as ``30 kWh`` or ``8 h connected``; ``note`` says more."""

    name: str
    use: Use
    note: str


class Start(NamedTuple):
    """A time to start at by its name, such as ``Weekday, 10:00``."""

    key: str
    name: str
    at: datetime

    @property
    def words(self) -> str:
        return moment_words(self.at)

    @property
    def day(self) -> str:
        return self.words.partition(",")[0]


def rows(power: Decimal) -> list[Row]:
    """The usual uses at a power above zero, in kW."""
    current = current_at(power)
    by_energy = [Use(kwh, _time_for(kwh, power), power=power, current=current) for kwh in ENERGIES]
    return [
        *(Row(f"{plain(use.kwh)} kWh", use, use.how) for use in by_energy),
        *(_stay(stay, power, current) for stay in STAYS),
    ]


def current_at(power: Decimal) -> Decimal:
    """The sum over the phases in A at a power in kW, at the usual voltage of AC or DC; a rough value."""
    volts = VOLTS_AC if power <= AC_LIMIT else VOLTS_DC
    return (power * 1000 / volts).quantize(Decimal(1), ROUND_HALF_UP)


def starts(day: date, zone: str) -> list[Start]:
    """By day and by night, on the first weekday from ``day`` on and on the first Saturday.

    Raises ``ZoneInfoNotFoundError`` or ``ValueError`` for a zone that does not exist.
    """
    weekday = day + timedelta(days=max(7 - day.weekday(), 0) if day.weekday() > 4 else 0)
    saturday = day + timedelta(days=(5 - day.weekday()) % 7)
    return [
        Start(f"{key}-{hour:02}", f"{name}, {hour:02}:00", _local(on, hour, zone))
        for key, name, on in (("weekday", "Weekday", weekday), ("weekend", "Weekend", saturday))
        for hour in (10, 2)
    ]


def charge_of(use: Use, start: datetime, zone: str) -> Charge:
    """The charge of a use from an aware moment on: when charging begins, after any reservation."""
    periods = []
    if use.reserved:
        periods.append(Period(start - use.reserved, start, Phase.RESERVATION))
    full = start + use.charging
    periods.append(
        Period(start, full, Phase.CHARGING, use.kwh, current=use.current, power=use.power)
    )
    if use.parked:
        periods.append(Period(full, full + use.parked, Phase.PARKING))
    return Charge(tuple(periods), zone, start)


def moment_words(at: datetime) -> str:
    """``Tue 1 Dec 2026, 18:30``, local as it is given."""
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M}"


def length(span: timedelta) -> str:
    """``2 h 44 min``, ``20 min``, to the minute; less than one is said in seconds."""
    seconds = round(span.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes:02} min" if minutes else f"{hours} h"


def minutes_of(span: timedelta) -> Decimal:
    """In minutes, to four decimals, to which the times of the usual uses are cut."""
    return (Decimal(span // timedelta(microseconds=1)) / 60_000_000).quantize(_MINUTE).normalize()


def _time_for(kwh: Decimal, power: Decimal) -> timedelta:
    """To four decimals of a minute, so that a link can say it exactly."""
    minutes = (kwh / power * 60).quantize(_MINUTE, ROUND_HALF_UP)
    return timedelta(microseconds=int(max(minutes, _MINUTE) * 60_000_000))


def _stay(stay: timedelta, power: Decimal, current: Decimal) -> Row:
    full = _time_for(BATTERY, power)
    charging = min(stay, full)
    kwh = BATTERY
    if charging < full:
        hours = Decimal(charging // timedelta(seconds=1)) / 3600
        kwh = (power * hours).quantize(Decimal("0.001"), ROUND_HALF_UP).normalize()
    use = Use(kwh, charging, stay - charging, power=power, current=current)
    return Row(f"{length(stay)} connected", use, use.words)


def _local(day: date, hour: int, zone: str) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(zone))
