"""Each decision about what OCPI leaves open, and what the other choice costs (A-01 to A-20)."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from tariffs.pricing import (
    RULE_SET_LABELS,
    RULE_SETS,
    SPEC,
    Charge,
    MixedCurrencies,
    Phase,
    RuleSet,
    compile_tariff,
    price,
)
from tariffs.pricing import rules as named
from tariffs.pricing.rules import Unknown
from tests.tariffs.pricing import spec_tariffs as given
from tests.tariffs.pricing.charges import MONDAY, SATURDAY, charge, part
from tests.tariffs.pricing.spec_tariffs import WEEKDAYS, component, element, tariff


class Choice(NamedTuple):
    """What a charge costs before tax by our reading, and by the other one."""

    id: str
    tariff: dict[str, Any]
    charge: Charge
    ours: str
    rules: RuleSet
    theirs: str


def _reserved(**fields: Any) -> dict[str, Any]:
    return tariff(
        element(component("FLAT", 1), component("TIME", 6, None, 600), reservation="RESERVATION"),
        element(component("FLAT", 2), component("TIME", 12, None, 0)),
        **fields,
    )


_BY_CLOCK = tariff(
    element(component("FLAT", 1), component("ENERGY", 1), end_time="12:30"),
    element(component("FLAT", 2), component("ENERGY", 2), start_time="12:30"),
)
_STEPS = tariff(element(component("TIME", 6, None, 600)))
_NIGHT = tariff(
    element(component("ENERGY", 1), day_of_week=["FRIDAY"], start_time="22:00", end_time="06:00")
)
_EXPIRING = tariff(
    element(component("TIME", 2, None, 0), reservation="RESERVATION"),
    element(component("TIME", 6, None, 0), reservation="RESERVATION_EXPIRES"),
)
_BY_CURRENT = tariff(
    element(component("ENERGY", 1), min_current=32), element(component("ENERGY", 2))
)
_BY_POWER = tariff(element(component("ENERGY", 1), min_power=5), element(component("ENERGY", 2)))
_LATE = tariff(element(component("ENERGY", 1), min_duration=1800), element(component("ENERGY", 2)))
_UNPRICED = tariff(
    element(component("TIME", 6, None, 600), start_time="12:25"),
)
_BACK = tariff(element(component("ENERGY", 1, None, 1000)))

CHOICES = [
    Choice("A-01 time", given.TARIFF_13, charge(part("S", 60)), "0", named.SUSPENDED_AS_TIME, "3"),
    Choice("A-01 parking", given.TARIFF_13, charge(part("S", 60)), "0", named.ED1_PARKING, "5"),
    Choice("A-02", _STEPS, charge(part("C", 20)), "2", named.STEP_BUMPED, "3"),
    Choice("A-03 each", _BY_CLOCK, charge(part("C", 60, 2)), "4", named.EVERY_FLAT_FEE, "6"),
    Choice(
        "A-03 one", _reserved(), charge(part("R", 10), part("C", 5)), "5", named.ONE_FLAT_FEE, "3"
    ),
    Choice(
        "A-04",
        _reserved(),
        charge(part("R", 5), part("C", 5)),
        "5",
        named.RESERVATION_IN_STEP,
        "4.5",
    ),
    Choice(
        "A-05", _EXPIRING, charge(part("X", 60)), "6", replace(SPEC, expiry_overrides=False), "2"
    ),
    Choice(
        "A-06",
        _LATE,
        charge(part("R", 30), part("C", 30, 2)),
        "4",
        replace(SPEC, duration_from_reservation=True),
        "2",
    ),
    Choice(
        "A-07 outside",
        _reserved(max_price={"before_taxes": 3}),
        charge(part("R", 10), part("C", 60)),
        "3",
        named.RESERVATION_OUTSIDE_LIMITS,
        "5",
    ),
    Choice("A-07 never", given.TARIFF_6, charge(part("C", 60, 50)), "10", named.NO_LIMITS, "13"),
    Choice(
        "A-08 period", _STEPS, charge(part("C", 15), part("C", 15)), "3", named.STEP_PER_PERIOD, "4"
    ),
    Choice("A-08 never", _STEPS, charge(part("C", 15)), "2", named.NO_STEP, "1.5"),
    Choice(
        "A-09",
        _UNPRICED,
        charge(part("C", 35)),
        "1",
        replace(SPEC, step_counts_unpriced=True),
        "1.5",
    ),
    Choice("A-10 clock", _BY_CLOCK, charge(part("C", 60, 2)), "4", named.CLOCK_IN_UTC, "3"),
    Choice(
        "A-10 night",
        _NIGHT,
        charge(part("C", 60, 2), at=f"{SATURDAY}T01:00"),
        "0",
        named.NIGHT_OF_ITS_EVENING,
        "2",
    ),
    Choice("A-11", given.TARIFF_1, charge(part("P", 60)), "0", named.TIME_PRICES_PARKING, "2"),
    Choice("A-12 average", _BY_POWER, charge(part("C", 60, 6)), "12", named.AVERAGE_POWER, "6"),
    Choice(
        "A-12 zero",
        tariff(element(component("ENERGY", 1), max_power=5)),
        charge(part("C", 60, 6)),
        "0",
        replace(SPEC, unknown_power=Unknown.ZERO),
        "6",
    ),
    Choice(
        "A-13",
        _BY_CURRENT,
        charge(part("C", 60, 6, max_current=16)),
        "12",
        named.CURRENT_PER_PHASE,
        "6",
    ),
    Choice(
        "A-14", _BACK, charge(part("C", 60, -1.5)), "-1.5", replace(SPEC, round_negative=True), "-1"
    ),
    Choice("as cut", _BY_CLOCK, charge(part("C", 60, 2)), "4", named.AS_CUT, "3"),
    Choice(
        "lines",
        given.TARIFF_3,
        charge(part("C", 60, 20.45)),
        "5.625",
        named.ROUND_EACH_LINE,
        "5.63",
    ),
    Choice(
        "three decimals",
        tariff(element(component("TIME", 1, None, 0))),
        charge(part("C", 10)),
        "0.166666666666667",
        named.GIREVE_3_DECIMALS,
        "0.167",
    ),
    Choice(
        "total",
        given.TARIFF_3,
        charge(part("C", 60, 20.45)),
        "5.625",
        replace(SPEC, total_places=1),
        "5.6",
    ),
]


@pytest.mark.parametrize("choice", CHOICES, ids=[choice.id for choice in CHOICES])
def test_what_is_left_open_can_be_decided_either_way(choice: Choice) -> None:
    """A-01 to A-14: the default is the decision we took, a set of rules the other one."""
    compiled = compile_tariff(choice.tariff)
    assert price(choice.charge, compiled).total_cost.before_taxes == Decimal(choice.ours)
    theirs = price(choice.charge, compiled, choice.rules).total_cost
    assert theirs.before_taxes == Decimal(choice.theirs)
    if theirs.after_taxes is not None:
        assert theirs.before_taxes + theirs.tax == theirs.after_taxes


def test_more_than_one_flat_fee_is_noted() -> None:
    """A-03: OCPI does not say how many are due."""
    priced = price(charge(part("C", 60, 2)), compile_tariff(_BY_CLOCK))
    assert "MORE_THAN_ONE_FLAT" in priced.notes
    assert priced.total_fixed_cost.before_taxes == 1


def _of(document: dict[str, Any], **fields: Any) -> Any:
    return compile_tariff({**document, **fields})


TWO = {
    "DAY": _of(tariff(element(component("ENERGY", 1, 10, 1000))), id="DAY"),
    "NIGHT": _of(tariff(element(component("ENERGY", 2, 20, 1000))), id="NIGHT"),
}
SWITCHED = charge(part("C", 60, 2.5, tariff_id="DAY"), part("C", 60, 2.2, tariff_id="NIGHT"))


def test_step_size_when_the_tariff_changes() -> None:
    """A-08: the session's total by the last component's step: 4.7 kWh become 5; or each Tariff's total."""
    assert price(SWITCHED, TWO).total_cost.before_taxes == Decimal("7.5")
    assert price(SWITCHED, TWO, named.STEP_PER_TARIFF).total_cost.before_taxes == 9


