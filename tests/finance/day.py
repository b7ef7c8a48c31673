"""What arrives on a day of a finance team: charges that are right, and twenty of which something is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests import builders
from tests.review import support
from tests.review.support import CONTRACT

Document = dict[str, Any]
GOOD = 3


class Wrong(NamedTuple):
    """A CDR with something wrong: what the page is to say about it, and what is decided then."""

    document: Document
    says: str
    decision: str


def moment(day: int, clock: str) -> str:
    return f"2026-01-{day:02}T{clock}:00Z"


def charge(number: int, tariff: Document | None = None, **fields: Any) -> Document:
    """10 kWh for 0.25 EUR each, at an EVSE of its own on a day of its own."""
    day = number % 28 + 1
    priced = tariff or builders.tariff()
    place = builders.cdr()["cdr_location"]
    usual = {
        "start_date_time": moment(day, "10:00"),
        "end_date_time": moment(day, "11:00"),
        "session_id": f"S{number:02}",
        "cdr_location": {**place, "evse_uid": f"E{number}", "evse_id": f"NL*ABC*E{number}"},
        "tariffs": [priced],
        "charging_periods": [
            builders.period(moment(day, "10:00"), priced["id"], ENERGY=10.0, TIME=1.0)
        ],
        "total_energy_cost": {"before_taxes": 2.5},
        "last_updated": moment(day, "11:05"),
    }
    return support.right(f"D{number:02}", **{**usual, **fields})


def good() -> list[Document]:
    """Charges in which nothing is wrong."""
    return [charge(number) for number in range(1, GOOD + 1)]


def wrong() -> Iterator[Wrong]:
    """Twenty of different kinds, in the order in which they come."""
    dearer = builders.tariff(elements=[builders.priced(ENERGY=0.35)])
    other = builders.tariff("T9")
    over = builders.tariff(end_date_time="2025-12-31T00:00:00Z")
    token = builders.cdr_token(contract_id=CONTRACT)
    four = {"before_taxes": 4.0}
    yield Wrong(charge(4, total_cost=four, total_energy_cost=four), "Price differs", "dispute")
    yield Wrong(
        charge(
            5, dearer, total_cost={"before_taxes": 3.5}, total_energy_cost={"before_taxes": 3.5}
        ),
        "Other prices than we held",
        "dispute",
    )
    yield Wrong(charge(6, other), "Tariff was not agreed", "dispute")
    yield Wrong(charge(7, over), "Tariff did not hold then", "accept")
    yield Wrong(
        charge(8, total_energy_cost={"before_taxes": 2.0}, total_time_cost={"before_taxes": 0.9}),
        "Parts do not add up",
        "accept",
    )
    yield Wrong(
        charge(
            9,
            total_cost={
                "before_taxes": 2.5,
                "taxes": [{"name": "VAT", "percentage": 21, "amount": 0.25}],
            },
        ),
        "Tax does not fit",
        "accept",
    )
    yield Wrong(charge(10, currency="CHF"), "Another currency", "drop")
    yield Wrong(charge(11, session_id="S01"), "Billed twice", "drop")
    yield Wrong(
        charge(
            12,
            start_date_time=moment(3, "10:20"),
            end_date_time=moment(3, "10:50"),
            cdr_location=charge(2)["cdr_location"],
        ),
        "Two charges at one EVSE",
        "drop",
    )
    yield Wrong(charge(13, **energy(13, 160.0)), "Too much energy", "dispute")
    yield Wrong(charge(14, **energy(14, -10.0)), "Negative energy", "drop")
    yield Wrong(
        charge(15, end_date_time=moment(16, "10:01"), **energy(15, 10.0, hours=0.0167)),
        "Too much power",
        "accept",
    )
    yield Wrong(charge(16, total_energy=12.0), "Energy of the periods", "accept")
    yield Wrong(charge(17, end_date_time=moment(18, "09:00")), "Times out of order", "drop")
    yield Wrong(charge(18, end_date_time=moment(24, "10:00")), "Too long", "accept")
    yield Wrong(
        charge(19, total_time=0.0, end_date_time=moment(20, "10:00")), "Energy in no time", "accept"
    )
    yield Wrong(
        charge(20, cdr_token={**token, "uid": "999", "contract_id": "DE-XYZ-C00000099-X"}),
        "Unknown card",
        "drop",
    )
    yield Wrong(
        charge(21, cdr_token={**token, "uid": "FOREIGN1", "contract_id": "DE-OTH-C00000001-Q"}),
        "Card of somebody else",
        "drop",
    )
    yield Wrong(
        charge(
            22,
            id="D22-C",
            credit=True,
            credit_reference_id="NOWHERE",
            total_cost={"before_taxes": -2.5},
        ),
        "Credit without its original",
        "drop",
    )
    yield Wrong(
        charge(
            23,
            id="D23-C",
            credit=True,
            credit_reference_id="D03",
            total_cost={"before_taxes": -9.0},
        ),
        "Credit of another amount",
        "accept",
    )


def energy(number: int, kwh: float, hours: float = 1.0) -> Document:
    """So much energy for the price it has by the tariff."""
    cost = {"before_taxes": round(kwh * 0.25, 4)}
    start = moment(number % 28 + 1, "10:00")
    return {
        "total_energy": kwh,
        "total_time": hours,
        "total_cost": cost,
        "total_energy_cost": cost,
        "charging_periods": [builders.period(start, "T1", ENERGY=kwh, TIME=hours)],
    }


def body(document: Document) -> bytes:
    return json.dumps(document).encode()
