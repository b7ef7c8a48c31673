"""The demo's own tariffs: one price, a price for every hour of the day, and none at all."""

from datetime import datetime, timedelta
from typing import Any

from ocpi.datetimes import format_datetime
from ocpi.ids import PartyId

Document = dict[str, Any]

ENERGY = "DEM-ENERGY"
BY_TIME_OF_DAY = "DEM-DAY-NIGHT"
FREE = "DEM-FREE"

VAT = 21
FOUR_HOURS = 4 * 3600


def documents(party: PartyId, now: datetime) -> list[Document]:
    """Canonical Tariffs of the demo's party, changed weeks before `now`."""
    return [
        _tariff(
            party,
            ENERGY,
            [_element(_price("ENERGY", 0.39))],
            ("One price for every kWh.", "Eén prijs per kWh."),
            now - timedelta(days=90),
        ),
        _tariff(
            party,
            BY_TIME_OF_DAY,
            [
                _element(
                    _price("ENERGY", 0.59),
                    day_of_week=["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
                    start_time="07:00",
                    end_time="20:00",
                ),
                _element(_price("PARKING_TIME", 6), start_time="08:00", end_time="22:00"),
                _element(_price("TIME", 1.2), min_duration=FOUR_HOURS),
                _element(_price("ENERGY", 0.45), _price("FLAT", 0.35)),
            ],
            (
                "Cheaper in the evening, at night and at weekends. Staying on after charging costs extra by day.",
                "'s Avonds, 's nachts en in het weekend goedkoper. Overdag kost blijven staan extra.",
            ),
            now - timedelta(days=21),
            min_price={"before_taxes": 1, "after_taxes": 1.21},
        ),
        _tariff(
            party,
            FREE,
            [_element(_price("FLAT", 0))],
            ("Free for our guests.", "Gratis voor onze gasten."),
            now - timedelta(days=200),
        ),
    ]


def _tariff(
    party: PartyId,
    identifier: str,
    elements: list[Document],
    texts: tuple[str, str],
    changed: datetime,
    **extras: Any,
) -> Document:
    languages = zip(("en", "nl"), texts, strict=True)
    return {
        **party._asdict(),
        "id": identifier,
        "currency": "EUR",
        "tariff_alt_text": [{"language": name, "text": text} for name, text in languages],
        **extras,
        "elements": elements,
        "tax_included": "NO",
        "last_updated": format_datetime(changed),
    }


def _element(*components: Document, **restrictions: Any) -> Document:
    element: Document = {"price_components": list(components)}
    return {**element, "restrictions": restrictions} if restrictions else element


def _price(dimension: str, price: float) -> Document:
    taxed = {"vat": VAT} if price else {}
    return {"type": dimension, "price": price, **taxed, "step_size": 1}
