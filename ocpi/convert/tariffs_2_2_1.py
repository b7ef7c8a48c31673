"""Conversion of Tariffs to and from OCPI 2.2.1.

Prices there never hold VAT, so a canonical Tariff that includes tax is worked out without it
(`ocpi.convert.taxes`). Refused is what would state a wrong price: a tax whose rate is not given,
elements for bookings (2.2.1 would take them as prices of charging), and values outside the closed
enumerations that decide when a price applies: a Tariff without its `type` would be valid for
every Session, an element without one of its restrictions for more moments than it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from ocpi.convert.results import Converted, Document, Refused
from ocpi.convert.taxes import without_tax
from ocpi.errors import Problem
from ocpi.v2_2_1 import tariffs as types
from ocpi.v2_2_1.locations import EnvironmentalImpactCategory
from ocpi.v2_3_0.tariffs import TaxIncluded

Losses = list[Problem]

LIMITS = ("min_price", "max_price")
_TO_PRICE = {"before_taxes": "excl_vat", "after_taxes": "incl_vat"}
_TO_LIMIT = {new: old for old, new in _TO_PRICE.items()}
_IMPACTS = frozenset(get_args(EnvironmentalImpactCategory))
_TYPES = frozenset(get_args(types.TariffType))
_DIMENSIONS = frozenset(get_args(types.TariffDimensionType))
_DAYS = frozenset(get_args(types.DayOfWeek))
_RESERVATIONS = frozenset(get_args(types.ReservationRestrictionType))
_TAX_INCLUDED = frozenset(get_args(TaxIncluded))


def tariff_from_canonical(document: Document) -> Converted:
    """A canonical Tariff as 2.2.1; Refused where a price would be wrong."""
    refuse_unlisted(document)
    refuse_bookings(document["elements"])
    losses: Losses = []
    converted = without_tax(document, losses)
    drop_fields(converted, ("preauthorize_amount",), "2.2.1", losses)
    keep_known_impacts(converted, "2.2.1", losses)
    for name in LIMITS:
        if converted.get(name):
            converted[name] = _renamed(converted[name], _TO_PRICE)
    return Converted(converted, losses)


def tariff_to_canonical(document: Document) -> Converted:
    """A 2.2.1 Tariff as canonical: its prices are without tax.

    A sender that already writes 2.3.0's `tax_included` in a 2.2.1 Tariff is believed.
    """
    said = document.get("tax_included")
    converted = {**document, "tax_included": said if said in _TAX_INCLUDED else "NO"}
    for name in LIMITS:
        if converted.get(name):
            converted[name] = _renamed(converted[name], _TO_LIMIT)
    return Converted(converted, [])


def refuse_unlisted(document: Document) -> None:
    """Refused when a value that decides about a price is in no list of the older versions."""
    unlisted = [
        *_outside(document.get("type"), _TYPES, "type"),
        *(
            fault
            for index, element in enumerate(document["elements"])
            for fault in _unlisted(element, f"elements.{index}")
        ),
    ]
    if unlisted:
        raise Refused(
            f"OCPI before 2.3.0 has no {unlisted[0]}; without it prices would seem to apply"
            " where they do not"
        )


def _unlisted(element: Document, path: str) -> Iterable[str]:
    for place, component in enumerate(element["price_components"]):
        yield from _outside(component["type"], _DIMENSIONS, f"{path}.price_components.{place}.type")
    restrictions = element.get("restrictions") or {}
    for day in restrictions.get("day_of_week") or ():
        yield from _outside(day, _DAYS, f"{path}.restrictions.day_of_week")
    reservation = restrictions.get("reservation")
    yield from _outside(reservation, _RESERVATIONS, f"{path}.restrictions.reservation")


def _outside(value: Any, listed: frozenset[str], path: str) -> Iterable[str]:
    if value is not None and value not in listed:
        yield f"{path} = {value}"


def refuse_bookings(elements: list[Document]) -> None:
    """Refused when an element prices a booking: only 2.3.0 can say so."""
    for index, element in enumerate(elements):
        booking = (element.get("restrictions") or {}).get("booking")
        if booking is not None:
            raise Refused(
                f"elements.{index} prices a booking ({booking}); OCPI before 2.3.0 knows no"
                " bookings, and without the element their price would be missing"
            )


def drop_fields(
    converted: Document, names: Iterable[str], version: str, losses: Losses, path: str = ""
) -> None:
    """Take fields out of a copy and list them."""
    for name in names:
        if name in converted:
            message = f"OCPI {version} has no such field"
            value = converted.pop(name)
            losses.append(Problem("field_not_in_version", path + name, message, value))


def keep_known_impacts(converted: Document, version: str, losses: Losses) -> None:
    """Take environmental impacts of unlisted categories out of a copy's energy mix."""
    mix = converted.get("energy_mix") or {}
    impacts = mix.get("environ_impact") or []
    for index, impact in enumerate(impacts):
        if impact["category"] not in _IMPACTS:
            path = f"energy_mix.environ_impact.{index}"
            message = f"OCPI {version} has no such value"
            losses.append(Problem("value_not_in_version", path, message, impact))
    kept = [impact for impact in impacts if impact["category"] in _IMPACTS]
    if len(kept) < len(impacts):
        rest = {name: value for name, value in mix.items() if name != "environ_impact"}
        converted["energy_mix"] = {**rest, "environ_impact": kept} if kept else rest


def _renamed(limit: Document, names: dict[str, str]) -> Document:
    return {names.get(name, name): value for name, value in limit.items()}