def test_limits_hold_for_each_tariff() -> None:
    """A-07, F-021: with several Tariffs each one's part is limited."""
    limited = {
        **TWO,
        "DAY": _of(
            tariff(element(component("ENERGY", 1)), max_price={"before_taxes": 2}), id="DAY"
        ),
    }
    priced = price(SWITCHED, limited)
    assert priced.total_cost.before_taxes == 2 + Decimal(5)
    assert [(bound.tariff_id, bound.capped) for bound in priced.bounds] == [("DAY", Decimal(2))] * 2


def test_energy_counted_for_a_tariff_alone() -> None:
    """A-15: min_kwh counts all energy of the session, or only that under the same Tariff."""
    dear = _of(
        tariff(element(component("ENERGY", 5), min_kwh=2), element(component("ENERGY", 1))),
        id="NIGHT",
    )
    assert price(SWITCHED, {**TWO, "NIGHT": dear}).total_energy_cost.before_taxes == Decimal("13.5")
    alone = replace(SPEC, kwh_per_tariff=True)
    assert price(SWITCHED, {**TWO, "NIGHT": dear}, alone).total_energy_cost.before_taxes == Decimal(
        "5.5"
    )


def test_a_period_without_a_tariff_at_hand() -> None:
    """A-19: one Tariff per period; the only one there is stands in for a name that is missing, noted."""
    nameless = charge(part("C", 60, 2))
    assert price(nameless, TWO).total_cost.before_taxes == 0
    assert [one.reason for one in price(nameless, TWO).unpriced] == ["NO_TARIFF", "NO_TARIFF"]
    other = price(nameless, {"DAY": TWO["DAY"]})
    assert (other.total_cost.before_taxes, "OTHER_TARIFF" in other.notes) == (Decimal(2), True)
    strict = price(nameless, {"DAY": TWO["DAY"]}, replace(SPEC, tariff_of_other_periods=False))
    assert strict.total_cost.before_taxes == 0


