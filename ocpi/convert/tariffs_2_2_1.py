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
from ocpi.convert.steps import GONE, Losses, applied, dropped, keep_entries
from ocpi.convert.taxes import without_tax
from ocpi.v2_2_1 import tariffs as types
from ocpi.v2_2_1.locations import EnvironmentalImpactCategory
from ocpi.v2_3_0.tariffs import TaxIncluded

LIMITS = ("min_price", "max_price")
_TARIFF_ONLY = frozenset({"preauthorize_amount"})
_TO_PRICE = {"before_taxes": "excl_vat", "after_taxes": "incl_vat"}
_TO_LIMIT = {new: old for old, new in _TO_PRICE.items()}
_IMPACTS = frozenset(get_args(EnvironmentalImpactCategory))
_TYPES = frozenset(get_args(types.TariffType))
_DIMENSIONS = frozenset(get_args(types.TariffDimensionType))
_DAYS = frozenset(get_args(types.DayOfWeek))
_RESERVATIONS = frozenset(get_args(types.ReservationRestrictionType))


def tariff_from_canonical(document: Document) -> Converted:
    """A canonical Tariff as 2.2.1; Refused where a price would be wrong."""
    refuse_misleading(document)
    losses = Losses("2.2.1")
    changes = dropped(document, _TARIFF_ONLY, "", losses)
    changes["energy_mix"] = known_impacts(document, losses)
    changes.update(_limits(document, _TO_PRICE))
    return Converted(applied(without_tax(document, losses), changes), losses)


def tariff_to_canonical(document: Document) -> Converted:
    """A 2.2.1 Tariff as canonical: its prices are without tax.

    A sender that already writes 2.3.0's `tax_included` in a 2.2.1 Tariff is believed.
    """
    said = document.get("tax_included")
    tax_included = said if said in get_args(TaxIncluded) else "NO"
    limits = _limits(document, _TO_LIMIT)
    return Converted({**document, "tax_included": tax_included, **limits}, [])


def refuse_misleading(document: Document) -> None:
    """Refused when no version before 2.3.0 can state the Tariff's prices.

    That is: it was kept although it has no prices, which a repaired one may not; a value that
    decides about a price is in none of their lists; or an element prices a booking.
    """
    for name in ("elements", "currency"):
        if not document.get(name):
            raise Refused(f"The Tariff has no {name}, so that it states no price")
    _refuse_unlisted(document)
    _refuse_bookings(document["elements"])


def _refuse_unlisted(document: Document) -> None:
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


def _refuse_bookings(elements: list[Document]) -> None:
    for index, element in enumerate(elements):
        booking = (element.get("restrictions") or {}).get("booking")
        if booking is not None:
            raise Refused(
                f"elements.{index} prices a booking ({booking}); OCPI before 2.3.0 knows no"
                " bookings, and without the element their price would be missing"
            )


def known_impacts(document: Document, losses: Losses) -> Any:
    """The energy mix with environmental impacts of listed categories only; GONE without one."""
    mix = document.get("energy_mix")
    if not mix:
        return GONE
    changes: Document = {}
    keep_entries(mix, "environ_impact", "category", _IMPACTS, "energy_mix.", changes, losses)
    return applied(mix, changes)


def _limits(document: Document, names: dict[str, str]) -> Document:
    return {
        limit: {names.get(name, name): value for name, value in document[limit].items()}
        for limit in LIMITS
        if document.get(limit)
    }
