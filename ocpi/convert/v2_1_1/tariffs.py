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
from typing import Any

from ocpi.convert.regroup import is_self_contained, regrouped
from ocpi.convert.results import Converted, Document, Origin, Refused
from ocpi.convert.steps import GONE, Losses, applied, dropped, whole_seconds
from ocpi.convert.tariffs_2_2_1 import LIMITS, known_impacts, refuse_misleading
from ocpi.convert.taxes import without_tax
from ocpi.datetimes import parse_datetime

VERSION = "2.1.1"
_INFORMS = frozenset({"type", *LIMITS, "preauthorize_amount", "start_date_time", "end_date_time"})
_OWNER = frozenset({"country_code", "party_id"})
_RESTRICTIONS_GONE = frozenset({"min_current", "max_current", "reservation", "booking"})
_VAT = frozenset({"vat"})


def tariff_from_canonical(document: Document, *, now: datetime | None = None) -> Converted:
    """A canonical Tariff as 2.1.1; Refused where a price would be wrong.

    The owner is left out without being a loss: the URL names it. The answer changes when the
    Tariff's period of validity begins or ends; `now` is for asking about another moment.
    """
    refuse_misleading(document)
    _refuse_type(document)
    _refuse_limits(document)
    _refuse_outside_period(document, now or datetime.now(UTC))
    _refuse_restrictions(document["elements"])
    losses = Losses(VERSION)
    changes = dropped(document, _INFORMS, "", losses) | dict.fromkeys(_OWNER, GONE)
    changes["energy_mix"] = _with_impacts(known_impacts(document, losses), "category", "source")
    changes["last_updated"] = whole_seconds(document["last_updated"], "last_updated", losses)
    converted = applied(without_tax(document, losses), changes)
    elements = [
        _element(element, f"elements.{index}.", losses)
        for index, element in enumerate(converted["elements"])
    ]
    if not is_self_contained(elements):
        elements = regrouped(elements)
        losses.add("elements_regrouped", "elements", document["elements"])
    return Converted({**converted, "elements": elements}, losses)


def tariff_to_canonical(document: Document, origin: Origin) -> Converted:
    """A 2.1.1 Tariff as canonical: the owner comes from outside, prices are without tax.

    Fields of later versions mean nothing in 2.1.1 and are left out as losses; `vat`, which only
    informs, stays. Refused without owner, and when an element has a restriction of a later
    version: without it the element would apply always, and with it the sender said what it could not.
    """
    if origin.owner is None:
        raise Refused("A Tariff of OCPI 2.1.1 does not say whose it is")
    for index, element in enumerate(document["elements"]):
        later = _RESTRICTIONS_GONE & (element.get("restrictions") or {}).keys()
        if later:
            raise Refused(f"elements.{index} has {min(later)}, which OCPI 2.1.1 does not know")
    losses = Losses(VERSION)
    changes = dropped(document, _INFORMS | {"tax_included"}, "", losses)
    changes["energy_mix"] = _with_impacts(document.get("energy_mix"), "source", "category")
    canonical = {
        **applied(document, changes),
        **origin.owner._asdict(),
        "tax_included": "NO",
    }
    return Converted(canonical, losses)


def tariff_patch(patch: Document) -> Document:
    """The body of a PATCH of a 2.1.1 Tariff as one of a canonical Tariff; no other version has it."""
    if not patch.get("energy_mix"):
        return patch
    return {**patch, "energy_mix": _with_impacts(patch["energy_mix"], "source", "category")}


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


def _with_impacts(mix: Any, old: str, new: str) -> Any:
    """An energy mix whose environmental impacts name their category otherwise."""
    if not isinstance(mix, dict):
        return mix or GONE
    impacts = [
        {new if name == old else name: value for name, value in impact.items()}
        for impact in mix.get("environ_impact") or ()
    ]
    return {**mix, "environ_impact": impacts} if impacts else mix


def _element(element: Document, path: str, losses: Losses) -> Document:
    changes: Document = {
        "price_components": [
            applied(component, dropped(component, _VAT, f"{path}price_components.{index}.", losses))
            for index, component in enumerate(element["price_components"])
        ]
    }
    restrictions = element.get("restrictions")
    if restrictions:
        gone = dropped(restrictions, _RESTRICTIONS_GONE, f"{path}restrictions.", losses)
        changes["restrictions"] = applied(restrictions, gone)
    return applied(element, changes)
