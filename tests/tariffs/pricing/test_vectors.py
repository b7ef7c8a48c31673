"""Every calculation in OCPI's text, and those that settle what it leaves open, to the digit."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import pytest

from tariffs.pricing import SPEC, Charge, RuleSet, compile_tariff, explain, price
from tariffs.pricing.rules import ED1_PARKING, RESERVATION_IN_STEP, SUSPENDED_AS_TIME
from tests.tariffs.pricing import spec_tariffs as given
from tests.tariffs.pricing.charges import MONDAY, SATURDAY, charge, part
from tests.tariffs.pricing.spec_tariffs import WEEKDAYS, component, element, tariff


class Vector(NamedTuple):
    """Amounts are fractions as text; `after` is None where the text does not say."""

    id: str
    tariff: dict[str, Any]
    charge: Charge
    before: str | None
    after: str | None
    rules: RuleSet = SPEC


def _switching(kind: str, cheap: float, dear: float, step: int) -> dict[str, Any]:
    return tariff(
        element(component(kind, cheap, None, step), end_time="17:00"),
        element(component(kind, dear, None, step), start_time="17:00"),
    )


_STEPS_OF_5 = tariff(
    element(component("TIME", 6, None, 300), component("PARKING_TIME", 6, None, 300))
)
_STEPS_OF_10 = tariff(
    element(component("TIME", 1, None, 600), component("PARKING_TIME", 2, None, 600))
)
_OVERNIGHT = tariff(
    element(component("ENERGY", 0.20), start_time="22:00", end_time="06:00"),
    element(component("ENERGY", 0.40)),
)
_TWENTY = tariff(element(component("ENERGY", 0.25), max_kwh=20), element(component("ENERGY", 0.2)))
_LAST_DAY = tariff(
    element(component("ENERGY", 0.10), end_date="2024-06-04"), element(component("ENERGY", 0.30))
)
_FLIPPING = tariff(
    element(component("ENERGY", 2.0, None, 10_000), max_current=20),
    element(component("ENERGY", 5.0, None, 10_000), min_current=20),
)
_BOTH_BY_TIME = tariff(
    element(component("TIME", 5, None, 600), reservation="RESERVATION"),
    element(component("TIME", 2, None, 900)),
)
_SMALL_HOURS = tariff(
    element(component("ENERGY", 0.10), start_time="01:00", end_time="03:00"),
    element(component("ENERGY", 0.30)),
)
_SUSPENDED = charge(part("C", 30), part("S", 15), part("C", 15), part("P", 20))
_EARLY = tariff(
    element(component("ENERGY", 1), day_of_week=WEEKDAYS, start_time="20:00", end_time="15:00")
)
_STEPPED = {size: tariff(element(component("ENERGY", 0.25, None, size))) for size in (1, 25, 500)}
_OF_CAR = charge(part("C", 60, 20))
_LONG = charge(part("C", 150))

VECTORS = [
    Vector("V01", given.TARIFF_8, _OF_CAR, "5.00", "5.50"),
    Vector("V02", given.TARIFF_9, _OF_CAR, "5.50", "6.10"),
    Vector("V03a", given.TARIFF_12, _OF_CAR, "5.00", "5.50"),
    Vector("V03b", given.TARIFF_12, charge(part("C", 60, 1.5)), "0.50", "0.55"),
    Vector("V04", given.TARIFF_10, charge(part("C", 60, 20), part("P", 40)), "7.00", "7.90"),
    Vector("V05a", given.TARIFF_6, charge(part("C", 60, 50)), "10.00", "11.00"),
    Vector("V05b", given.TARIFF_6, charge(part("C", 60, 30)), "8.00", "8.85"),
    Vector("V06", given.TARIFF_1, _LONG, "5.00", "5.50"),
    Vector("V07", given.TARIFF_19, _LONG, "5.00", None),
    Vector("V08", given.TARIFF_20, _LONG, None, "5.25"),
    Vector("V09", given.TARIFF_13, charge(part("C", 150), part("P", 42)), "11.25", "12.75"),
    Vector("V10", given.TARIFF_2, _LONG, "4.75", "4.997"),
    Vector("V11a", given.TARIFF_3, charge(part("C", 60, 20.45)), "5.625", "6.2375"),
    Vector(
        "V11b",
        tariff(element(component("FLAT", 0.5, 20.0), component("ENERGY", 0.22, 10.0, 100))),
        charge(part("C", 60, 20.45)),
        "5.01",
        "5.561",
    ),
    Vector(
        "V12a",
        given.TARIFF_4,
        charge(part("C", 165, 9, max_current=16), part("P", 42), at=f"{MONDAY}T09:30"),
        "9.00",
        "10.30",
    ),
    Vector(
        "V12b",
        given.TARIFF_4,
        charge(part("C", 114, 9, min_current=43), part("P", 71), at=f"{SATURDAY}T13:30"),
        "12.375",
        "13.975",
    ),
    Vector("V13", given.TARIFF_5, charge(part("C", 90, 12), part("P", 7)), "0", "0"),
    Vector(
        "V14a",
        given.TARIFF_14,
        charge(part("C", 10), part("P", 2), at=f"{MONDAY}T16:55"),
        "0.55",
        None,
    ),
    Vector("V14b", given.TARIFF_14, charge(part("C", 35), at=f"{MONDAY}T16:35"), "1.30", None),
    Vector(
        "V14c",
        given.TARIFF_14,
        charge(part("C", 12), part("P", 20), at=f"{MONDAY}T19:40"),
        "0.73",
        None,
    ),
    Vector("V15", given.TARIFF_15, charge(part("R", 15), part("C", 60, 20)), "6.75", "7.60"),
    Vector("V16", given.TARIFF_16, charge(part("R", 13), part("C", 60, 20)), "8.75", "10.00"),
    Vector("V17a", given.TARIFF_17, charge(part("R", 22), part("C", 60, 20)), "6.50", "7.30"),
    Vector("V17b", given.TARIFF_17, charge(part("X", 60)), "6.00", "7.20"),
    Vector("V18a", given.TARIFF_18, charge(part("R", 22), part("C", 60, 20)), "7.00", "7.90"),
    Vector("V18b", given.TARIFF_18, charge(part("X", 90)), "9.00", "10.80"),
    Vector(
        "V19",
        given.MAX_POWER,
        charge(
            part("C", 10, 1, max_power=6),
            part("C", 50, 40, max_power=48),
            part("C", 7.5, 0.5, max_power=4),
        ),
        "20.30",
        "24.36",
    ),
    Vector("V20", given.MAX_DURATION, charge(part("C", 30, 5), part("C", 10, 1.2)), "0.30", "0.36"),
    Vector("V21", given.TARIFF_11, charge(part("P", 10)), "0.40", "0.50"),
    Vector("V22", _STEPPED[1], charge(part("C", 1, 0.1152)), "0.029", None),
    Vector("V23 101 Wh", _STEPPED[25], charge(part("C", 1, 0.101)), "0.03125", None),
    Vector("V23 125 Wh", _STEPPED[25], charge(part("C", 1, 0.125)), "0.03125", None),
    Vector("V24 1 Wh", _STEPPED[500], charge(part("C", 1, 0.001)), "0.125", None),
    Vector("V24 500 Wh", _STEPPED[500], charge(part("C", 1, 0.5)), "0.125", None),
    Vector(
        "V25", tariff(element(component("TIME", 6, None, 300))), charge(part("C", 6)), "1", None
    ),
    Vector("V26", _STEPS_OF_5, charge(part("C", 21), part("P", 7)), "3.1", None),
    Vector(
        "V27",
        _switching("ENERGY", 0.20, 0.27, 500),
        charge(part("C", 60, 4.3), part("C", 20, 1.1), at=f"{MONDAY}T16:00"),
        "1.184",
        None,
    ),
    Vector(
        "V28",
        _switching("TIME", 5, 7, 600),
        charge(part("C", 28), at=f"{MONDAY}T16:54"),
        "3.30",
        None,
    ),
    Vector("V29", _STEPS_OF_10, charge(part("C", 21), part("P", 16)), "61/60", None),
    Vector("D01", given.TARIFF_6, charge(part("C", 60, 38)), "10.00", "11.00"),
    Vector("D02 exact", given.TARIFF_12, charge(part("C", 60, "2.000")), "0.50", "0.55"),
    Vector("D02 above", given.TARIFF_12, charge(part("C", 60, "2.001")), "0.50025", "0.550275"),
    Vector("D03", _OVERNIGHT, charge(part("C", 60, 10), at=f"{MONDAY}T21:30"), "3.00", None),
    Vector("D04", given.TARIFF_14, charge(part("C", 30), at=f"{MONDAY}T23:50"), "0.80", None),
    Vector("D05", _TWENTY, charge(part("C", 60, 25)), "6.00", None),
    Vector("D05 exactly", _TWENTY, charge(part("C", 60, 20)), "5.00", None),
    Vector("D06", given.MAX_DURATION, charge(part("C", 30, 5)), "0.00", "0.00"),
    Vector("D07", _LAST_DAY, charge(part("C", 60, 2), at=f"{MONDAY}T23:30"), "0.40", None),
    Vector(
        "D08",
        given.TARIFF_4,
        charge(part("C", 20, 1, max_current=16), part("P", 60), at=f"{SATURDAY}T16:10"),
        "35/6",
        "6.575",
    ),
    Vector(
        "D09",
        tariff(element(component("ENERGY", 0.275, 10)), tax_included="YES"),
        _OF_CAR,
        "5.00",
        "5.50",
    ),
    Vector(
        "D10",
        tariff(element(component("ENERGY", 0.25)), tax_included="N/A"),
        _OF_CAR,
        "5.00",
        "5.00",
    ),
    Vector(
        "D11",
        _FLIPPING,
        charge(
            part("C", 60, 3, current=10), part("C", 60, 3, current=40), part("C", 60, 3, current=10)
        ),
        "29.00",
        None,
    ),
    Vector("D12 as time", given.TARIFF_13, _SUSPENDED, "14/3", None, SUSPENDED_AS_TIME),
    Vector("D12 gap", given.TARIFF_13, _SUSPENDED, "47/12", None),
    Vector("D12 edition 1", given.TARIFF_13, _SUSPENDED, "31/6", None, ED1_PARKING),
    Vector(
        "D13", given.TARIFF_13, charge(part("C", 31.5), part("P", 7), part("C", 10)), "161/60", None
    ),
    Vector("D14 apart", _BOTH_BY_TIME, charge(part("R", 13), part("C", 20)), "8/3", None),
    Vector(
        "D14 together",
        _BOTH_BY_TIME,
        charge(part("R", 13), part("C", 20)),
        "25/12",
        None,
        RESERVATION_IN_STEP,
    ),
    Vector(
        "D15",
        _SMALL_HOURS,
        charge(part("C", 180, 3), at="2024-10-26T23:00+00:00", time_zone="Europe/Brussels"),
        "0.30",
        None,
    ),
    Vector(
        "D16",
        _SMALL_HOURS,
        charge(part("C", 120, 2), at="2024-03-31T00:00+00:00", time_zone="Europe/Brussels"),
        "0.40",
        None,
    ),
    Vector("D17", tariff(element(component("ENERGY", 0.25))), charge(part("P", 180)), "0", None),
    Vector("D19 Monday", _EARLY, charge(part("C", 1, 1), at=f"{MONDAY}T08:01"), "1", None),
    Vector("D19 Saturday", _EARLY, charge(part("C", 1, 1), at=f"{SATURDAY}T08:01"), "0", None),
]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector.id for vector in VECTORS])
def test_a_price_is_what_ocpi_says_it_is(vector: Vector) -> None:
    """V01 to V29 and D01 to D19; F-012 to F-018, F-020 to F-022, F-027, D-022.

    V12b is printed as 12.28 and 13.861, a slip of 2.28 for 2.375; the table of V11a leaves out step size.
    """
    priced = price(vector.charge, compile_tariff(vector.tariff), vector.rules)
    _is(priced.total_cost.before_taxes, vector.before)
    if vector.after is not None:
        _is(priced.total_cost.after_taxes, vector.after)
    trace = explain(vector.charge, compile_tariff(vector.tariff), vector.rules)
    assert trace.before_taxes == priced.total_cost.before_taxes
    assert trace.after_taxes == priced.total_cost.after_taxes


def _is(amount: Any, wanted: str | None) -> None:
    if wanted is None:
        assert amount is None
    elif "/" in wanted:
        assert abs(Fraction(amount) - Fraction(wanted)) < Fraction(1, 10**15)
    else:
        assert Fraction(amount) == Fraction(wanted)
