"""Objects and classes of OCPI 2.2.1, mod_cdrs."""

from __future__ import annotations

from typing import Annotated

from ocpi.charging_classes import AuthMethod, CdrBase, ChargingPeriod, SignedData, SignedValue
from ocpi.classes import ConnectorFormat, GeoLocation, PowerType
from ocpi.types import (
    CiString36,
    CiString48,
    CountryAlpha3,
    CountryCode,
    Currency,
    DateTime,
    Number,
    OCPIModel,
    PartyCode,
    ci_string,
    string,
)
from ocpi.v2_2_1.locations import ConnectorType
from ocpi.v2_2_1.sessions import CdrToken, Price
from ocpi.v2_2_1.tariffs import Tariff

__all__ = [
    "CDR",
    "CdrLocation",
    "CdrToken",
    "ChargingPeriod",
    "Price",
    "SignedData",
    "SignedValue",
]


class CdrLocation(OCPIModel):
    """CdrLocation: the place as it was at the start of the session."""

    id: CiString36
    name: Annotated[str, string(255)] | None = None
    address: Annotated[str, string(45)]
    city: Annotated[str, string(45)]
    postal_code: Annotated[str, string(10)] | None = None
    state: Annotated[str, string(20)] | None = None
    country: CountryAlpha3
    coordinates: GeoLocation
    evse_uid: CiString36
    evse_id: CiString48
    connector_id: CiString36
    connector_standard: ConnectorType
    connector_format: ConnectorFormat
    connector_power_type: PowerType


class CDR(CdrBase):
    """CDR; energy in kWh, times in hours."""

    country_code: CountryCode
    party_id: PartyCode
    start_date_time: DateTime
    end_date_time: DateTime
    session_id: CiString36 | None = None
    cdr_token: CdrToken
    auth_method: AuthMethod
    authorization_reference: CiString36 | None = None
    cdr_location: CdrLocation
    meter_id: Annotated[str, string(255)] | None = None
    currency: Currency
    tariffs: list[Tariff] | None = None
    signed_data: SignedData | None = None
    total_cost: Price
    total_fixed_cost: Price | None = None
    total_energy: Number
    total_energy_cost: Price | None = None
    total_time: Number
    total_time_cost: Price | None = None
    total_parking_time: Number | None = None
    total_parking_cost: Price | None = None
    total_reservation_cost: Price | None = None
    remark: Annotated[str, string(255)] | None = None
    invoice_reference_id: Annotated[str, ci_string(39)] | None = None
    home_charging_compensation: bool | None = None
    last_updated: DateTime
