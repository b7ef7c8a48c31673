"""Step sizes: what is used is rounded up, once for energy and once for times (OCPI, mod_cdrs, step_size)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from tariffs.pricing.charge import ZERO, Phase
from tariffs.pricing.exact import SECOND, ceiling, hours
from tariffs.pricing.rules import RuleSet, Step
from tariffs.pricing.tariff import CompiledTariff, Component
from tariffs.pricing.walking import Stretch

Missed = tuple[str, str, Stretch]
"""Why something cost nothing, in which dimension, and when."""

Group = str | tuple[str, int]

_KILO = Decimal(1000)
_ENOUGH = Decimal("1E-12")
"""Energy is rounded up from so many kWh on, so that what a cut third left does not make a step."""


class Part:
    """What one component prices in one period: `energy` in kWh or `time` in microseconds.

    `added_energy` and `added_time` are what step size added. `nature` says what is summed up before it
    is rounded: energy, charging, parking, a reservation, a booking; of a `group` only the last part is.
    """

    __slots__ = (
        "added_energy",
        "added_time",
        "component",
        "end",
        "energy",
        "group",
        "is_whole",
        "nature",
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
        self.is_whole = stretch.is_whole
        self.tariff = tariff
        self.component = component
        self.energy = stretch.energy
        self.time = stretch.time
        self.added_energy = ZERO
        self.added_time = 0
        self.nature = component.dimension
        self.group = "ENERGY" if component.dimension == "ENERGY" else "TIME"
        if not stretch.phase.is_connected:
            kind = _nature(stretch.phase)
            self.nature = f"{component.dimension} {kind}"
            self.group = kind


class StepApplied:
    """What step size did to a total: `part` bears it; amounts are kWh for energy, else hours."""

    __slots__ = ("billed", "part", "total")

    def __init__(self, part: Part, total: Decimal, billed: Decimal) -> None:
        self.part = part
        self.total = total
        self.billed = billed


def step(
    parts: list[Part],
    last_of: dict[Group, Part],
    missed: Iterable[Missed],
    rules: RuleSet,
) -> list[StepApplied]:
    """Round up; `last_of` holds the last part of each group, as :func:`group_of` names them."""
    if rules.step is Step.NEVER:
        return []
    if rules.step is Step.PERIOD:
        groups = [([part], part) for part in parts if part.component.dimension != "FLAT"]
    else:
        groups = [(_alike(parts, part, rules), part) for part in last_of.values()]
    applied = []
    for group, last in groups:
        if last.component.step_size < 1:
            continue
        alike = _alike_missed(last, missed) if rules.step_counts_unpriced else []
        done = (
            _energy(group, last, alike, rules)
            if last.component.dimension == "ENERGY"
            else _time(group, last, alike, rules)
        )
        if done is not None:
            applied.append(done)
    return applied


def group_of(part: Part, rules: RuleSet) -> Group:
    """What is rounded up once, by the step size of its last part (A-04, A-08)."""
    group = part.group
    if group == "RESERVATION" and rules.reservation_shares_step:
        group = "TIME"
    return (group, id(part.tariff)) if rules.step is Step.TARIFF else group


def _alike(parts: list[Part], last: Part, rules: RuleSet) -> list[Part]:
    alike = [part for part in parts if part.nature == last.nature]
    if rules.step is Step.TARIFF:
        return [part for part in alike if part.tariff is last.tariff]
    return alike


def _nature(phase: Phase) -> str:
    return "RESERVATION" if phase in _RESERVATIONS else phase.value


_RESERVATIONS = frozenset({Phase.RESERVATION, Phase.RESERVATION_EXPIRED})


def _alike_missed(last: Part, missed: Iterable[Missed]) -> list[Stretch]:
    dimension, connected = last.component.dimension, last.phase.is_connected
    return [
        stretch
        for _, missing, stretch in missed
        if missing == dimension and stretch.phase.is_connected == connected
    ]


def _energy(
    group: list[Part], last: Part, missed: list[Stretch], rules: RuleSet
) -> StepApplied | None:
    total = sum((one.energy for one in group), ZERO) + sum((one.energy for one in missed), ZERO)
    if total == 0 or (total < 0 and not rules.round_negative):
        return None
    size = last.component.step_size / _KILO
    total = total.quantize(_ENOUGH)
    billed = _steps(total / size, rules) * size
    if billed == total:
        return None
    last.added_energy += billed - total
    return StepApplied(last, total, billed)


def _time(
    group: list[Part], last: Part, missed: list[Stretch], rules: RuleSet
) -> StepApplied | None:
    total = sum(one.time for one in group) + sum(one.time for one in missed)
    size = last.component.step_size * SECOND
    billed = _steps(Decimal(total) / size, rules) * size
    if billed == total:
        return None
    last.added_time += billed - total
    return StepApplied(last, hours(total), hours(billed))


def _steps(exact: Decimal, rules: RuleSet) -> int:
    whole = ceiling(exact)
    return whole + 1 if rules.bump_exact_multiples and whole == exact else whole