def test_tariffs_in_several_currencies_are_refused() -> None:
    with pytest.raises(MixedCurrencies, match="EUR, SEK"):
        price(
            SWITCHED, {**TWO, "NIGHT": _of(tariff(element(component("ENERGY", 1))), currency="SEK")}
        )


def test_totals_of_a_cdr() -> None:
    """A-16: fees of a reservation belong to the reservation, all others to the fixed cost."""
    priced = price(
        charge(part("R", 13), part("C", 60, 20), part("P", 40)),
        compile_tariff(
            tariff(
                *given.TARIFF_16["elements"],
                element(component("PARKING_TIME", 2, 20, 900), component("TIME", 3, 10, 60)),
            )
        ),
    )
    totals = {
        name: getattr(priced, f"total_{name}_cost").before_taxes
        for name in ("fixed", "energy", "time", "parking", "reservation")
    }
    assert totals == {
        "fixed": Decimal("0.5"),
        "energy": 5,
        "time": 3,
        "parking": Decimal("1.5"),
        "reservation": Decimal("3.25"),
    }
    assert priced.total_cost.before_taxes == sum(totals.values())
    assert {one.tax_rate: one.tax for one in priced.by_rate} == {
        20: Decimal("1.05"),
        10: Decimal("0.8"),
    }


def test_tax_that_the_tariff_does_not_state() -> None:
    """A-17, V07: another tax comes from outside the Tariff, by name and percentage."""
    compiled = compile_tariff(given.TARIFF_19)
    plain = price(charge(part("C", 150)), compiled)
    assert (plain.total_cost.taxes, plain.notes) == ((), ("TAX_NOT_STATED",))
    taxed = price(charge(part("C", 150)), compiled, replace(SPEC, other_tax=("GST", Decimal(5))))
    assert [(tax.name, tax.amount) for tax in taxed.total_cost.taxes] == [("GST", Decimal("0.25"))]
    assert taxed.total_cost.after_taxes == Decimal("5.25")


