"""The prices of a tariff over a week, as they are at one stage of a charge.

Pure: no Django, no clock. What depends on energy or time is taken as at a stage, such as the start of a
charge; what depends on power or current as given. Dates count as of the week that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ocpi.numbers import plain
from ocpi.regions import DAYS, END_OF_DAY
from ocpi.tariff_words import conditions, duration
from tariffs.pricing import CompiledTariff
from tariffs.pricing.exact import SECOND
from tariffs.pricing.restrictions import Moment

DIMENSIONS = ("ENERGY", "TIME", "PARKING_TIME")
_MINUTE = 60 * SECOND
_EPOCH = date(1970, 1, 1)


class Prices(NamedTuple):
    """Per kWh, per hour of charging and per hour parked; ``None`` where nothing is charged for it."""

    energy: Decimal | None
    time: Decimal | None
    parking: Decimal | None


class Stage(NamedTuple):
    """How far a charge has come: ``energy`` in kWh, ``seconds`` since it began; ``words`` say it."""

    words: str
    energy: Decimal = Decimal(0)
    seconds: int = 0


START = Stage("At the start of a charge")


class Stretch(NamedTuple):
    """The prices of one day from a minute to another, counted since local midnight, at most 24 * 60."""

    start: int
    end: int
    prices: Prices

    @property
    def words(self) -> str:
        """From when to when, or ``all day``."""
        if (self.start, self.end) == (0, END_OF_DAY):
            return "all day"
        return f"{clock(self.start)}\N{EN DASH}{clock(self.end)}"


class Span(NamedTuple):
    """Stretches that some days of the week have alike; ``days`` in words."""

    days: str
    stretches: tuple[Stretch, ...]


Week = tuple[tuple[Stretch, ...], ...]
"""For each day from Monday on its stretches, which fill it without gaps."""


def stages(tariff: CompiledTariff) -> list[Stage]:
    """The start, and every stage from which on a price may be another one by energy or by time."""
    durations = sorted(at // SECOND for at in tariff.boundaries.durations if at > 0)
    energies = sorted(kwh for kwh in tariff.boundaries.energies if kwh > 0)
    return [
        START,
        *(Stage(f"After {duration(seconds)}", seconds=seconds) for seconds in durations),
        *(Stage(f"After {plain(kwh)} kWh", energy=kwh) for kwh in energies),
    ]


def week_of(
    tariff: CompiledTariff,
    monday: date,
    power: Decimal | None,
    current: Decimal | None,
    stage: Stage = START,
) -> Week:
    """The prices in the week that begins on ``monday``, at a power in kW and a current in A.

    While parking neither flows. ``None`` is not known: prices that depend on it do not hold then.
    """
    minutes = sorted({0, *(at // _MINUTE for at in tariff.boundaries.clock)} - {END_OF_DAY})
    ends = [*minutes[1:], END_OF_DAY]
    day_number = (monday - _EPOCH).days
    first = Moment(0, day_number, stage.energy, stage.seconds * SECOND, current, power)
    return tuple(
        tuple(
            _merged(
                Stretch(start, end, _at(tariff, moment._replace(clock=start * _MINUTE)))
                for start, end in zip(minutes, ends, strict=True)
            )
        )
        for moment in (first._replace(day=first.day + day) for day in range(len(DAYS)))
    )


def _at(tariff: CompiledTariff, charging: Moment) -> Prices:
    parked = charging._replace(current=Decimal(0), power=Decimal(0))
    table = tariff.tables["", False, True]
    found = []
    for dimension in DIMENSIONS:
        moment = parked if dimension == "PARKING_TIME" else charging
        component = next(
            (one.component for one in table[dimension] if one.test is None or one.test(moment)),
            None,
        )
        found.append(component.price if component is not None and component.price else None)
    return Prices(*found)


def _merged(stretches: Iterator[Stretch]) -> Iterator[Stretch]:
    """Neighbours of the same prices as one."""
    before: Stretch | None = None
    for one in stretches:
        if before is not None and before.prices == one.prices:
            before = before._replace(end=one.end)
            continue
        if before is not None:
            yield before
        before = one
    if before is not None:
        yield before


def spans(week: Week) -> list[Span]:
    """The week as a table: days with the same prices together, in the order of their first day."""
    by_stretches: dict[tuple[Stretch, ...], list[str]] = {}
    for day, stretches in zip(DAYS, week, strict=True):
        by_stretches.setdefault(stretches, []).append(day)
    return [Span(_days(days), stretches) for stretches, days in by_stretches.items()]


def _days(days: Sequence[str]) -> str:
    return next(conditions({"day_of_week": days}), "Every day")


def is_steady(week: Week) -> bool:
    """Whether nothing changes over the week."""
    return len({stretch.prices for day in week for stretch in day}) == 1


def depends(tariff: CompiledTariff) -> list[str]:
    """What else than the time and the stage of the charge decides about the prices, in words."""
    boundaries = tariff.boundaries
    said = {"the power": boundaries.powers, "the current": boundaries.currents}
    return [words for words, found in said.items() if found]


def clock(minute: int) -> str:
    """``20:00``; the end of the day is ``24:00``."""
    return f"{minute // 60:02}:{minute % 60:02}"
