"""A few thousand charges of one day, written out in full and read as any CDR is, with the tariffs that price them."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from ocpi.datetimes import format_datetime

MONTH = date(2026, 9, 1)
DAY = datetime(2026, 9, 1, tzinfo=UTC)
PARTNERS = 40
TEMPLATES = 2_000
WRONG = 50
"""One in so many has something wrong with it."""


class Template(NamedTuple):
    """A charge on the first of the month: the partner (by number), its parts, and what is wrong with it."""

    partner: int
    parts: Any
    wrong: str


def parties() -> tuple[Any, Any, list[Any]]:
    """Our CPO, our eMSP, and the partners: even numbers are CPOs, odd ones eMSPs."""
    from ocpi.ids import PartyId
    from parties import services

    cpo = services.ensure_party(PartyId("NL", "OWN"), "CPO", is_ours=True)
    emsp = services.ensure_party(PartyId("NL", "OWN"), "EMSP", is_ours=True)
    partners = [
        services.ensure_party(
            PartyId("DE", f"P{number:02}"),
            "EMSP" if number % 2 else "CPO",
            name=f"Partner {number}",
        )
        for number in range(PARTNERS)
    ]
    return cpo, emsp, partners


def tariff(owner: Any, number: int) -> dict[str, Any]:
    """One of five kinds of tariff: by energy, with a start fee, by time of day, with parking, with limits."""
    price = round(0.25 + 0.01 * (number % 40), 2)
    elements: list[list[dict[str, Any]]] = [
        [_component("ENERGY", price)],
        [_component("ENERGY", price), _component("FLAT", 0.5)],
        [_component("ENERGY", price + 0.1)],
        [_component("ENERGY", price), _component("PARKING_TIME", 3, 300)],
        [_component("ENERGY", price), _component("TIME", 1, 60)],
    ]
    kind = number % len(elements)
    listed: list[dict[str, Any]] = [{"price_components": elements[kind]}]
    if kind == 2:
        night = {"start_time": "20:00", "end_time": "07:00"}
        listed.insert(0, {"price_components": [_component("ENERGY", price)], "restrictions": night})
    limits = {"min_price": {"before_taxes": 0.5}, "max_price": {"before_taxes": 60}}
    return {
        **owner.identity._asdict(),
        "id": f"T{number}",
        "currency": "EUR",
        "elements": listed,
        "tax_included": "NO",
        **(limits if kind == 4 else {}),
        "last_updated": "2026-01-01T00:00:00Z",
    }


def _component(kind: str, price: float, step: int = 1) -> dict[str, Any]:
    return {"type": kind, "price": round(price, 4), "vat": 21, "step_size": step}


def templates(count: int = TEMPLATES) -> list[Template]:
    """Charges of five periods each, priced by the tariff they name."""
    from cdrs.documents import take_apart

    chance = random.Random(7)
    cpo, emsp, partners = parties()
    made = []
    for number in range(count):
        partner = number % PARTNERS
        owner, payer = (cpo, partners[partner]) if partner % 2 else (partners[partner], emsp)
        wrong = chance.choice(_WRONGS) if number % WRONG == 0 else ""
        document = _charge(owner, payer, tariff(owner, number % 25), number, chance)
        _spoil(document, wrong)
        made.append(Template(partner, take_apart(document), wrong))
    return made


_WRONGS = ("price", "tax", "currency", "energy", "session", "times")


def _charge(
    owner: Any, payer: Any, priced_by: dict[str, Any], number: int, chance: random.Random
) -> dict[str, Any]:
    start = DAY + timedelta(minutes=chance.randrange(6 * 60, 17 * 60))
    lengths = [chance.randrange(5, 50) for _ in range(5)]
    periods, at, energy, hours, parked = [], start, Decimal(0), Decimal(0), Decimal(0)
    for place, length in enumerate(lengths):
        hour = (Decimal(length) / 60).quantize(Decimal("0.0001"))
        if place == len(lengths) - 1:
            dimensions = [{"type": "PARKING_TIME", "volume": hour}]
            parked += hour
        else:
            volume = (hour * chance.randrange(40, 110) / 10).quantize(Decimal("0.001"))
            dimensions = [{"type": "ENERGY", "volume": volume}, {"type": "TIME", "volume": hour}]
            energy += volume
        periods.append(
            {
                "start_date_time": format_datetime(at),
                "dimensions": dimensions,
                "tariff_id": priced_by["id"],
            }
        )
        hours += hour
        at += timedelta(minutes=length)
    document: dict[str, Any] = {
        **owner.identity._asdict(),
        "id": f"C{number}",
        "start_date_time": format_datetime(start),
        "end_date_time": format_datetime(at),
        "session_id": f"S{number}",
        "cdr_token": {
            **payer.identity._asdict(),
            "uid": f"{number:014}",
            "type": "RFID",
            "contract_id": f"{payer.country_code}-{payer.party_id}-C{number:08}",
        },
        "auth_method": "WHITELIST",
        "cdr_location": {
            "id": f"LOC{number % 500}",
            "name": f"Place {number % 500}",
            "address": "Stationsplein 1",
            "city": "Utrecht",
            "country": "NLD",
            "coordinates": {"latitude": "52.089444", "longitude": "5.110278"},
            "evse_uid": f"E{number}",
            "evse_id": f"{owner.country_code}*{owner.party_id}*E{number}",
            "connector_id": "1",
            "connector_standard": "IEC_62196_T2",
            "connector_format": "SOCKET",
            "connector_power_type": "AC_3_PHASE",
        },
        "currency": "EUR",
        "tariffs": [priced_by],
        "charging_periods": periods,
        "total_energy": energy,
        "total_time": hours,
        "total_parking_time": parked,
        "last_updated": format_datetime(at + timedelta(minutes=5)),
    }
    return document | _costs(document, priced_by)


def _costs(document: dict[str, Any], priced_by: dict[str, Any]) -> dict[str, Any]:
    """What the charge costs, as an honest CPO writes it: to four decimals."""
    from tariffs import pricing

    charge = pricing.charge_of_cdr(document, time_zone="Europe/Amsterdam")
    total = pricing.price(charge, pricing.compile_tariff(priced_by)).total_cost
    assert total.before_taxes is not None
    taxes = sum((tax.amount for tax in total.taxes), Decimal(0))
    return {
        "total_cost": {
            "before_taxes": _rounded(total.before_taxes),
            "taxes": [{"name": "VAT", "percentage": 21, "amount": _rounded(taxes)}],
        }
    }


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.0001"))


def _spoil(document: dict[str, Any], wrong: str) -> None:
    cost = document["total_cost"]
    if wrong == "price":
        cost["before_taxes"] = _rounded(cost["before_taxes"] * Decimal("1.15"))
    elif wrong == "tax":
        cost["taxes"][0]["amount"] = _rounded(cost["before_taxes"] * Decimal("0.1"))
    elif wrong == "currency":
        document["currency"] = "CHF"
    elif wrong == "energy":
        document["total_energy"] *= 1000
    elif wrong == "session":
        document["session_id"] = "NONE" + document["session_id"]
    elif wrong == "times":
        document["end_date_time"] = document["start_date_time"]
