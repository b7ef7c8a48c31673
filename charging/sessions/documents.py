"""Taking a Session's JSON apart into columns and a document, and putting it together again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from charging.choices import AuthMethod, SessionStatus
from ocpi import convert, json
from ocpi.datetimes import format_datetime, parse_datetime, to_milliseconds
from ocpi.ids import PartyId, ci_key
from ocpi.numbers import exact_decimal

_MOST_KWH = Decimal(10) ** 9
_MOST_COST = Decimal(10) ** 11


@dataclass(slots=True)
class SessionParts:
    """A Session taken apart; ``document`` is JSON text, times are aware and UTC, ``emsp_id`` is filled in later."""

    owner: PartyId
    session_id: str
    session_key: str
    emsp: PartyId
    status: str
    started_at: datetime
    ended_at: datetime | None
    kwh: Decimal
    currency: str
    total_cost: Decimal | None
    token_uid: str
    token_key: str
    contract_id: str
    auth_method: str
    authorization_reference: str
    authorization_key: str
    location_id: str
    location_key: str
    evse_uid: str
    evse_key: str
    connector_id: str
    periods: int
    document: str
    last_updated: datetime
    differs_in: list[str] = field(default_factory=list)
    refused_in: list[str] = field(default_factory=list)
    emsp_id: int = 0

    @property
    def reference(self) -> str:
        return f"{self.owner}/{self.session_id}"


def take_apart(document: dict[str, Any]) -> SessionParts:
    """Columns and document of a canonical Session.

    Raises ``KeyError`` or ``ValueError`` naming what it cannot be kept without.
    """
    token = _needed(document, "cdr_token")
    fitting = convert.fit_per_version("session", document)
    method = document.get("auth_method")
    reference = document.get("authorization_reference") or ""
    location_id, evse_uid = _needed(document, "location_id"), _needed(document, "evse_uid")
    return SessionParts(
        owner=PartyId.of(document["country_code"], document["party_id"]),
        session_id=document["id"],
        session_key=ci_key(document["id"]),
        emsp=emsp_of(token),
        status=SessionStatus(_needed(document, "status")).value,
        started_at=_moment(_needed(document, "start_date_time")),
        ended_at=_moment(document["end_date_time"]) if document.get("end_date_time") else None,
        kwh=_amount(_needed(document, "kwh"), "kwh", _MOST_KWH),
        currency=str(_needed(document, "currency"))[:3].upper(),
        total_cost=cost_of(document.get("total_cost")),
        token_uid=token["uid"],
        token_key=token_key(token),
        contract_id=token.get("contract_id") or "",
        auth_method=method if method in AuthMethod.values else "",
        authorization_reference=reference,
        authorization_key=ci_key(reference),
        location_id=location_id,
        location_key=ci_key(location_id),
        evse_uid=evse_uid,
        evse_key=ci_key(evse_uid),
        connector_id=document.get("connector_id") or "",
        periods=len(document.get("charging_periods") or ()),
        document=_without_last_updated(document),
        last_updated=_moment(document["last_updated"]),
        differs_in=fitting.differs_in,
        refused_in=fitting.refused_in,
    )


def emsp_of(token: Mapping[str, Any]) -> PartyId:
    """Whose token a CdrToken is. ValueError when it does not say."""
    try:
        return PartyId.of(token["country_code"], token["party_id"])
    except KeyError as error:
        raise ValueError(f"cdr_token.{error.args[0]} is missing: whose token is it?") from None


def token_key(token: Mapping[str, Any]) -> str:
    """The key that the Token of a CdrToken has within its owner."""
    return f"{ci_key(token.get('type') or 'RFID')}:{ci_key(token['uid'])}"


def cost_of(price: Any) -> Decimal | None:
    """What a Price comes to before taxes; ``None`` where nothing is said, which is not free (S-017)."""
    if not isinstance(price, Mapping) or price.get("before_taxes") is None:
        return None
    return _amount(price["before_taxes"], "total_cost", _MOST_COST)


def _amount(value: Any, name: str, most: Decimal) -> Decimal:
    amount = exact_decimal(value)
    if abs(amount) >= most:
        raise ValueError(f"{name} = {value} is beyond what can be")
    return round(amount, 4)


def _needed(document: Mapping[str, Any], name: str) -> Any:
    if document.get(name) is None:
        raise ValueError(f"{name} is missing")
    return document[name]


def _moment(text: str) -> datetime:
    return to_milliseconds(parse_datetime(text))


def _without_last_updated(document: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in document.items() if name != "last_updated"}
    return json.dumps(kept).decode()


def join_session(document: str, last_updated: datetime) -> bytes:
    """The canonical JSON of a Session from its row."""
    return f'{document[:-1]},"last_updated":"{format_datetime(last_updated)}"}}'.encode()
