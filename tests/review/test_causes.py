"""Why a price differs is named in words where a usual mistake makes exactly that price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tariffs.models import Tariff, TariffVersion
from tests import builders
from tests.review import support
from tests.review.support import check, right, said

pytestmark = pytest.mark.django_db


def component(kind: str, price: float, step: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": kind, "price": price, "step_size": step, **more}


def tariff(*components: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return builders.tariff(elements=[{"price_components": list(components)}], **fields)


PERIODS = [
    builders.period(ENERGY=10.2, TIME=1.0, tariff_id="T1"),
    builders.period("2026-01-01T11:00:00Z", PARKING_TIME=0.5, tariff_id="T1"),
]


def billed(amount: float, carried: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A charge of 10.2 kWh in an hour, and half an hour parked, by the tariff in it."""
    return right(
        tariffs=[carried],
        charging_periods=PERIODS,
        end_date_time="2026-01-01T11:30:00Z",
        total_time=1.5,
        total_parking_time=0.5,
        total_energy=10.2,
        total_energy_cost=None,
        total_cost={"before_taxes": amount},
        **fields,
    )


ENERGY = component("ENERGY", 0.3, 1000)
USUAL = tariff(ENERGY, component("PARKING_TIME", 4.0), component("FLAT", 1.0))
"""By OCPI: 11 kWh for 3.30, 2.00 for parking and 1.00 each time."""


def test_the_price_by_ocpi_is_right() -> None:
    row = check(billed(6.3, USUAL))
    assert (row.cause, row.difference) == ("", Decimal(0))


@pytest.mark.parametrize(
    ("amount", "carried", "cause"),
    [
        (6.06, USUAL, "NO_STEP"),
        (4.3, USUAL, "NO_PARKING"),
        (5.3, USUAL, "NO_FIXED"),
        (7.3, USUAL, "FIXED_TWICE"),
        (0.0, USUAL, "NOT_BILLED"),
        (3303.0, USUAL, "WH_AS_KWH"),
        (6.3, tariff(ENERGY, component("FLAT", 1.0), max_price={"before_taxes": 2.0}), ""),
        (3.96, tariff(component("ENERGY", 0.3, 1000, vat=20.0)), "TAX_ADDED"),
        (4.3, tariff(ENERGY, component("FLAT", 1.0), max_price={"before_taxes": 2.0}), "NO_LIMITS"),
        (6.0, tariff(component("TIME", 4.0)), "TIME_PRICES_PARKING"),
        (
            6.0,
            tariff(component("TIME", 4.0), component("PARKING_TIME", 1.0)),
            "ALL_TIME_AS_CHARGING",
        ),
    ],
)
def test_a_usual_mistake_is_named(amount: float, carried: dict[str, Any], cause: str) -> None:
    """V11, V04, V05, PF-46, PF-49: what partners get wrong."""
    row = check(billed(amount, carried))
    assert "price" in row.reasons
    assert row.cause == cause


def test_the_words_of_the_finding_name_the_cause_and_both_prices() -> None:
    row = check(billed(6.06, USUAL))
    assert said(row, "price") == (
        "It costs EUR 6.06 before tax; by the tariff in the CDR it would be EUR 6.30, EUR 0.24 more."
        " Step size was not applied."
    )
    assert row.at_stake == Decimal("0.24")


def test_the_tariff_that_we_held_is_named_when_it_makes_the_price() -> None:
    support.tariff(elements=[{"price_components": [ENERGY]}], last_updated="2025-01-01T00:00:00Z")
    row = check(billed(3.3, USUAL))
    assert row.cause == "HELD_TARIFF"


def test_an_old_version_of_the_tariff_is_named_when_it_makes_the_price() -> None:
    support.tariff(last_updated="2024-01-01T00:00:00Z")
    held = Tariff.objects.get()
    old = {**held.document, "elements": [{"price_components": [component("ENERGY", 0.5)]}]}
    TariffVersion.objects.create(
        tariff=held,
        document=old,
        last_updated="2024-01-01T00:00:00Z",
        since="2024-01-01T00:00:00Z",
        replaced_at="2025-01-01T00:00:00Z",
    )
    Tariff.objects.update(since="2025-01-01T00:00:00Z")
    row = check(right(total_cost={"before_taxes": 5.0}, total_energy_cost=None))
    assert row.cause == "FORMER_TARIFF"
    assert "what the tariff said before" in said(row, "price")


def test_a_difference_that_nothing_explains_has_no_cause() -> None:
    row = check(billed(7.77, USUAL))
    assert (row.cause, row.reasons) == ("", ["price"])
