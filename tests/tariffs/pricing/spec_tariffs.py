"""The Tariffs of OCPI's examples, as facts: prices, taxes, steps and restrictions (OCPI 2.3.0, examples)."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]

WEEKDAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]


def component(kind: str, price: object, vat: object = None, step_size: int = 1) -> Document:
    said = {"type": kind, "price": price, "step_size": step_size}
    return said if vat is None else {**said, "vat": vat}


def element(*components: Document, **restrictions: Any) -> Document:
    said: Document = {"price_components": list(components)}
    return {**said, "restrictions": restrictions} if restrictions else said


def tariff(*elements: Document, **fields: Any) -> Document:
    return {
        "country_code": "DE",
        "party_id": "ALL",
        "id": "T1",
        "currency": "EUR",
        "elements": list(elements),
        "tax_included": "NO",
        "last_updated": "2018-12-17T11:44:10Z",
        **fields,
    }


_START = component("FLAT", 0.5, 20.0)
_KWH = component("ENERGY", 0.25, 10.0)

TARIFF_1 = tariff(element(component("TIME", 2.0, 10.0, 60)))
TARIFF_2 = tariff(element(component("TIME", 1.9, 5.2, 300)), type="AD_HOC_PAYMENT")
TARIFF_3 = tariff(element(_START, component("ENERGY", 0.25, 10.0, 100)), type="PROFILE_CHEAP")
TARIFF_4 = tariff(
    element(component("FLAT", 2.5, 15.0)),
    element(component("TIME", 1.0, 20.0, 900), max_current=32.0),
    element(component("TIME", 2.0, 20.0, 600), min_current=32.0, day_of_week=WEEKDAYS),
    element(
        component("TIME", 1.25, 20.0, 600), min_current=32.0, day_of_week=["SATURDAY", "SUNDAY"]
    ),
    element(
        component("PARKING_TIME", 5.0, 10.0, 300),
        start_time="09:00",
        end_time="18:00",
        day_of_week=WEEKDAYS,
    ),
    element(
        component("PARKING_TIME", 6.0, 10.0, 300),
        start_time="10:00",
        end_time="17:00",
        day_of_week=["SATURDAY"],
    ),
    type="REGULAR",
)
TARIFF_5 = tariff(element(component("FLAT", 0.0, None, 0)))
TARIFF_6 = tariff(element(_START, _KWH), max_price={"before_taxes": 10.0, "after_taxes": 11.0})
TARIFF_8 = tariff(element(_KWH))
TARIFF_9 = tariff(element(_START, _KWH))
TARIFF_10 = tariff(element(_START, _KWH, component("PARKING_TIME", 2.0, 20.0, 900)))
TARIFF_11 = tariff(
    element(component("FLAT", 0.4, 25.0), component("TIME", 1.9, 5.2, 300)), type="AD_HOC_PAYMENT"
)
TARIFF_12 = tariff(element(_KWH), min_price={"before_taxes": 0.5, "after_taxes": 0.55})
TARIFF_13 = tariff(
    element(component("TIME", 3.0, 10.0, 60), component("PARKING_TIME", 5.0, 20.0, 300))
)
TARIFF_14 = tariff(
    element(
        component("TIME", 1.2, None, 1800),
        component("PARKING_TIME", 1.0, None, 900),
        start_time="00:00",
        end_time="17:00",
    ),
    element(
        component("TIME", 2.4, None, 900),
        component("PARKING_TIME", 1.0, None, 900),
        start_time="17:00",
        end_time="20:00",
    ),
    element(component("TIME", 2.4, None, 900), start_time="20:00", end_time="00:00"),
)
_SESSION = element(_START, _KWH)
TARIFF_15 = tariff(
    element(component("TIME", 5.0, 20.0, 60), reservation="RESERVATION"),
    _SESSION,
)
TARIFF_16 = tariff(
    element(
        component("FLAT", 2.0, 20.0), component("TIME", 5.0, 20.0, 300), reservation="RESERVATION"
    ),
    _SESSION,
)
TARIFF_17 = tariff(
    element(component("FLAT", 4.0, 20.0), reservation="RESERVATION_EXPIRES"),
    element(component("TIME", 2.0, 20.0, 600), reservation="RESERVATION"),
    _SESSION,
)
TARIFF_18 = tariff(
    element(component("TIME", 6.0, 20.0, 600), reservation="RESERVATION_EXPIRES"),
    element(component("TIME", 3.0, 20.0, 600), reservation="RESERVATION"),
    _SESSION,
)
TARIFF_19 = tariff(element(component("TIME", 2.0)), currency="CAD")
TARIFF_20 = tariff(element(component("TIME", 2.1)), currency="CAD", tax_included="YES")
MAX_DURATION = tariff(
    element(component("ENERGY", 0.0, 20.0), max_duration=1800),
    element(component("ENERGY", 0.25, 20.0), max_duration=3600),
    element(component("ENERGY", 0.4, 20.0)),
)
MAX_POWER = tariff(
    element(component("ENERGY", 0.2, 20.0), max_power=16.0),
    element(component("ENERGY", 0.35, 20.0), max_power=32.0),
    element(component("ENERGY", 0.5, 20.0)),
)
CDR_EXAMPLE = {
    name: value
    for name, value in tariff(element(component("TIME", 2.0, 10.0, 300)), id="12").items()
    if name != "tax_included"
}
"""The Tariff in OCPI's example of a CDR, which lacks `tax_included`."""
