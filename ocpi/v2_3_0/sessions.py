"""Objects and classes of OCPI 2.3.0 edition 2, mod_sessions, with what Sessions and CDRs share."""

from __future__ import annotations

from typing import Annotated

from ocpi.charging_classes import AuthMethod, ChargingPeriod, ChargingPreferences, SessionStatus
from ocpi.types import (
    CiString36,
    CountryCode,
    Currency,
    DateTime,
    Number,
    OCPIModel,
    PartyCode,
    string,
)
from ocpi.v2_3_0.locations import TokenType

__all__ = ["CdrToken", "ChargingPeriod", "ChargingPreferences", "Price", "Session"]


class TaxAmount(OCPIModel):
    """TaxAmount."""

    name: Annotated[str, string(255)]
    account_number: Annotated[str, string(255)] | None = None
    percentage: Number | None = None
    amount: Number


class Price(OCPIModel):
    """Price."""

    before_taxes: Number
    taxes: list[TaxAmount] | None = None


class CdrToken(OCPIModel):
    """CdrToken (mod_cdrs)."""

    country_code: CountryCode
    party_id: PartyCode
    uid: CiString36
    type: TokenType
    contract_id: CiString36


class Session(OCPIModel):
    """Session; `evse_uid` and `connector_id` may be `#NA` for a reservation."""

    country_code: CountryCode
    party_id: PartyCode
    id: CiString36
    start_date_time: DateTime
    end_date_time: DateTime | None = None
    kwh: Number
    cdr_token: CdrToken
    auth_method: AuthMethod
    authorization_reference: CiString36 | None = None
    location_id: CiString36
    evse_uid: CiString36
    connector_id: CiString36
    meter_id: Annotated[str, string(255)] | None = None
    currency: Currency
    charging_periods: list[ChargingPeriod] | None = None
    total_cost: Price | None = None
    status: SessionStatus
    last_updated: DateTime
