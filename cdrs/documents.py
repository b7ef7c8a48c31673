"""Taking a CDR's JSON apart into columns and a document, and putting it together again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson

from ocpi import convert, json
from ocpi.charging_classes import NOT_AVAILABLE
from ocpi.datetimes import format_datetime, parse_datetime, to_milliseconds
from ocpi.ids import PartyId, ci_key
from ocpi.numbers import exact_decimal

_EIGHT_DECIMALS = Decimal("0.00000001")
_TOO_BIG = Decimal(10) ** 16


@dataclass(slots=True)
class CDRParts:
    """A CDR taken apart; ``document`` is JSON text, times are aware and UTC, ``emsp`` is whose token it names."""

    owner: PartyId
    emsp: PartyId | None
    cdr_id: str
    cdr_key: str
    start_date_time: datetime
    end_date_time: datetime
    currency: str
    total_cost: Decimal
    total_cost_after_tax: Decimal | None
    energy: Decimal
    duration: Decimal
    parking_time: Decimal | None
    session_key: str
    authorization_key: str
    token_uid: str
    token_key: str
    contract_id: str
    contract_key: str
    location_key: str
    evse_key: str
    credit: bool
    credit_reference_key: str
    is_reservation: bool
    home_charging_compensation: bool
    invoice_reference_id: str
    document: str
    last_updated: datetime
    content_sha256: bytes
    differs_in: list[str] = field(default_factory=list)
    refused_in: list[str] = field(default_factory=list)

    @property
    def reference(self) -> str:
        return f"{self.owner}/{self.cdr_id}"


def take_apart(document: dict[str, Any]) -> CDRParts:
    """Columns and document of a canonical CDR.

    Raises ``KeyError`` or ``ValueError`` for what validation should have refused before.
    """
    token, place = _part(document, "cdr_token"), _part(document, "cdr_location")
    last_updated = to_milliseconds(parse_datetime(document["last_updated"]))
    start, end = _moment(document, "start_date_time"), _moment(document, "end_date_time")
    fitting = convert.fit_per_version("cdr", document)
    cost = _part(document, "total_cost")
    uid, contract = _text(token, "uid"), _text(token, "contract_id")
    return CDRParts(
        owner=PartyId.of(document["country_code"], document["party_id"]),
        emsp=_emsp(token),
        cdr_id=document["id"],
        cdr_key=ci_key(document["id"]),
        start_date_time=start or end or last_updated,
        end_date_time=end or start or last_updated,
        currency=_text(document, "currency")[:3].upper(),
        total_cost=_decimal(cost.get("before_taxes")) or Decimal(0),
        total_cost_after_tax=after_tax(cost),
        energy=_decimal(document.get("total_energy")) or Decimal(0),
        duration=_decimal(document.get("total_time")) or Decimal(0),
        parking_time=_decimal(document.get("total_parking_time")),
        session_key=_key(document, "session_id"),
        authorization_key=_key(document, "authorization_reference"),
        token_uid=uid[:255],
        token_key=f"{_text(token, 'type')}:{_key(token, 'uid')}"[:511] if uid else "",
        contract_id=contract[:255],
        contract_key=_key(token, "contract_id"),
        location_key=_key(place, "id"),
        evse_key=_key(place, "evse_uid"),
        credit=document.get("credit") is True,
        credit_reference_key=_key(document, "credit_reference_id"),
        is_reservation=place.get("evse_uid") == NOT_AVAILABLE,
        home_charging_compensation=document.get("home_charging_compensation") is True,
        invoice_reference_id=_text(document, "invoice_reference_id")[:255],
        document=_without_last_updated(document),
        last_updated=last_updated,
        content_sha256=content_digest(document),
        differs_in=fitting.differs_in,
        refused_in=fitting.refused_in,
    )


def content_digest(document: Mapping[str, Any]) -> bytes:
    """SHA-256 of what a canonical CDR says, whatever the order of its members and when it was last sent."""
    said = {name: value for name, value in document.items() if name != "last_updated"}
    plain = orjson.loads(json.dumps(said))
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).digest()


def after_tax(price: Mapping[str, Any]) -> Decimal | None:
    """What a canonical Price comes to with its taxes; ``None`` when it does not say them."""
    before, taxes = _decimal(price.get("before_taxes")), price.get("taxes")
    if before is None or not taxes:
        return None
    return before + sum((_decimal(tax.get("amount")) or Decimal(0) for tax in taxes), Decimal(0))


def join_cdr(document: str, last_updated: datetime) -> bytes:
    """The canonical JSON of a CDR from its row."""
    return f'{document[:-1]},"last_updated":"{format_datetime(last_updated)}"}}'.encode()


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _key(document: Mapping[str, Any], name: str) -> str:
    """The CiString key of an id; of one that cannot be one, what comes nearest."""
    text = _text(document, name)[:255]
    return text.upper()


def _emsp(token: Mapping[str, Any]) -> PartyId | None:
    try:
        return PartyId.of(_text(token, "country_code"), _text(token, "party_id"))
    except ValueError:
        return None


def _decimal(number: Any) -> Decimal | None:
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        return None
    exact = exact_decimal(number)
    if abs(exact) >= _TOO_BIG:
        raise ValueError(f"{number} is too big a number")
    return exact.quantize(_EIGHT_DECIMALS, ROUND_HALF_UP)


def _moment(document: Mapping[str, Any], name: str) -> datetime | None:
    value = document.get(name)
    if not isinstance(value, str):
        return None
    try:
        return to_milliseconds(parse_datetime(value))
    except ValueError:
        return None


def _without_last_updated(document: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in document.items() if name != "last_updated"}
    return json.dumps(kept).decode()
