"""Builders of what tests start from; every value a test does not name is a plain, valid one."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from ocpi.ids import PartyId
from parties import services as parties
from parties.choices import ConnectionKind, ConnectionState, TokenKind
from parties.models import Connection, ConnectionParty, Party

EARLIER = "2026-01-01T10:00:00Z"
LATER = "2026-01-02T10:00:00Z"
LATEST = "2026-01-03T10:00:00Z"


def party(text: str = "NL*ABC", role: str = "CPO", *, ours: bool = False) -> Party:
    return parties.ensure_party(PartyId.parse(text), role, is_ours=ours)


def connection(
    name: str = "Partner",
    *,
    speaks_for: tuple[Party, ...] = (),
    presents: tuple[Party, ...] = (),
    kind: str = ConnectionKind.PARTNER,
    pushes: tuple[str, ...] = (),
    url: str = "https://partner.example",
    version: str = "2.2.1",
) -> Connection:
    """A connected partner; ``pushes`` names the modules it takes from us, ``version`` is the one agreed on."""
    made = parties.create_connection(name, kind=kind, presents=presents)
    for spoken in speaks_for:
        ConnectionParty.objects.create(connection=made, party=spoken)
    made.state = ConnectionState.CONNECTED
    made.version = version
    made.push_modules = list(pushes)
    made.endpoints = [
        {"identifier": module, "role": side, "url": f"{url}/{side.lower()}/{module}"}
        for module in dict.fromkeys(("locations", *pushes))
        for side in ("SENDER", "RECEIVER")
    ]
    made.save()
    parties.pin_hosts(made, [url])
    parties.store_outbound_token(made, "our-token-at-the-partner")
    return made


@dataclass
class Partner:
    """A partner's system as a caller of our endpoints."""

    connection: Connection
    token: str
    client: Client
    version: str = ""
    """Of the addresses it calls; without one that of its connection."""

    def headers(self, **more: str) -> dict[str, str]:
        spelled = self.token
        if self.connection.version != "2.1.1":
            spelled = base64.b64encode(self.token.encode()).decode()
        return {"Authorization": f"Token {spelled}", **more}

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answered:
        """Call ``/ocpi/{version}/{path}``; ``body`` is JSON, or sent as it is when it is bytes."""
        data = body if isinstance(body, bytes) else json.dumps(body) if body is not None else ""
        response = self.client.generic(
            method,
            f"/ocpi/{self.version or self.connection.version}/{path}",
            data,
            content_type="application/json",
            headers=self.headers(**(headers or {})),
        )
        return Answered(response.status_code, json.loads(response.content), dict(response.headers))

    def get(self, path: str, **headers: str) -> Answered:
        return self.call("GET", path, headers=headers)

    def put(self, path: str, body: Any) -> Answered:
        return self.call("PUT", path, body)

    def patch(self, path: str, body: Any) -> Answered:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> Answered:
        return self.call("DELETE", path)


@dataclass
class Answered:
    """An answer of ours: HTTP status, envelope, headers."""

    http_status: int
    envelope: dict[str, Any]
    headers: dict[str, str]

    @property
    def code(self) -> int:
        return int(self.envelope["status_code"])

    @property
    def data(self) -> Any:
        return self.envelope.get("data")

    @property
    def message(self) -> str:
        return str(self.envelope.get("status_message") or "")


def partner(name: str = "Partner", **options: Any) -> Partner:
    """A connected partner with a token to call us with."""
    made = connection(name, **options)
    _, token = parties.issue_token(made, TokenKind.ACCESS)
    return Partner(made, token, Client())


def connector(identifier: str = "1", **fields: Any) -> dict[str, Any]:
    return {
        "id": identifier,
        "standard": "IEC_62196_T2",
        "format": "SOCKET",
        "power_type": "AC_3_PHASE",
        "max_voltage": 230,
        "max_amperage": 32,
        "last_updated": EARLIER,
        **fields,
    }


def evse(uid: str = "3256", **fields: Any) -> dict[str, Any]:
    return {
        "uid": uid,
        "evse_id": f"NL*ABC*E{uid}",
        "status": "AVAILABLE",
        "connectors": [connector()],
        "last_updated": EARLIER,
        **fields,
    }


def location(identifier: str = "LOC1", owner: str = "NL*ABC", **fields: Any) -> dict[str, Any]:
    country_code, party_id = PartyId.parse(owner)
    return {
        "country_code": country_code,
        "party_id": party_id,
        "id": identifier,
        "publish": True,
        "name": "Gent Zuid",
        "address": "F.Rooseveltlaan 3A",
        "city": "Gent",
        "postal_code": "9000",
        "country": "BEL",
        "coordinates": {"latitude": "51.047599", "longitude": "3.729944"},
        "evses": [evse()],
        "time_zone": "Europe/Brussels",
        "last_updated": EARLIER,
        **fields,
    }


