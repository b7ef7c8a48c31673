"""Splits the periods of a charge into stretches in which no price can change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from tariffs.pricing import clock
from tariffs.pricing.charge import ZERO, Charge, Period, Phase
from tariffs.pricing.exact import HOUR, ceiling, microseconds, of_hours, quotient
from tariffs.pricing.restrictions import Moment
from tariffs.pricing.rules import RuleSet, Times, Unknown
from tariffs.pricing.tariff import Boundaries, CompiledTariff

Tariffs = CompiledTariff | Mapping[str, CompiledTariff]

_MILLISECOND = 1000
_TOLERANCES = {2: HOUR // 100, 3: HOUR // 1000, 4: HOUR // 10_000}
_NOWHERE = Moment(0, 0, ZERO, 0, None, None)


class Stretch(NamedTuple):
    """A stretch from `start` to `end` (microseconds since 1970) in which every price stays the same.

    `energy` in kWh; `time` in microseconds is what counts as time, which is not always end less
    start. `tariff` is None where none applies, and `reason` says why, as in `REASONS`. `is_whole`: it is a whole
    period.
    """

    period: int
    phase: Phase
    tariff: CompiledTariff | None
    start: int
    end: int
    energy: Decimal
    time: int
    moment: Moment
    reason: str
    is_whole: bool


def tariff_of(
    period: Period, tariffs: Tariffs, rules: RuleSet
) -> tuple[CompiledTariff | None, str]:
    """The Tariff that prices a period, else the reason why none does (A-19)."""
    if isinstance(tariffs, CompiledTariff):
        return tariffs, ""
    found = tariffs.get(period.tariff_id) if period.tariff_id is not None else None
    if found is not None:
        return found, ""
    if rules.tariff_of_other_periods and len(tariffs) == 1:
        return next(iter(tariffs.values())), "OTHER_TARIFF"
    return None, "NO_TARIFF" if period.tariff_id is None else "TARIFF_NOT_AT_HAND"


def stretches(charge: Charge, tariffs: Tariffs, rules: RuleSet) -> Iterator[Stretch]:
    """All stretches in the order of time; to be used in :data:`tariffs.pricing.exact.CONTEXT`."""
    periods = charge.periods
    single = tariffs if isinstance(tariffs, CompiledTariff) else None
    session_start = microseconds(charge.start)
    if rules.duration_from_reservation and periods:
        session_start = min(session_start, microseconds(periods[0].start))
    offsets: clock.Offsets | None = None
    so_far, per_tariff, reserved_since = ZERO, _Used(), None
    reason, ended, end = "", None, 0
    for index, period in enumerate(periods):
        start = end if period.start is ended else microseconds(period.start)
        ended = period.end
        end = max(start, microseconds(ended))
        phase, energy = period.phase, period.energy
        tariff = single
        if tariff is None:
            tariff, reason = tariff_of(period, tariffs, rules)
        time = _time(period, end - start, rules)
        before, so_far = so_far, so_far + energy
        if tariff is None:
            yield Stretch(index, phase, None, start, end, energy, time, _NOWHERE, reason, True)
            continue
        if rules.kwh_per_tariff:
            before = per_tariff.before(tariff, energy)
        boundaries = tariff.boundaries
        if not tariff.is_bounded:
            yield Stretch(index, phase, tariff, start, end, energy, time, _NOWHERE, reason, True)
            continue
        since = session_start
        if not phase.is_connected:
            reserved_since = since = start if reserved_since is None else reserved_since
        if boundaries.clock and offsets is None:
            name = None if rules.clock_in_utc else charge.time_zone
            offsets = clock.offsets(name, microseconds(periods[0].start), _last(charge))
        known = offsets or clock.UTC_OFFSETS
        current: Decimal | None = ZERO
        power: Decimal | None = ZERO
        if phase is Phase.CHARGING and (boundaries.currents or boundaries.powers):
            current, power = _flow(period, end - start, rules)
        span = _Span(start, end, energy, before, since)
        cuts = _cuts(span, boundaries, known) if rules.split_periods else None
        if cuts:
            whole = Stretch(index, phase, tariff, start, end, energy, time, _NOWHERE, reason, False)
            yield from _split(whole, cuts, Moment(0, 0, before, since, current, power), known)
            continue
        local_clock, day = clock.local(known, start) if boundaries.clock else (0, 0)
        seen = before if energy >= 0 or cuts is None else before + energy / 2
        at = Moment(local_clock, day, seen, start - since, current, power)
        yield Stretch(index, phase, tariff, start, end, energy, time, at, reason, True)


class _Used:
    """Energy so far under each Tariff (A-15)."""

    __slots__ = ("energies",)

    def __init__(self) -> None:
        self.energies: dict[int, Decimal] = {}

    def before(self, tariff: CompiledTariff, energy: Decimal) -> Decimal:
        """What was used under a Tariff so far; the energy is counted from now on."""
        used = self.energies.get(id(tariff), ZERO)
        self.energies[id(tariff)] = used + energy
        return used


def _last(charge: Charge) -> int:
    return max(microseconds(period.end) for period in charge.periods)


def _split(
    whole: Stretch, cuts: list[tuple[int, Decimal]], base: Moment, offsets: clock.Offsets
) -> Iterator[Stretch]:
    """The stretches between cuts; `base` holds energy before, the start of the session, and what flows."""
    at, energy_at, time_at = whole.start, ZERO, 0
    length = whole.end - whole.start
    for cut, energy_then in [*cuts, (whole.end, whole.energy)]:
        is_end = cut == whole.end
        time_then = whole.time if is_end else whole.time * (cut - whole.start) // length
        local_clock, day = clock.local(offsets, at)
        seen = base.energy + energy_at
        if energy_then < energy_at:
            seen = base.energy + (energy_at + energy_then) / 2
        yield whole._replace(
            start=at,
            end=cut,
            energy=energy_then - energy_at,
            time=time_then - time_at,
            moment=Moment(local_clock, day, seen, at - base.duration, base.current, base.power),
        )
        at, energy_at, time_at = cut, energy_then, time_then


class _Span(NamedTuple):
    """A period with the energy `so_far`, and `since` when durations count."""

    start: int
    end: int
    energy: Decimal
    so_far: Decimal
    since: int


def _cuts(span: _Span, boundaries: Boundaries, offsets: clock.Offsets) -> list[tuple[int, Decimal]]:
    """Instants strictly inside, each with the energy of the period until then, which goes one way."""
    start, end, energy, so_far, since = span
    times = clock.changes(offsets, boundaries.clock, start, end) if boundaries.clock else []
    for one in boundaries.durations:
        if start < since + one < end:
            times.append(since + one)
    found: list[tuple[int, Decimal]] = []
    if times:
        length = Decimal(end - start)
        found = [(at, quotient(energy * (at - start), length)) for at in set(times)]
    if energy and boundaries.energies:
        low, high = (so_far, so_far + energy) if energy > 0 else (so_far + energy, so_far)
        for threshold in boundaries.energies:
            if low < threshold < high:
                used = threshold - so_far
                exact = start + (end - start) * used / energy
                at = ceiling(exact / _MILLISECOND) * _MILLISECOND
                found.append((min(at, end), used))
    if len(found) < 2:
        return found
    found.sort(key=lambda cut: (cut[0], abs(cut[1])))
    return _one_way(found, energy)


def _one_way(cuts: list[tuple[int, Decimal]], energy: Decimal) -> list[tuple[int, Decimal]]:
    """Energies that never go back, which rounding instants to milliseconds could make them do."""
    choose = min if energy < 0 else max
    result: list[tuple[int, Decimal]] = []
    reached = ZERO
    for at, used in cuts:
        reached = choose(reached, used)
        result.append((at, reached))
    return result


def _flow(period: Period, length: int, rules: RuleSet) -> tuple[Decimal | None, Decimal | None]:
    """Current and power while charging: the average, else the most, else the least (A-12)."""
    current = _first(period.current, period.max_current, period.min_current)
    power = _first(period.power, period.max_power, period.min_power)
    if current is not None and rules.current_factor != 1:
        current *= rules.current_factor
    if rules.unknown_power is Unknown.ZERO:
        current, power = current or ZERO, power or ZERO
    elif rules.unknown_power is Unknown.AVERAGE and power is None and length:
        power = period.energy * HOUR / length
    return current, power


def _first(*values: Decimal | None) -> Decimal | None:
    for value in values:
        if value is not None:
            return value
    return None


def _time(period: Period, length: int, rules: RuleSet) -> int:
    """Microseconds that count as time, of the kind that the phase of the period is."""
    phase, times = period.phase, rules.times
    if phase is Phase.CHARGING:
        stated = period.time
    elif phase is Phase.PARKING:
        stated = period.parking
    elif phase is Phase.SUSPENDED:
        return length
    else:
        stated = period.reservation
    if times is Times.TIMESTAMPS:
        return length
    if stated is None:
        return 0 if times is Times.VOLUMES else length
    exact = of_hours(stated)
    if exact == length or times is Times.VOLUMES or not exact:
        return exact
    off = abs(exact - length)
    return length if off <= _TOLERANCES[4] or off <= tolerance(stated) else exact


def tolerance(stated: Decimal) -> int:
    """By how many microseconds hours may be off that were written with these digits.

    At least two and at most four decimals are taken as written, as trailing zeros get lost and OCPI
    numbers have four.
    """
    exponent = stated.as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else 0
    return _TOLERANCES[min(max(digits, 2), 4)]
