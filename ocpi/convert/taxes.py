"""Prices of canonical Tariffs as prices without VAT, which is all that versions before 2.3.0 know."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ocpi.convert.results import Document, Refused
from ocpi.errors import Problem

Losses = list[Problem]

_FOUR_DECIMALS = Decimal("0.0001")


def without_tax(document: Document, losses: Losses) -> Document:
    """The Tariff with prices without VAT and no `tax_included`.

    NO leaves prices alone. N/A leaves out `vat`, which is how 2.2.1 says that none applies. YES
    divides each price by 1 + vat/100 and keeps four decimals, as many as an OCPI number has
    (OCPI 2.2.1, types, number). Refused when a price holds a tax whose rate is not given, and
    when nothing is said about tax.
    """
    tax = document.get("tax_included")
    plain = {name: value for name, value in document.items() if name != "tax_included"}
    if tax == "NO":
        return plain
    change = _CHANGES.get(tax)
    if change is None:
        raise Refused("The Tariff does not say whether its prices hold tax")
    message = f'Only OCPI 2.3.0 says tax_included = "{tax}"'
    losses.append(Problem("value_not_in_version", "tax_included", message, tax))
    plain["elements"] = [
        {
            **element,
            "price_components": [
                change(component, f"elements.{index}.price_components.{place}.", losses)
                for place, component in enumerate(element["price_components"])
            ],
        }
        for index, element in enumerate(document["elements"])
    ]
    return plain


def _untaxed(component: Document, path: str, losses: Losses) -> Document:
    if component.get("vat") is None:
        return component
    message = "No tax applies to this Tariff, so no VAT is named"
    losses.append(Problem("vat_not_applicable", path + "vat", message, component["vat"]))
    return {name: value for name, value in component.items() if name != "vat"}


def _net(component: Document, path: str, losses: Losses) -> Document:
    gross, vat = component["price"], component.get("vat")
    if gross == 0:
        return component
    if vat is None or vat <= -100:
        raise Refused(
            f"{path}price holds tax, but no usable VAT rate is given: the price without tax,"
            " which OCPI needs before 2.3.0, cannot be worked out"
        )
    if vat == 0:
        return component
    exact = exact_decimal(gross) / (1 + exact_decimal(vat) / 100)
    net = _shortened(exact.quantize(_FOUR_DECIMALS, ROUND_HALF_UP))
    back = net * (1 + exact_decimal(vat) / 100)
    if back == exact_decimal(gross):
        problem = Problem("price_without_tax", path + "price", f"Sent without tax: {net}", gross)
    else:
        message = f"Sent without tax and rounded to four decimals: {net}"
        problem = Problem("price_rounded", path + "price", message, gross)
    losses.append(problem)
    return {**component, "price": net}


_CHANGES: dict[Any, Callable[[Document, str, Losses], Document]] = {"YES": _net, "N/A": _untaxed}


def exact_decimal(number: float | Decimal) -> Decimal:
    """A JSON number with the digits it was written with: 0.1 is 0.1."""
    return number if isinstance(number, Decimal) else Decimal(str(number))


def _shortened(number: Decimal) -> Decimal:
    """Without trailing zeros and without exponent."""
    return Decimal(format(number.normalize(), "f"))
