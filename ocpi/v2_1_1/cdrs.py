"""Objects of OCPI 2.1.1, mod_cdrs: a CDR does not name its owner, the connection does."""

from __future__ import annotations

from typing import Annotated

from ocpi.types import CiString36, Currency, DateTime, NonEmpty, Number, OCPIModel, string
from ocpi.v2_1_1.locations import Identifier36, Location
from ocpi.v2_1_1.sessions import AuthMethod, ChargingPeriod
from ocpi.v2_1_1.tariffs import Tariff


class CDR(OCPIModel):
    """CDR; costs are without VAT, energy in kWh, times in hours."""

    id: CiString36
    start_date_time: DateTime
    stop_date_time: DateTime
    auth_id: Identifier36
    auth_method: AuthMethod
    location: Location
    meter_id: Annotated[str, string(255)] | None = None
    currency: Currency
    tariffs: list[Tariff] | None = None
    charging_periods: Annotated[list[ChargingPeriod], NonEmpty]
    total_cost: Number
    total_energy: Number
    total_time: Number
    total_parking_time: Number | None = None
    remark: Annotated[str, string(255)] | None = None
    last_updated: DateTime