def test_tax_included_that_is_not_stated() -> None:
    """V08, PF-47: what is before tax is not known, and a limit before tax cannot be applied."""
    document = tariff(
        element(component("TIME", 2.1)), tax_included="YES", max_price={"before_taxes": 1}
    )
    priced = price(charge(part("C", 150)), compile_tariff(document))
    assert (priced.total_cost.before_taxes, priced.total_cost.after_taxes) == (
        None,
        Decimal("5.25"),
    )
    assert {"TAX_UNKNOWN", "LIMIT_NOT_APPLIED"} <= set(priced.notes)


def test_bookings_are_priced_only_when_the_rules_say_so() -> None:
    """A-20, F-029: like reservations, with a step of their own."""
    document = tariff(
        element(component("FLAT", 3), component("TIME", 6, None, 600), booking="BOOKING"),
        element(component("TIME", 12, None, 600)),
    )
    booked = charge(part("R", 15), part("C", 5))
    periods = (booked.periods[0]._replace(phase=Phase.BOOKING), booked.periods[1])
    booked = booked._replace(periods=periods)
    compiled = compile_tariff(document)
    off, on = price(booked, compiled), price(booked, compiled, named.BOOKINGS)
    assert (off.total_cost.before_taxes, off.total_reservation_cost.before_taxes) == (
        Decimal(2),
        Decimal(0),
    )
    assert [one.reason for one in off.unpriced] == ["BOOKINGS_OFF"]
    assert (on.total_cost.before_taxes, on.total_reservation_cost.before_taxes) == (
        Decimal(7),
        Decimal(5),
    )


def test_2_1_1_can_be_read_by_dimension() -> None:
    """F-012: 2.1.1's own example of a complex Tariff only makes sense that way."""
    compiled = compile_tariff(given.TARIFF_4, version="2.1.1")
    busy = charge(part("C", 60, 9, current=16), at=f"{MONDAY}T09:30")
    assert price(busy, compiled).total_cost.before_taxes == Decimal("2.5")
    assert price(busy, compiled, named.PER_DIMENSION_2_1_1).total_cost.before_taxes == Decimal(
        "3.5"
    )


def test_restrictions_on_power_end_as_soon_as_they_do_not_hold() -> None:
    """F-017, A-12: what nobody measured matches nothing; while parking nothing flows."""
    document = tariff(
        element(component("ENERGY", 1), min_power=5, max_power=11),
        element(component("PARKING_TIME", 6, None, 0), max_power=1),
    )
    compiled = compile_tariff(document)
    costs = [
        price(charge(part("C", 60, 6, power=power)), compiled).total_cost.before_taxes
        for power in (4.9, 5, 10.9, 11)
    ]
    assert costs == [0, 6, 6, 0]
    assert price(charge(part("C", 60, 6)), compiled).total_cost.before_taxes == 0
    assert price(charge(part("P", 60)), compiled).total_cost.before_taxes == 6


def test_every_set_of_rules_has_a_label_and_differs() -> None:
    assert RULE_SETS.keys() == RULE_SET_LABELS.keys()
    assert len(set(RULE_SETS.values())) == len(RULE_SETS)
    assert next(iter(RULE_SETS)) == "SPEC"
    assert all(f"`{field.name}`" in (RuleSet.__doc__ or "") for field in fields(RuleSet))


def test_weekdays_of_a_window_past_midnight_are_those_of_the_moment() -> None:
    """D19, A-10: by the letter both conditions hold at the same instant."""
    early = tariff(
        element(component("ENERGY", 1), day_of_week=WEEKDAYS, start_time="20:00", end_time="15:00")
    )
    assert (
        price(
            charge(part("C", 1, 1), at=f"{SATURDAY}T08:01"), compile_tariff(early)
        ).total_cost.before_taxes
        == 0
    )
