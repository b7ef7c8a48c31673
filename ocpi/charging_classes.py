"""Classes of the Sessions and CDRs modules that are the same in several versions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ocpi.token_classes import ProfileType
from ocpi.types import CiString36, DateTime, NonEmpty, Number, OCPIModel, ci_string, string

AuthMethod = Literal["AUTH_REQUEST", "COMMAND", "WHITELIST"]
SessionStatus = Literal["ACTIVE", "COMPLETED", "INVALID", "PENDING", "RESERVATION"]
ChargingPreferencesResponse = Literal[
    "ACCEPTED",
    "DEPARTURE_REQUIRED",
    "ENERGY_NEED_REQUIRED",
    "NOT_POSSIBLE",
    "PROFILE_TYPE_NOT_SUPPORTED",
]
CdrDimensionType = Literal[
    "CURRENT",
    "ENERGY",
    "ENERGY_EXPORT",
    "ENERGY_IMPORT",
    "MAX_CURRENT",
    "MIN_CURRENT",
    "MAX_POWER",
    "MIN_POWER",
    "PARKING_TIME",
    "POWER",
    "RESERVATION_TIME",
    "STATE_OF_CHARGE",
    "TIME",
]
SESSION_ONLY = frozenset({"CURRENT", "ENERGY_EXPORT", "ENERGY_IMPORT", "POWER", "STATE_OF_CHARGE"})
"""Dimensions that a Session may have and a CDR must not (OCPI 2.2.1, mod_cdrs, CdrDimensionType)."""

NOT_AVAILABLE = "#NA"
"""What an EVSE or connector is called that a reservation has not been given yet."""

CREDIT_ID_LENGTH = 39
CDR_ID_LENGTH = 36


class CdrDimension(OCPIModel):
    """OCPI 2.2.1, mod_cdrs, CdrDimension: kWh, A, kW, hours or percent, as its type says."""

    type: CdrDimensionType
    volume: Number


class ChargingPeriod(OCPIModel):
    """OCPI 2.2.1, mod_cdrs, ChargingPeriod: it ends where the next one begins."""

    start_date_time: DateTime
    dimensions: Annotated[list[CdrDimension], NonEmpty]
    tariff_id: CiString36 | None = None


class ChargingPreferences(OCPIModel):
    """OCPI 2.2.1, mod_sessions, ChargingPreferences; `energy_need` in kWh."""

    profile_type: ProfileType
    departure_time: DateTime | None = None
    energy_need: Number | None = None
    discharge_allowed: bool | None = None


class SignedValue(OCPIModel):
    """OCPI 2.2.1, mod_cdrs, SignedValue."""

    nature: Annotated[str, ci_string(32)]
    plain_data: Annotated[str, string(5000)]
    signed_data: Annotated[str, string(5000)]


class SignedData(OCPIModel):
    """OCPI 2.2.1, mod_cdrs, SignedData."""

    encoding_method: CiString36
    encoding_method_version: int | None = None
    public_key: Annotated[str, string(512)] | None = None
    signed_values: Annotated[list[SignedValue], NonEmpty]
    url: Annotated[str, string(512)] | None = None


class CdrBase(OCPIModel):
    """What the CDRs of 2.2.1 and 2.3.0 are both checked for beyond their fields."""

    id: Annotated[str, ci_string(CREDIT_ID_LENGTH)]
    charging_periods: Annotated[list[ChargingPeriod], NonEmpty]
    credit: bool | None = None
    credit_reference_id: Annotated[str, ci_string(CREDIT_ID_LENGTH)] | None = None

    @model_validator(mode="after")
    def _credit_names_what_it_credits(self) -> CdrBase:
        if self.credit and not self.credit_reference_id:
            raise PydanticCustomError(
                "credit_reference_missing",
                "Needed when credit is true",
                {"field": "credit_reference_id"},
            )
        if not self.credit and len(self.id) > CDR_ID_LENGTH:
            raise PydanticCustomError(
                "id_too_long",
                "Only Credit CDRs may have ids of more than 36 characters",
                {"field": "id"},
            )
        return self

    @model_validator(mode="after")
    def _no_dimensions_of_sessions(self) -> CdrBase:
        for index, period in enumerate(self.charging_periods):
            for place, dimension in enumerate(period.dimensions):
                if dimension.type in SESSION_ONLY:
                    raise PydanticCustomError(
                        "dimension_of_sessions",
                        "{type} is for Sessions only",
                        {
                            "field": f"charging_periods.{index}.dimensions.{place}.type",
                            "type": dimension.type,
                        },
                    )
        return self
