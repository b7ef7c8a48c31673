"""The price of a charge: which component prices what, step sizes, costs (OCPI, mod_tariffs and mod_cdrs)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import localcontext
from typing import NamedTuple

from tariffs.pricing.charge import Charge, Phase
from tariffs.pricing.exact import CONTEXT
from tariffs.pricing.priced import Priced
from tariffs.pricing.rules import SPEC, Flat, RuleSet, Suspended
from tariffs.pricing.stepping import Group, Missed, Part, group_of, step
from tariffs.pricing.tariff import Candidate, CompiledTariff, Component, Table
from tariffs.pricing.totals import Sums, total
from tariffs.pricing.walking import Stretch, Tariffs, stretches


class MixedCurrencies(ValueError):
    """Tariffs in several currencies cannot make one price; `currencies` names them."""

    def __init__(self, currencies: Iterable[str]) -> None:
        self.currencies = tuple(sorted(set(currencies)))
        super().__init__(f"the tariffs have several currencies: {', '.join(self.currencies)}")


_KIND = {
    Phase.CHARGING: "",
    Phase.PARKING: "",
    Phase.SUSPENDED: "",
    Phase.RESERVATION: "RESERVATION",
    Phase.RESERVATION_EXPIRED: "RESERVATION_EXPIRES",
    Phase.BOOKING: "BOOKING",
    Phase.BOOKING_EXPIRED: "BOOKING_EXPIRES",
    Phase.BOOKING_CANCELLED: "BOOKING_CANCELLATION_FEES",
    Phase.BOOKING_OVERTIME: "BOOKING_OVERTIME",
}
"""The value of `reservation` or `booking` whose elements price a phase."""

_BOOKINGS = frozenset(phase for phase in Phase if phase.value.startswith("BOOKING"))


def price(charge: Charge, tariffs: Tariffs, rules: RuleSet = SPEC) -> Priced:
    """What a charge costs under one Tariff, or under several by their ids, which periods name.

    Exact: nothing is rounded but by step size, unless the rules say so. A charge without periods costs
    nothing. Raises MixedCurrencies if the Tariffs do not have one currency.
    """
    currency = currency_of(tariffs)
    with localcontext(CONTEXT):
        return _price(charge, tariffs, rules, currency)


def currency_of(tariffs: Tariffs) -> str:
    """The one currency of the Tariffs, "" without any; raises MixedCurrencies."""
    if isinstance(tariffs, CompiledTariff):
        return tariffs.currency
    currencies = {tariff.currency for tariff in tariffs.values()}
    if len(currencies) > 1:
        raise MixedCurrencies(currencies)
    return currencies.pop() if currencies else ""


def kind_of(phase: Phase) -> str:
    """The value of `reservation` or `booking` whose elements price a phase, "" for charging and parking."""
    return _KIND[phase]


def table_of(tariff: CompiledTariff, phase: Phase, rules: RuleSet) -> Table:
    """The candidates for each dimension in a phase."""
    kind = _KIND[phase]
    if kind == "RESERVATION_EXPIRES" and not rules.expiry_overrides:
        kind = "RESERVATION_EXPIRES in order"
    return tariff.tables[kind, rules.night_belongs_to_its_evening, rules.whole_element]


def time_dimension(phase: Phase, table: Table, rules: RuleSet) -> str:
    """The dimension that prices time in a phase, "" for none (A-01, A-11)."""
    if phase is Phase.PARKING:
        by_time = rules.time_prices_parking and not table["PARKING_TIME"]
        return "TIME" if by_time else "PARKING_TIME"
    if phase is Phase.SUSPENDED:
        return _SUSPENDED[rules.suspended]
    return "TIME"


_SUSPENDED = {Suspended.GAP: "", Suspended.TIME: "TIME", Suspended.PARKING: "PARKING_TIME"}


def chosen(candidates: tuple[Candidate, ...], stretch: Stretch) -> Component | None:
    """The component of the first element that holds, if any (OCPI, mod_tariffs, Tariff object)."""
    for test, component in candidates:
        if test is None or test(stretch.moment):
            return component
    return None


class _Due(NamedTuple):
    """What happened so far while going through the stretches."""

    parts: dict[tuple[int, int], Part]
    last: dict[Group, Part]
    missed: list[Missed]
    flats: dict[str, list[Component]]
    notes: dict[str, None]
    used: dict[int, tuple[CompiledTariff, bool]]


def _price(charge: Charge, tariffs: Tariffs, rules: RuleSet, currency: str) -> Priced:
    doubts = {one: None for one in charge.doubts if one not in _DEPENDS}
    due = _Due({}, {}, [], {}, doubts, {})
    known: dict[tuple[int, Phase], Table] = {}
    table: Table = {}
    tariff, phase, billed = None, None, None
    for stretch in stretches(charge, tariffs, rules):
        if stretch.tariff is not tariff or stretch.phase is not phase:
            tariff, phase = stretch.tariff, stretch.phase
            if tariff is not None:
                key = (id(tariff), phase)
                table = known.get(key) or _first_met(due, charge, tariff, phase, rules)
                known[key] = table
        if tariff is None or (phase in _BOOKINGS and not rules.bookings):
            _not_priced(due, stretch, "BOOKINGS_OFF" if tariff else stretch.reason)
            continue
        if stretch.reason:
            due.notes[stretch.reason] = None
        if (
            table["FLAT"]
            and table is not billed
            and _flat(due, stretch, tariff, table["FLAT"], rules)
        ):
            billed = table
        if stretch.energy and stretch.phase.is_connected:
            _use(due, stretch, tariff, table["ENERGY"], "ENERGY", rules)
        if stretch.time:
            dimension = time_dimension(stretch.phase, table, rules)
            if dimension:
                _use(due, stretch, tariff, table[dimension], dimension, rules)
            elif table["TIME"] or table["PARKING_TIME"]:
                due.missed.append(("SUSPENDED", "TIME", stretch))
    parts = list(due.parts.values())
    roundings = step(parts, due.last, due.missed, rules)
    sums = Sums(charge, currency, rules, tuple(due.used.values()))
    return total(sums, parts, roundings, due.missed, due.notes)


_ZONES = frozenset({"NO_TIME_ZONE", "UNKNOWN_TIME_ZONE"})
_DEPENDS = _ZONES | {"NO_TIMES"}
"""Doubts that matter only for Tariffs with prices by the clock, or by time."""


def _first_met(
    due: _Due, charge: Charge, tariff: CompiledTariff, phase: Phase, rules: RuleSet
) -> Table:
    """The candidates of a phase under a Tariff; what is odd about the two is noted once."""
    table = table_of(tariff, phase, rules)
    connected = phase.is_connected or due.used.get(id(tariff), (tariff, False))[1]
    due.used[id(tariff)] = (tariff, connected)
    due.notes.update(dict.fromkeys(tariff.notes))
    if charge.doubts:
        relevant = _ZONES if tariff.boundaries.clock else frozenset()
        if table["TIME"]:
            relevant |= {"NO_TIMES"}
        due.notes.update(dict.fromkeys(one for one in charge.doubts if one in relevant))
    return table


def _use(
    due: _Due,
    stretch: Stretch,
    tariff: CompiledTariff,
    candidates: tuple[Candidate, ...],
    dimension: str,
    rules: RuleSet,
) -> None:
    component = chosen(candidates, stretch)
    if component is None:
        due.missed.append(("NO_MATCH" if candidates else "NO_PRICE", dimension, stretch))
        return
    key = (stretch.period, id(component))
    part = due.parts.get(key)
    if part is None:
        part = due.parts[key] = Part(stretch, tariff, component)
    elif dimension == "ENERGY":
        part.energy += stretch.energy
        part.end = stretch.end
    else:
        part.time += stretch.time
        part.end = stretch.end
    due.last[group_of(part, rules)] = part


def _flat(
    due: _Due,
    stretch: Stretch,
    tariff: CompiledTariff,
    candidates: tuple[Candidate, ...],
    rules: RuleSet,
) -> bool:
    """A-03: one flat fee in a phase, the first that is active; others are noted.

    Whether no other one can follow.
    """
    component = chosen(candidates, stretch)
    if component is None:
        return False
    is_only_one = len(candidates) == 1
    once = rules.flat is Flat.FIRST_PER_SESSION or stretch.phase.is_connected
    billed = due.flats.setdefault("" if once else _KIND[stretch.phase], [])
    if any(component is one for one in billed):
        return is_only_one
    if billed:
        due.notes["MORE_THAN_ONE_FLAT"] = None
        if rules.flat is not Flat.EACH_COMPONENT:
            return is_only_one
    billed.append(component)
    due.parts[stretch.period, id(component)] = Part(stretch, tariff, component)
    return is_only_one


def _not_priced(due: _Due, stretch: Stretch, reason: str) -> None:
    dimension = "PARKING_TIME" if stretch.phase is Phase.PARKING else "TIME"
    if stretch.energy:
        due.missed.append((reason, "ENERGY", stretch))
    if stretch.time:
        due.missed.append((reason, dimension, stretch))
