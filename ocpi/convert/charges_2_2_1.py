"""Conversion of Sessions and CDRs to and from OCPI 2.2.1.

A Price of 2.2.1 says what it comes to with and without VAT; one of 2.3.0 lists its taxes. Which taxes they are is
lost on the way to 2.2.1, and called VAT on the way back. The Tariffs in a CDR are converted like any other; one that
2.2.1 cannot say is left out, because a CDR that does not arrive is worse than one that explains itself less.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from ocpi.convert.results import Converted, Document, Refused
from ocpi.convert.steps import GONE, Losses, applied
from ocpi.convert.tariffs_2_2_1 import tariff_from_canonical, tariff_to_canonical
from ocpi.convert.tokens_2_2_1 import TYPES, known_type
from ocpi.numbers import exact_decimal, shortened
from ocpi.v2_2_1 import locations as types

VERSION = "2.2.1"
COSTS = (
    "total_cost",
    "total_fixed_cost",
    "total_energy_cost",
    "total_time_cost",
    "total_parking_cost",
    "total_reservation_cost",
)
VAT = "VAT"
ADDRESS_LENGTH = 45
STATE_LENGTH = 20
_CONNECTOR_TYPES = frozenset(get_args(types.ConnectorType))


def session_from_canonical(document: Document) -> Converted:
    """A canonical Session as 2.2.1."""
    losses = Losses(VERSION)
    changes = _token(document, losses) | costs(document, losses)
    return Converted(applied(document, changes), losses)


def session_to_canonical(document: Document) -> Converted:
    """A 2.2.1 Session as canonical."""
    return Converted(applied(document, taxed_costs(document)), [])


def session_patch(patch: Document) -> Document:
    """The body of a PATCH of a 2.2.1 Session as one of a canonical Session."""
    return applied(patch, taxed_costs(patch))


def cdr_from_canonical(document: Document) -> Converted:
    """A canonical CDR as 2.2.1; Refused where its connector has no name there."""
    losses = Losses(VERSION)
    changes = _token(document, losses) | costs(document, losses)
    changes |= _location(document, losses)
    changes |= tariffs(document, tariff_from_canonical, losses)
    return Converted(applied(document, changes), losses)


def cdr_to_canonical(document: Document) -> Converted:
    """A 2.2.1 CDR as canonical."""
    changes = taxed_costs(document)
    if document.get("tariffs"):
        changes["tariffs"] = [
            tariff_to_canonical(tariff).document for tariff in document["tariffs"]
        ]
    return Converted(applied(document, changes), [])


def said_price(price: Document, path: str, losses: Losses) -> Document:
    """A canonical Price as 2.2.1: `excl_vat`, and `incl_vat` where taxes are known."""
    said = {name: value for name, value in price.items() if name not in ("before_taxes", "taxes")}
    said["excl_vat"] = price["before_taxes"]
    taxes = price.get("taxes")
    if taxes:
        total = sum((exact_decimal(tax["amount"]) for tax in taxes), exact_decimal(0))
        said["incl_vat"] = shortened(exact_decimal(price["before_taxes"]) + total)
        if len(taxes) > 1 or set(taxes[0]) != {"name", "amount"} or taxes[0]["name"] != VAT:
            losses.add("taxes_summed", f"{path}.taxes", taxes)
    return said


def read_price(price: Any) -> Any:
    """A Price of 2.2.1 as canonical; anything else as it is."""
    if not isinstance(price, dict) or "excl_vat" not in price:
        return price
    read = {name: value for name, value in price.items() if name not in ("excl_vat", "incl_vat")}
    read["before_taxes"] = price["excl_vat"]
    if price.get("incl_vat") is not None:
        amount = exact_decimal(price["incl_vat"]) - exact_decimal(price["excl_vat"])
        read["taxes"] = [{"name": VAT, "amount": shortened(amount)}]
    return read


def costs(document: Document, losses: Losses) -> Document:
    """The changes that say a document's costs as 2.2.1."""
    return {
        name: said_price(document[name], name, losses)
        for name in COSTS
        if document.get(name) is not None
    }


def taxed_costs(document: Document) -> Document:
    """The changes that read a 2.2.1 document's costs."""
    return {name: read_price(document[name]) for name in COSTS if document.get(name) is not None}


def tariffs(
    document: Document, convert: Callable[[Document], Converted], losses: Losses
) -> Document:
    """The change that says the Tariffs in a CDR in another version; what cannot be said is left out."""
    said: list[Document] = []
    for index, tariff in enumerate(document.get("tariffs") or ()):
        path = f"tariffs.{index}"
        try:
            converted = convert({"tax_included": "NO", **tariff})
        except Refused:
            losses.add("tariff_left_out", path, tariff)
            continue
        said.append(converted.document)
        losses.extend(loss._replace(path=f"{path}.{loss.path}") for loss in converted.losses)
    return {"tariffs": said or GONE} if document.get("tariffs") else {}


def cut(place: Document, name: str, length: int, path: str, losses: Losses) -> Document:
    """The change that cuts a text of a place to what fits."""
    text = place.get(name)
    if text is None or len(text) <= length:
        return {}
    losses.add("text_cut", f"{path}.{name}", text)
    return {name: text[:length].rstrip()}


def _token(document: Document, losses: Losses) -> Document:
    token = document["cdr_token"]
    said = applied(token, known_type(token, TYPES, "cdr_token.type", losses))
    return {} if said is token else {"cdr_token": said}


def _location(document: Document, losses: Losses) -> Document:
    place = document["cdr_location"]
    standard = place.get("connector_standard")
    if standard is not None and not losses.can_say(standard, _CONNECTOR_TYPES):
        raise Refused(f"OCPI 2.2.1 has no connector standard {standard}")
    changes = cut(place, "address", ADDRESS_LENGTH, "cdr_location", losses)
    changes |= cut(place, "state", STATE_LENGTH, "cdr_location", losses)
    return {"cdr_location": applied(place, changes)} if changes else {}
