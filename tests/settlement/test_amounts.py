"""What a CDR adds to a statement, per rate of tax."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ocpi.currencies import rounded
from settlement.amounts import rates_of
from settlement.choices import TaxTreatment
from tests import builders

STATED = TaxTreatment.AS_STATED


def tariff(*vats: float | None, **fields: Any) -> dict[str, Any]:
    """A tariff whose components name these rates of VAT."""
    components = [
        {"type": "ENERGY", "price": 0.25, **({} if vat is None else {"vat": vat})} for vat in vats
    ]
    return builders.tariff(elements=[{"price_components": components}], **fields)


def said(
    before: str, cost: dict[str, Any], *tariffs: Any, treatment: str = STATED
) -> list[tuple[str, str, str | None]]:
    """Label, before tax and tax of each rate."""
    return [
        (
            rate.label,
            f"{rate.before_tax.normalize():f}",
            None if rate.tax is None else f"{rate.tax.normalize():f}",
        )
        for rate in rates_of(Decimal(before), cost, tariffs, treatment)
    ]


def taxes(*stated: tuple[str, float | None, float]) -> dict[str, Any]:
    return {
        "taxes": [
            {"name": name, "amount": amount, **({"percentage": rate} if rate is not None else {})}
            for name, rate, amount in stated
        ]
    }


@pytest.mark.parametrize(
    ("before", "cost", "tariffs", "expected"),
    [
        ("2.5", taxes(("VAT", 21, 0.525)), [], [("VAT 21 %", "2.5", "0.525")]),
        ("2.5", taxes(("VAT", None, 0.53)), [], [("VAT", "2.5", "0.53")]),
        ("2.5", taxes(("VAT", None, 0.53)), [tariff(21)], [("VAT 21 %", "2.5", "0.53")]),
        ("2.5", taxes(("VAT", None, 0.53)), [tariff(9)], [("VAT", "2.5", "0.53")]),
        ("0.1", taxes(("VAT", None, 0.02)), [tariff(19, 21)], [("VAT", "0.1", "0.02")]),
        ("2.5", {}, [tariff(21)], [("VAT 21 %", "2.5", "0.525")]),
        ("2.5", {}, [tariff(21, 9)], [("", "2.5", None)]),
        ("2.5", {}, [tariff(21, None)], [("", "2.5", None)]),
        ("2.5", {}, [tariff(None)], [("", "2.5", None)]),
        ("2.5", {}, [], [("", "2.5", None)]),
        ("2.5", {}, [tariff(None, tax_included="N/A")], [("No tax", "2.5", "0")]),
        ("2.5", {}, ["nonsense", {"elements": "none"}], [("", "2.5", None)]),
        (
            "3",
            taxes(("VAT", 21, 0.42), ("VAT", 9, 0.09)),
            [],
            [("VAT 21 %", "2", "0.42"), ("VAT 9 %", "1", "0.09")],
        ),
        (
            "100",
            taxes(("GST", 5, 5), ("QST", 9.975, 9.975)),
            [],
            [("GST 5 % + QST 9.975 %", "100", "14.975")],
        ),
        ("-2.5", taxes(("VAT", 21, -0.525)), [], [("VAT 21 %", "-2.5", "-0.525")]),
    ],
)
def test_taxes_are_taken_as_stated_and_never_guessed(
    before: str, cost: dict[str, Any], tariffs: list[Any], expected: list[Any]
) -> None:
    """OCPI 2.3.0, types, Price and TaxAmount: several taxes may be on one amount, or on parts of it."""
    assert said(before, cost, *tariffs) == expected


@pytest.mark.parametrize(
    ("treatment", "label"),
    [
        (TaxTreatment.REVERSE_CHARGE, "Reverse charge"),
        (TaxTreatment.OUTSIDE, "Outside the scope of tax"),
    ],
)
def test_terms_without_tax_leave_it_out(treatment: str, label: str) -> None:
    cost = taxes(("VAT", 21, 0.525))
    assert said("2.5", cost, treatment=treatment) == [(label, "2.5", "0")]


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("0.125", "EUR", "0.13"),
        ("-0.125", "EUR", "-0.13"),
        ("0.5", "JPY", "1"),
        ("0.0005", "KWD", "0.001"),
        ("-0.001", "EUR", "0.00"),
    ],
)
def test_amounts_are_rounded_half_up_to_what_the_currency_has(
    amount: str, currency: str, expected: str
) -> None:
    assert str(rounded(Decimal(amount), currency)) == expected
