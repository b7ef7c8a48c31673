"""Step sizes: what is used is rounded up, once for energy and once for times (OCPI, mod_cdrs, step_size)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from tariffs.pricing.charge import ZERO, Phase
from tariffs.pricing.exact import SECOND, ceiling, hours, of_hours
from tariffs.pricing.priced import Unpriced
from tariffs.pricing.rules import RuleSet, Step
from tariffs.pricing.tariff import CompiledTariff, Component
from tariffs.pricing.walking import Stretch

_KILO = Decimal(1000)
_ENOUGH = Decimal("1E-12")
"""Energy is rounded up from so many kWh on, so that what a cut third left does not make a step."""


class Part:
    """What one component prices in one period: `energy` in kWh or `time` in microseconds.

    `added_energy` and `added_time` are what step size added.
    """

    __slots__ = (
        "added_energy",
        "added_time",
        "component",
        "end",
        "energy",
        "period",
        "phase",
        "start",
        "tariff",
        "time",
    )

    def __init__(self, stretch: Stretch, tariff: CompiledTariff, component: Component) -> None:
        self.period = stretch.period
        self.phase = stretch.phase
        self.start = stretch.start
        self.end = stretch.end
        self.tariff = tariff
        self.component = component
        self.energy = stretch.energy
        self.time = stretch.time
        self.added_energy = ZERO
        self.added_time = 0

    @property
    def nature(self) -> tuple[str, str]:
        """What is summed up before it is rounded: energy, charging, parking, reservation, a booking."""
        phase = self.phase
        return self.component.dimension, "" if phase.is_connected else _nature(phase)


class StepApplied:
    """What step size did to a total: `part` bears it; amounts are kWh for energy, else hours."""

    __slots__ = ("billed", "part", "total")

    def __init__(self, part: Part, total: Decimal, billed: Decimal) -> None:
        self.part = part
        self.total = total
        self.billed = billed


def step(
    parts: list[Part], in_turn: list[Part], unpriced: Iterable[Unpriced], rules: RuleSet
) -> list[StepApplied]:
    """Round up; `in_turn` holds the part of each stretch that has a price, in the order of time."""
    if rules.step is Step.NEVER:
        return []
    if rules.step is Step.PERIOD:
        groups = [([part], part) for part in parts if part.component.dimension != "FLAT"]
    else:
        groups = list(_groups(parts, in_turn, rules))
    applied = []
    for group, last in groups:
        if last.component.step_size < 1:
            continue
        missed = _missed(last, unpriced) if rules.step_counts_unpriced else ZERO
        done = (
            _energy(group, last, missed, rules)
            if last.component.dimension == "ENERGY"
            else _time(group, last, missed, rules)
        )
        if done is not None:
            applied.append(done)
    return applied


def _groups(
    parts: list[Part], in_turn: list[Part], rules: RuleSet
) -> Iterator[tuple[list[Part], Part]]:
    """The last part of each group, whose step size counts, with all parts of the same nature (A-04, A-08)."""
    last: dict[tuple[str, int], Part] = {}
    per_tariff = rules.step is Step.TARIFF
    for part in in_turn:
        group = _group(part, rules)
        last[group, id(part.tariff) if per_tariff else 0] = part
    for part in last.values():
        nature = part.nature
        yield (
            [
                one
                for one in parts
                if one.nature == nature and (not per_tariff or one.tariff is part.tariff)
            ],
            part,
        )


def _group(part: Part, rules: RuleSet) -> str:
    if part.component.dimension == "ENERGY":
        return "ENERGY"
    if part.phase.is_connected:
        return "TIME"
    nature = _nature(part.phase)
    return "TIME" if rules.reservation_shares_step and nature == "RESERVATION" else nature


def _nature(phase: Phase) -> str:
    return "RESERVATION" if phase in _RESERVATIONS else phase.value


_RESERVATIONS = frozenset({Phase.RESERVATION, Phase.RESERVATION_EXPIRED})


def _missed(last: Part, unpriced: Iterable[Unpriced]) -> Decimal:
    dimension, connected = last.component.dimension, last.phase.is_connected
    return sum(
        (
            one.quantity
            for one in unpriced
            if one.dimension == dimension and one.phase.is_connected == connected
        ),
        ZERO,
    )


def _energy(group: list[Part], last: Part, missed: Decimal, rules: RuleSet) -> StepApplied | None:
    total = sum((part.energy for part in group), missed)
    if total == 0 or (total < 0 and not rules.round_negative):
        return None
    size = last.component.step_size / _KILO
    total = total.quantize(_ENOUGH)
    billed = _steps(total / size, rules) * size
    if billed == total:
        return None
    last.added_energy += billed - total
    return StepApplied(last, total, billed)


def _time(group: list[Part], last: Part, missed: Decimal, rules: RuleSet) -> StepApplied | None:
    total = sum(part.time for part in group) + of_hours(missed)
    size = last.component.step_size * SECOND
    billed = _steps(Decimal(total) / size, rules) * size
    if billed == total:
        return None
    last.added_time += billed - total
    return StepApplied(last, hours(total), hours(billed))


def _steps(exact: Decimal, rules: RuleSet) -> int:
    whole = ceiling(exact)
    return whole + 1 if rules.bump_exact_multiples and whole == exact else whole
