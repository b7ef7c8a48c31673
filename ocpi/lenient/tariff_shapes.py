"""Tariffs of every version in the canonical shape, before anything is checked.

What is right in the version it was written in is changed without a word; the rest is told.
"""

from __future__ import annotations

from typing import Any

from ocpi.errors import Problem
from ocpi.lenient.codes import CODES
from ocpi.lenient.known import EARLIER_VERSIONS, Known

Document = dict[str, Any]
Warnings = list[Problem]

_PRICE = {"excl_vat": "before_taxes", "incl_vat": "after_taxes"}
_LIMITS = ("min_price", "max_price", "minPrice", "maxPrice")
_LANGUAGES = {
    "AT": "de", "CZ": "cs", "DE": "de", "DK": "da", "ES": "es", "FI": "fi", "FR": "fr", "GR": "el",
    "HU": "hu", "IT": "it", "LU": "fr", "NL": "nl", "NO": "no", "PL": "pl", "PT": "pt", "RU": "ru",
    "SE": "sv",
}  # fmt: skip


def as_canonical(document: Document, known: Known, warnings: Warnings) -> None:
    """Bring a Tariff into the shape of 2.3.0, in place; takes anything, raises nothing."""
    _tax_included(document, known, warnings)
    for name in _LIMITS:
        if document.get(name) is not None:
            document[name] = _limit(document[name], name, known, warnings)
    if document.get("tariff_alt_text"):
        document["tariff_alt_text"] = _texts(document["tariff_alt_text"], document, warnings)
    elements = document.get("elements")
    if isinstance(elements, list):
        _elements(document, elements, warnings)


def _tax_included(document: Document, known: Known, warnings: Warnings) -> None:
    """Before 2.3.0 every price is without VAT (OCPI 2.2.1, mod_tariffs, PriceComponent)."""
    if document.get("tax_included") is None and "taxIncluded" not in document:
        document["tax_included"] = "NO"
        if known.version not in EARLIER_VERSIONS:
            _warn(warnings, "tax_included_assumed", "tax_included", None)


def _limit(value: Any, name: str, known: Known, warnings: Warnings) -> Any:
    """A Price of 2.2.1, or a number, as PriceLimit."""
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        _warn(warnings, "price_limit_spelling", name, value)
        return {"before_taxes": value}
    if not isinstance(value, dict) or _PRICE.keys().isdisjoint(value):
        return value
    if known.version == "2.3.0":
        _warn(warnings, "price_limit_spelling", name, dict(value))
    renamed = {_PRICE[key]: value[key] for key in value if key in _PRICE}
    rest = {key: entry for key, entry in value.items() if key not in _PRICE}
    return {**renamed, **rest}


def _texts(value: Any, document: Document, warnings: Warnings) -> Any:
    """Plain texts as DisplayTexts, in the language of the owner's country, or English."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not any(isinstance(text, str) for text in texts):
        return texts
    country = str(document.get("country_code") or "").upper()
    language = _LANGUAGES.get(country, "en")
    kept: list[Any] = []
    for index, text in enumerate(texts):
        plain = isinstance(text, str)
        if plain:
            _warn(warnings, "language_assumed", f"tariff_alt_text.{index}", text)
        kept.append({"language": language, "text": text} if plain else text)
    return kept


def _elements(document: Document, elements: list[Any], warnings: Warnings) -> None:
    if any(isinstance(_restrictions(element), list) for element in elements):
        document["elements"] = [
            single
            for index, element in enumerate(elements)
            for single in _with_one_restriction(element, index, warnings)
        ]


def _restrictions(element: Any) -> Any:
    return element.get("restrictions") if isinstance(element, dict) else None


def _with_one_restriction(element: Any, index: int, warnings: Warnings) -> list[Any]:
    """An element with a list of restrictions, as elements with one object each.

    What does not contradict is meant together; otherwise the entries are alternatives, each with
    the same prices.
    """
    listed = _restrictions(element)
    if not isinstance(listed, list):
        return [element]
    if listed:
        _warn(warnings, "restrictions_listed", f"elements.{index}.restrictions", listed)
    if not all(isinstance(entry, dict) for entry in listed):
        # Not understood: the repair leaves the element out, for it must not count always.
        return [{**element, "restrictions": "?"}]
    given = [
        {name: value for name, value in entry.items() if value is not None and value != []}
        for entry in listed
    ]
    names = [name for entry in given for name in entry]
    if len(set(names)) == len(names):
        together = {name: value for entry in given for name, value in entry.items()}
        return [{**element, "restrictions": together or None}]
    return [{**element, "restrictions": entry} for entry in given]


def _warn(warnings: Warnings, code: str, path: str, value: Any) -> None:
    warnings.append(Problem(code, path, CODES[code], value))
