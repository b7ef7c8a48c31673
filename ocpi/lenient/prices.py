"""Findings about a Tariff that need more than one field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ocpi.errors import Problem
from ocpi.lenient.codes import CODES
from ocpi.lenient.known import VERSIONS_2_1, Known
from ocpi.lenient.references import check_energy_mix
from ocpi.national import CURRENCIES, VAT_COUNTRIES
from ocpi.tariff_checks import check_tariff

Document = dict[str, Any]
Warnings = list[Problem]

_FILLERS = ("FLAT", "TIME", "PARKING_TIME")


def check_prices(document: Document, known: Known, warnings: Warnings) -> None:
    """Append warnings about the Tariff as a whole; a VAT is corrected only where the dialect says so."""
    elements = document.get("elements")
    if not elements:
        document.pop("elements", None)
        _warn(warnings, "tariff_without_prices", "elements", None)
    elif known.dialect.vat_as_fraction:
        for path, component in _components(document):
            _correct_vat(component, f"{path}.vat", warnings)
    _check_currency(document, warnings)
    if document.get("energy_mix"):
        check_energy_mix(document, warnings)
    if elements:
        if known.version not in VERSIONS_2_1:
            _check_vat(document, warnings)
        _check_zeros(document, warnings)
    warnings += check_tariff(document)


def _components(document: Document) -> Iterator[tuple[str, Document]]:
    for index, element in enumerate(document["elements"]):
        for position, component in enumerate(element["price_components"]):
            yield f"elements.{index}.price_components.{position}", component


def _correct_vat(component: Document, path: str, warnings: Warnings) -> None:
    vat = component.get("vat")
    if vat is not None and 0 < vat < 1:
        component["vat"] = round(vat * 100, 6)
        _warn(warnings, "vat_fraction", path, vat)


def _check_currency(document: Document, warnings: Warnings) -> None:
    """A currency that is not that of the owner's country."""
    usual = CURRENCIES.get(str(document.get("country_code")).upper())
    currency = document.get("currency")
    if usual and currency and currency.upper() not in usual:
        _warn(warnings, "currency_foreign", "currency", currency)


def _check_vat(document: Document, warnings: Warnings) -> None:
    """OCPI takes a missing VAT for none; in a country with VAT it rather is unknown."""
    if document.get("tax_included") == "N/A":
        return
    taxed = str(document.get("country_code")).upper() in VAT_COUNTRIES
    priced = [component for _, component in _components(document) if component.get("price")]
    if taxed and priced and all(component.get("vat") is None for component in priced):
        _warn(warnings, "vat_unknown", "elements", None)


def _check_zeros(document: Document, warnings: Warnings) -> None:
    """Prices of 0: the whole Tariff is free or unpriced, or they fill a form and say nothing."""
    costs = {component["type"] for _, component in _components(document) if component["price"]}
    if not costs:
        _warn(warnings, "prices_all_zero", "elements", None)
        return
    for path, component in _components(document):
        if component["type"] in _FILLERS and component["type"] not in costs:
            _warn(warnings, "component_without_effect", path, component)
            return


def _warn(warnings: Warnings, code: str, path: str, value: Any) -> None:
    warnings.append(Problem(code, path, CODES[code], value))
