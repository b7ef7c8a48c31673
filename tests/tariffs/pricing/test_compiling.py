"""Tariffs made ready to price by: what lenient reading lets in, and what cannot be priced by."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest

from tariffs.pricing import NotATariff, Phase, compile_tariff, price
from tests.tariffs.pricing import spec_tariffs as given
from tests.tariffs.pricing.charges import MONDAY, charge, part
from tests.tariffs.pricing.spec_tariffs import component, element, tariff

HOUR = charge(part("C", 60, 10), part("P", 60))


@pytest.mark.parametrize("number", [0.25, "0.25", Decimal("0.25"), Decimal("2.5E-1")])
def test_numbers_may_be_written_in_any_way(number: object) -> None:
    """A price is exactly what was written, as number or text (V31: 2.1.1 writes "2.00")."""
    compiled = compile_tariff(tariff(element(component("ENERGY", number))))
    assert price(HOUR, compiled).total_cost.before_taxes == Decimal("2.5")


def test_step_size_0_rounds_nothing() -> None:
    """V13: OCPI's own free tariff has it."""
    compiled = compile_tariff(tariff(element(component("ENERGY", 1, None, 0))))
    exact = charge(part("C", 60, "1.23456"))
    assert price(exact, compiled).total_cost.before_taxes == Decimal("1.23456")
    assert compiled.notes == ("STEP_SIZE_BELOW_1",)


def test_the_first_of_several_prices_for_one_dimension_counts() -> None:
    compiled = compile_tariff(tariff(element(component("ENERGY", 1), component("ENERGY", 2))))
    priced = price(HOUR, compiled)
    assert priced.total_cost.before_taxes == 10
    assert "SEVERAL_OF_A_DIMENSION" in priced.notes


def test_prices_of_2_2_1_are_before_tax_with_its_own_names_for_limits() -> None:
    """F-021: `min_price` with excl_vat and incl_vat."""
    document = tariff(
        element(component("ENERGY", 0.25, 10)), min_price={"excl_vat": 5, "incl_vat": 5.6}
    )
    del document["tax_included"]
    cost = price(HOUR, compile_tariff(document, version="2.2.1")).total_cost
    assert (cost.before_taxes, cost.after_taxes) == (Decimal(5), Decimal("5.6"))


def test_2_1_1_uses_the_first_matching_element_as_a_whole() -> None:
    """V31, F-012: by 2.1.1's letter a later element adds nothing; since 2.2 each dimension is looked up."""
    document = tariff(
        element(component("TIME", "2.00", None, 300)), element(component("ENERGY", 1))
    )
    cost = {
        version: price(HOUR, compile_tariff(document, version=version)).total_cost.before_taxes
        for version in ("2.1.1", "2.2.1")
    }
    assert cost == {"2.1.1": 2, "2.2.1": 12}


def test_reservations_have_no_price_for_energy() -> None:
    """F-019, F-029: reservations and bookings know only FLAT and TIME."""
    compiled = compile_tariff(
        tariff(element(component("ENERGY", 1), component("TIME", 6), reservation="RESERVATION"))
    )
    priced = price(charge(part("R", 10), part("C", 60, 10)), compiled)
    assert priced.total_cost.before_taxes == priced.total_reservation_cost.before_taxes == 1
    assert "NOT_FOR_RESERVATIONS" in priced.notes


@pytest.mark.parametrize(
    ("restrictions", "cost"),
    [
        ({"start_time": "12:00:00", "end_time": "12:30:00"}, 5),
        ({"start_time": "12:30"}, 5),
        ({"end_time": "12:15"}, Decimal("2.5")),
        ({"start_time": "00:00", "end_time": "24:00"}, 10),
        ({"start_time": "12:45", "end_time": "12:45"}, 10),
        ({"day_of_week": [], "min_kwh": 0, "max_kwh": None, "min_duration": "0"}, 10),
        ({"day_of_week": "MONDAY"}, 10),
        ({"of_our_own": "x"}, 10),
    ],
)
def test_restrictions_as_they_are_written(restrictions: dict[str, Any], cost: object) -> None:
    """F-014: only one end, seconds, 24:00, and what restricts nothing; an unknown one is ignored and noted."""
    compiled = compile_tariff(tariff(element(component("ENERGY", 1), **restrictions)))
    priced = price(charge(part("C", 60, 10), at=f"{MONDAY}T12:00"), compiled)
    assert priced.total_cost.before_taxes == cost
    assert ("UNKNOWN_RESTRICTION" in priced.notes) == ("of_our_own" in restrictions)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({}, "elements"),
        (tariff(element(component("ENERGY", 1)), currency=None), "currency"),
        (tariff(element(component("ENERGY", "dear"))), "elements.0.price_components.0.price"),
        (tariff(element(component("ENERGY", None))), "elements.0.price_components.0.price"),
        (tariff(element(component("ENERGY", "NaN"))), "elements.0.price_components.0.price"),
        (tariff(element(component("ENERGY", True))), "elements.0.price_components.0.price"),
        (
            tariff(element(component("TIME", 1)), element(component("TIME", 1), start_time="noon")),
            "elements.1.restrictions.start_time",
        ),
        (
            tariff(element(component("TIME", 1), start_date="2024-02-30")),
            "elements.0.restrictions.start_date",
        ),
        (
            tariff(element(component("TIME", 1), day_of_week=["CARNIVAL"])),
            "elements.0.restrictions.day_of_week",
        ),
        (
            tariff(element(component("TIME", 1), reservation="MAYBE")),
            "elements.0.restrictions.reservation",
        ),
        (tariff(element(component("TIME", 1)), tax_included="SOME"), "tax_included"),
        (tariff("no element"), "elements.0"),  # type: ignore[arg-type]
        (tariff(element("no component")), "elements.0.price_components.0"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_priced_by_names_the_place(document: dict[str, Any], path: str) -> None:
    with pytest.raises(NotATariff) as refused:
        compile_tariff(document)
    assert refused.value.path == path


def test_a_compiled_tariff_does_not_change_and_is_equal_only_to_itself() -> None:
    one, two = compile_tariff(given.TARIFF_4), compile_tariff(given.TARIFF_4)
    assert len({one, two, one}) == 2
    with pytest.raises(AttributeError):
        one.currency = "SEK"
    assert (one.tariff_id, one.currency, len(one.elements)) == ("T1", "EUR", 6)


def test_threads_may_share_a_tariff() -> None:
    """The context of decimals is each thread's own, and prices do not depend on it."""
    compiled = compile_tariff(given.TARIFF_4)
    busy = charge(part("C", 70, 9, max_current=16), part("P", 71), at=f"{MONDAY}T09:30")
    wanted = price(busy, compiled).total_cost
    found: list[object] = []

    def work() -> None:
        found.extend(price(busy, compiled).total_cost for _ in range(50))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 200


def test_phases_say_whether_a_vehicle_is_connected() -> None:
    assert [phase for phase in Phase if phase.is_connected] == [
        Phase.CHARGING,
        Phase.PARKING,
        Phase.SUSPENDED,
    ]
