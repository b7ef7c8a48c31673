"""Findings about a Tariff that need more than one field."""

from __future__ import annotations

from typing import Any

from ocpi.errors import Problem
from ocpi.lenient.codes import CODES
from ocpi.lenient.known import Known

Document = dict[str, Any]
Warnings = list[Problem]


def check_prices(document: Document, known: Known, warnings: Warnings) -> None:
    """Append warnings about the Tariff as a whole; a VAT is corrected only where the dialect says so."""
    elements = document.get("elements")
    if not elements:
        document.pop("elements", None)
        _warn(warnings, "tariff_without_prices", "elements", None)
        return
    for index, element in enumerate(elements):
        for position, component in enumerate(element["price_components"]):
            vat = component.get("vat")
            if vat:
                path = f"elements.{index}.price_components.{position}.vat"
                _check_vat(component, vat, path, known, warnings)


def _check_vat(
    component: Document, vat: float, path: str, known: Known, warnings: Warnings
) -> None:
    if not 0 < vat <= 100:
        _warn(warnings, "vat_implausible", path, vat)
    elif vat < 1 and known.dialect.vat_as_fraction:
        component["vat"] = round(vat * 100, 6)
        _warn(warnings, "vat_fraction", path, vat)
    elif vat < 1:
        _warn(warnings, "vat_fraction_suspected", path, vat)


def _warn(warnings: Warnings, code: str, path: str, value: Any) -> None:
    warnings.append(Problem(code, path, CODES[code], value))
