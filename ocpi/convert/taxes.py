"""Prices of canonical Tariffs as prices without VAT, which is all that versions before 2.3.0 know."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ocpi.convert.results import Document, Refused
from ocpi.convert.steps import Losses
from ocpi.numbers import exact_decimal, shortened

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
    losses.add("field_not_in_version", "tax_included", tax)
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
    losses.add("vat_not_applicable", path + "vat", component["vat"])
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
    net = shortened(exact.quantize(_FOUR_DECIMALS, ROUND_HALF_UP))
    is_exact = net * (1 + exact_decimal(vat) / 100) == exact_decimal(gross)
    losses.add("price_without_tax" if is_exact else "price_rounded", path + "price", gross)
    return {**component, "price": net}


_CHANGES: dict[Any, Callable[[Document, str, Losses], Document]] = {"YES": _net, "N/A": _untaxed}
