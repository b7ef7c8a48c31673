"""Objects and classes of OCPI 2.1.1, mod_sessions, with what Sessions and CDRs share.

A Session does not name its owner, the address does; it holds a Location with the EVSE and connector it is about, and
names its token by the contract alone.
"""

from __future__ import annotations

from typing import Annotated, Literal

from ocpi.types import Currency, DateTime, NonEmpty, Number, OCPIModel, string
from ocpi.v2_1_1.locations import Identifier36, Location

AuthMethod = Literal["AUTH_REQUEST", "WHITELIST"]
SessionStatus = Literal["ACTIVE", "COMPLETED", "INVALID", "PENDING"]
CdrDimensionType = Literal["ENERGY", "FLAT", "MAX_CURRENT", "MIN_CURRENT", "PARKING_TIME", "TIME"]


class CdrDimension(OCPIModel):
    """CdrDimension (mod_cdrs): kWh, A or hours, as its type says."""

    type: CdrDimensionType
    volume: Number


class ChargingPeriod(OCPIModel):
    """ChargingPeriod (mod_cdrs)."""

    start_date_time: DateTime
    dimensions: Annotated[list[CdrDimension], NonEmpty]


class Session(OCPIModel):
    """Session; `total_cost` is without VAT."""

    id: Identifier36
    start_datetime: DateTime
    end_datetime: DateTime | None = None
    kwh: Number
    auth_id: Identifier36
    auth_method: AuthMethod
    location: Location
    meter_id: Annotated[str, string(255)] | None = None
    currency: Currency
    charging_periods: list[ChargingPeriod] | None = None
    total_cost: Number | None = None
    status: SessionStatus
    last_updated: DateTime