def tariff(identifier: str = "T1", owner: str = "NL*ABC", **fields: Any) -> dict[str, Any]:
    """A canonical Tariff of 0.25 EUR per kWh."""
    country_code, party_id = PartyId.parse(owner)
    return {
        "country_code": country_code,
        "party_id": party_id,
        "id": identifier,
        "currency": "EUR",
        "elements": [priced(ENERGY=0.25)],
        "tax_included": "NO",
        "last_updated": EARLIER,
        **fields,
    }


def priced(restrictions: dict[str, Any] | None = None, **prices: float) -> dict[str, Any]:
    """A TariffElement: a price per dimension."""
    components = [
        {"type": dimension, "price": price, "step_size": 1} for dimension, price in prices.items()
    ]
    return {
        "price_components": components,
        **({"restrictions": restrictions} if restrictions else {}),
    }


def token(uid: str = "0123456789ABCD", owner: str = "NL*MSP", **fields: Any) -> dict[str, Any]:
    """A canonical Token: a valid card that may be white-listed."""
    country_code, party_id = PartyId.parse(owner)
    return {
        "country_code": country_code,
        "party_id": party_id,
        "uid": uid,
        "type": "RFID",
        "contract_id": "NL-MSP-C12345678-5",
        "issuer": "MSP Mobility",
        "valid": True,
        "whitelist": "ALLOWED",
        "last_updated": EARLIER,
        **fields,
    }


def raw(*documents: dict[str, Any]) -> list[bytes]:
    """Documents as a page or file holds them."""
    return [json.dumps(document).encode() for document in documents]


def cdr_token(owner: str = "DE*XYZ", **fields: Any) -> dict[str, Any]:
    country_code, party_id = PartyId.parse(owner)
    return {
        "country_code": country_code,
        "party_id": party_id,
        "uid": "012345678",
        "type": "RFID",
        "contract_id": "DE-XYZ-C12345678-7",
        **fields,
    }


def period(start: str = EARLIER, tariff_id: str | None = None, **volumes: float) -> dict[str, Any]:
    """A ChargingPeriod: a volume per dimension."""
    dimensions = [{"type": name, "volume": volume} for name, volume in volumes.items()]
    named = {"tariff_id": tariff_id} if tariff_id else {}
    return {"start_date_time": start, "dimensions": dimensions, **named}


def session(identifier: str = "S1", owner: str = "NL*ABC", **fields: Any) -> dict[str, Any]:
    """A canonical Session that is under way at the usual location, of a card of DE*XYZ."""
    country_code, party_id = PartyId.parse(owner)
    return {
        "country_code": country_code,
        "party_id": party_id,
        "id": identifier,
        "start_date_time": EARLIER,
        "kwh": 4.2,
        "cdr_token": cdr_token(),
        "auth_method": "WHITELIST",
        "location_id": "LOC1",
        "evse_uid": "3256",
        "connector_id": "1",
        "currency": "EUR",
        "status": "ACTIVE",
        "last_updated": LATER,
        **fields,
    }


def cdr(identifier: str = "C1", owner: str = "NL*ABC", **fields: Any) -> dict[str, Any]:
    """A canonical CDR of the usual session: 10 kWh in an hour for 2.50 EUR without taxes."""
    country_code, party_id = PartyId.parse(owner)
    return {
        "country_code": country_code,
        "party_id": party_id,
        "id": identifier,
        "start_date_time": EARLIER,
        "end_date_time": "2026-01-01T11:00:00Z",
        "session_id": "S1",
        "cdr_token": cdr_token(),
        "auth_method": "WHITELIST",
        "cdr_location": {
            "id": "LOC1",
            "name": "Gent Zuid",
            "address": "F.Rooseveltlaan 3A",
            "city": "Gent",
            "postal_code": "9000",
            "country": "BEL",
            "coordinates": {"latitude": "51.047599", "longitude": "3.729944"},
            "evse_uid": "3256",
            "evse_id": "NL*ABC*E3256",
            "connector_id": "1",
            "connector_standard": "IEC_62196_T2",
            "connector_format": "SOCKET",
            "connector_power_type": "AC_3_PHASE",
        },
        "currency": "EUR",
        "charging_periods": [period(ENERGY=10.0, TIME=1.0)],
        "total_cost": {"before_taxes": 2.5},
        "total_energy": 10.0,
        "total_time": 1.0,
        "last_updated": "2026-01-01T11:05:00Z",
        **fields,
    }
