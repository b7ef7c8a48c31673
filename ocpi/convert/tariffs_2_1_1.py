"""Conversion of Tariffs to and from OCPI 2.1.1.

2.1.1 has prices without VAT and restrictions, and nothing else that decides about a price. What
only informs is left out and listed. Refused, because the price shown would not be the price paid:

- `tax_included` YES with a price whose VAT rate is not given, and elements for bookings, as in 2.2.1;
- elements for reservations: their price would be missing, and 2.1.1 has reservations;
- a minimum or maximum current: without it an element would apply at any current. A minimum of
  zero restricts nothing and is left out;
- `min_price` above zero and any `max_price` of a Tariff that costs something: a Session can cost
  more or less than its elements say;
- every `type` but REGULAR: without it a price for card payment or for one charging preference
  would look like the price of every Session;
- outside `start_date_time` and `end_date_time`, since a Tariff of 2.1.1 is always valid.

Elements are regrouped where the two readings differ (`ocpi.convert.regroup`). Coming from 2.1.1
they stay as they are: the text of 2.1.1 takes the first element that matches, but its own example
of a Tariff with a start fee only has a meaning per dimension, as in later versions.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ocpi.convert.regroup import is_self_contained, regrouped
from ocpi.convert.results import Converted, Document, Refused
from ocpi.convert.tariffs_2_2_1 import (
    LIMITS,
    drop_fields,
    keep_known_impacts,
    refuse_bookings,
    refuse_unlisted,
)
from ocpi.convert.taxes import without_tax
from ocpi.datetimes import parse_datetime
from ocpi.errors import Problem
from ocpi.ids import PartyId

Losses = list[Problem]

_INFORMS = ("type", *LIMITS, "preauthorize_amount", "start_date_time", "end_date_time")
_OWNER = frozenset({"country_code", "party_id"})
_RESTRICTIONS_GONE = ("min_current", "max_current", "reservation", "booking")


def tariff_from_canonical(document: Document, *, now: datetime | None = None) -> Converted:
    """A canonical Tariff as 2.1.1; Refused where a price would be wrong.

    The owner is left out without being a loss: the URL names it. The answer changes when the
    Tariff's period of validity begins or ends; `now` is for asking about another moment.
    """
    refuse_unlisted(document)
    refuse_bookings(document["elements"])
    _refuse_type(document)
    _refuse_limits(document)
    _refuse_outside_period(document, now or datetime.now(UTC))
    _refuse_restrictions(document["elements"])
    losses: Losses = []
    converted = without_tax(document, losses)
    drop_fields(converted, _INFORMS, "2.1.1", losses)
    keep_known_impacts(converted, "2.1.1", losses)
    _rename_impacts(converted, "category", "source")
    elements = [
        _element(element, f"elements.{index}.", losses)
        for index, element in enumerate(converted["elements"])
    ]
    if not is_self_contained(elements):
        elements = regrouped(elements)
        message = "Regrouped, because OCPI 2.1.1 applies one whole element at a time; same prices"
        losses.append(Problem("elements_regrouped", "elements", message, document["elements"]))
    owned = {**converted, "elements": elements}
    return Converted({name: owned[name] for name in owned if name not in _OWNER}, losses)


def tariff_to_canonical(document: Document, *, owner: PartyId) -> Converted:
    """A 2.1.1 Tariff as canonical: the owner comes from outside, prices are without tax."""
    converted = {
        "country_code": owner.country_code,
        "party_id": owner.party_id,
        **document,
        "tax_included": "NO",
    }
    _rename_impacts(converted, "source", "category")
    return Converted(converted, [])


def tariff_patch_to_canonical(patch: Document) -> Document:
    """The body of a 2.1.1 PATCH as one for the canonical document; no other version has it."""
    converted = dict(patch)
    _rename_impacts(converted, "source", "category")
    return converted


def _refuse_type(document: Document) -> None:
    if document.get("type") not in {None, "REGULAR"}:
        raise Refused(
            f"The Tariff is of type {document['type']}; OCPI 2.1.1 has no types, so it would"
            " look like the price of every Session"
        )


def _refuse_limits(document: Document) -> None:
    least = document.get("min_price") or {}
    if max(least.get("before_taxes") or 0, least.get("after_taxes") or 0) > 0:
        raise Refused("OCPI 2.1.1 has no min_price: a Session could cost more than it says")
    if document.get("max_price") and any(
        component["price"] != 0
        for element in document["elements"]
        for component in element["price_components"]
    ):
        raise Refused("OCPI 2.1.1 has no max_price: a Session could cost less than it says")


def _refuse_outside_period(document: Document, now: datetime) -> None:
    start, end = document.get("start_date_time"), document.get("end_date_time")
    if start is not None and now < parse_datetime(start):
        raise Refused(f"The Tariff is not valid before {start}; one of OCPI 2.1.1 always is")
    if end is not None and now >= parse_datetime(end):
        raise Refused(f"The Tariff is not valid after {end}; one of OCPI 2.1.1 always is")


def _refuse_restrictions(elements: list[Document]) -> None:
    for index, element in enumerate(elements):
        restrictions = element.get("restrictions") or {}
        if restrictions.get("reservation") is not None:
            raise Refused(
                f"elements.{index} prices a reservation; OCPI 2.1.1 cannot say so, and without"
                " the element that price would be missing"
            )
        least, most = restrictions.get("min_current"), restrictions.get("max_current")
        if most is not None or (least is not None and least > 0):
            raise Refused(
                f"elements.{index} applies at certain currents only; OCPI 2.1.1 cannot say so,"
                " and the element would seem to apply at any current"
            )


def _rename_impacts(converted: Document, old: str, new: str) -> None:
    mix = converted.get("energy_mix") or {}
    if mix.get("environ_impact"):
        impacts = [
            {new if name == old else name: value for name, value in impact.items()}
            for impact in mix["environ_impact"]
        ]
        converted["energy_mix"] = {**mix, "environ_impact": impacts}


def _element(element: Document, path: str, losses: Losses) -> Document:
    converted = {**element, "price_components": []}
    for index, component in enumerate(element["price_components"]):
        priced = dict(component)
        drop_fields(priced, ("vat",), "2.1.1", losses, f"{path}price_components.{index}.")
        converted["price_components"].append(priced)
    if element.get("restrictions"):
        converted["restrictions"] = dict(element["restrictions"])
        drop_fields(
            converted["restrictions"], _RESTRICTIONS_GONE, "2.1.1", losses, f"{path}restrictions."
        )
    return converted
