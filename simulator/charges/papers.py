"""Session and CDR documents of a charge, canonical (OCPI 2.3.0, mod_sessions, mod_cdrs)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

from ocpi.datetimes import format_datetime, parse_datetime
from simulator.charges.book import Charge
from simulator.charges.pricing import Amount, Bill, Stretch, bill, turns
from simulator.documents import Document, find_connector, find_evse

TOKEN_FIELDS = ("country_code", "party_id", "uid", "type", "contract_id")
SITE_FIELDS = (
    *("id", "name", "address", "city", "postal_code", "state", "country", "coordinates"),
)
CARRIED_OVER = (
    *("country_code", "party_id", "start_date_time", "end_date_time", "cdr_token", "auth_method"),
    *("authorization_reference", "meter_id", "currency", "charging_periods"),
)
COSTS = {
    "FLAT": "total_fixed_cost",
    "ENERGY": "total_energy_cost",
    "TIME": "total_time_cost",
}
PRICES = ("total_cost", *COSTS.values())
METERED_ANEW = 0.985
"""The energy that a CDR taken back should have had, as a share: less than anybody disputes."""


class Place:
    """Where a charge happens: its Location, EVSE, Connector and Tariff, as they are now."""

    def __init__(self, location: Document, charge: Charge, tariff: Document | None) -> None:
        self.location = location
        self.evse = find_evse(location, charge.evse_uid) or {}
        self.connector = find_connector(self.evse, charge.connector_id) or {}
        self.tariff = tariff
        self.zone = str(location.get("time_zone") or "UTC")


def new_session(charge: Charge, place: Place, status: str) -> Document:
    """The session as it is created."""
    session: Document = {
        "country_code": place.location["country_code"],
        "party_id": place.location["party_id"],
        "id": charge.id,
        "start_date_time": charge.began,
        "kwh": 0,
        "cdr_token": {name: charge.token[name] for name in TOKEN_FIELDS},
        "auth_method": charge.auth_method,
        "location_id": charge.location_id,
        "evse_uid": charge.evse_uid,
        "connector_id": charge.connector_id,
        "meter_id": f"METER-{charge.evse_uid}",
        "currency": bill(place.tariff, (), place.zone).currency,
        "status": status,
        "last_updated": charge.began,
    }
    if charge.authorization_reference:
        session["authorization_reference"] = charge.authorization_reference
    return session


def add_period(
    session: Document, place: Place, began: datetime, ended: datetime, kwh: float
) -> None:
    """Add a charging period to the session: its energy, and the cost of the charge so far.

    Where the price changes within, there are several: the energy flows evenly.
    """
    edges = [began, *turns(place.tariff, began, ended, place.zone), ended]
    left = round(kwh, 4)
    for start, end in pairwise(edges):
        share = left if end == ended else round(kwh * ((end - start) / (ended - began)), 4)
        left = round(left - share, 4)
        period = _period(place, start, end, share)
        session["charging_periods"] = [*session.get("charging_periods", ()), period]
    session["kwh"] = round(session["kwh"] + kwh, 4)
    session["total_cost"] = cost(session, place).total.as_price()


def _period(place: Place, began: datetime, ended: datetime, kwh: float) -> Document:
    period: Document = {
        "start_date_time": format_datetime(began),
        "dimensions": [
            {"type": "ENERGY", "volume": kwh},
            {"type": "TIME", "volume": round((ended - began).total_seconds() / 3600, 4)},
        ],
    }
    if place.tariff is not None:
        period["tariff_id"] = place.tariff["id"]
    return period


def cost(session: Document, place: Place) -> Bill:
    """What the session, or CDR, costs by its charging periods."""
    return bill_of(session, place, lambda kwh: kwh)


def bill_of(document: Document, place: Place, counted: Callable[[float], float]) -> Bill:
    """The same with what is `counted` instead of the kWh of each period."""
    stretches = [one._replace(kwh=counted(one.kwh)) for one in stretches_of(document)]
    return bill(place.tariff, stretches, place.zone)


def stretches_of(document: Document) -> list[Stretch]:
    """The charging periods of a session or CDR."""
    return [
        Stretch(
            parse_datetime(period["start_date_time"]),
            _volume(period, "TIME"),
            _volume(period, "ENERGY"),
        )
        for period in document.get("charging_periods", ())
    ]


def costs_of(costs: Bill) -> Document:
    """The prices of a CDR: the total, and of each dimension that costs something."""
    parts = {
        name: costs.parts[dimension].as_price()
        for dimension, name in COSTS.items()
        if costs.parts.get(dimension, Amount(0, 0)).net
    }
    return {"total_cost": costs.total.as_price(), **parts}


def cdr_of(session: Document, place: Place, cdr_id: str, moment: str) -> Document:
    """The CDR of a session that has ended."""
    site = {name: place.location[name] for name in SITE_FIELDS if name in place.location}
    began, ended = (parse_datetime(session[f"{side}_date_time"]) for side in ("start", "end"))
    cdr: Document = {
        **{name: session[name] for name in CARRIED_OVER if name in session},
        "id": cdr_id,
        "session_id": session["id"],
        "cdr_location": {
            **site,
            "evse_uid": place.evse["uid"],
            "evse_id": place.evse["evse_id"],
            "connector_id": place.connector["id"],
            "connector_standard": place.connector["standard"],
            "connector_format": place.connector["format"],
            "connector_power_type": place.connector["power_type"],
        },
        **costs_of(cost(session, place)),
        "total_energy": session["kwh"],
        "total_time": round((ended - began).total_seconds() / 3600, 4),
        "last_updated": moment,
    }
    if place.tariff is not None:
        cdr["tariffs"] = [place.tariff]
    return cdr


def credit_of(cdr: Document, moment: str) -> Document:
    """The Credit CDR that takes a CDR back (mod_cdrs, Credit CDRs)."""
    return {
        **cdr,
        **{
            name: _negative(cdr[name])
            for name in cdr
            if name.startswith("total_") and "cost" in name
        },
        "id": f"{cdr['id']}-C",
        "credit": True,
        "credit_reference_id": cdr["id"],
        "remark": "Taken back: the meter was read wrong.",
        "last_updated": moment,
    }


def corrected(cdr: Document, place: Place, number: int, moment: str) -> Document:
    """The CDR that takes the place of one that was taken back: a little less energy, priced anew."""
    periods = [
        {**period, "dimensions": [_metered_anew(one) for one in period["dimensions"]]}
        for period in cdr["charging_periods"]
    ]
    anew: Document = {
        **{name: value for name, value in cdr.items() if name not in PRICES},
        "id": f"{cdr['id']}-{number}",
        "charging_periods": periods,
        "remark": "Takes the place of the CDR that was taken back.",
        "last_updated": moment,
    }
    energy = sum(stretch.kwh for stretch in stretches_of(anew))
    return {**anew, **costs_of(cost(anew, place)), "total_energy": round(energy, 4)}


def _metered_anew(dimension: Document) -> Document:
    if dimension["type"] != "ENERGY":
        return dimension
    return {**dimension, "volume": round(dimension["volume"] * METERED_ANEW, 4)}


def _negative(price: Document) -> Document:
    return _times(price, -1)


def _times(price: Document, factor: float) -> Document:
    taxes = [{**tax, "amount": round(tax["amount"] * factor, 4)} for tax in price.get("taxes", ())]
    return {
        "before_taxes": round(price["before_taxes"] * factor, 4),
        **({"taxes": taxes} if taxes else {}),
    }


def _volume(period: Document, dimension: str) -> float:
    return float(
        sum(entry["volume"] for entry in period["dimensions"] if entry["type"] == dimension)
    )


def a_millisecond_after(timestamp: str) -> str:
    """The next OCPI DateTime."""
    return format_datetime(parse_datetime(timestamp) + timedelta(milliseconds=1))
