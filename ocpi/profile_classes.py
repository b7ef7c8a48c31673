"""Classes of the ChargingProfiles module, which are the same in every version that has it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ocpi.numbers import exact_decimal
from ocpi.types import URL, DateTime, Number, OCPIModel

ChargingRateUnit = Literal["W", "A"]
ChargingProfileResponseType = Literal[
    "ACCEPTED", "NOT_SUPPORTED", "REJECTED", "TOO_OFTEN", "UNKNOWN_SESSION"
]
ChargingProfileResultType = Literal["ACCEPTED", "REJECTED", "UNKNOWN"]
Seconds = Annotated[int, Field(ge=0)]


def _is_a_rate(number: float | Decimal) -> float | Decimal:
    exact = exact_decimal(number)
    if exact < 0 or exact * 10 % 1:
        raise PydanticCustomError(
            "not_a_rate", "Should be a number from 0 on with at most one decimal, as in 8.1"
        )
    return number


Rate = Annotated[Number, AfterValidator(_is_a_rate)]


class ChargingProfilePeriod(OCPIModel):
    """`start_period` in seconds from the start of the profile; `limit` in its unit."""

    start_period: Seconds
    limit: Rate


class ChargingProfile(OCPIModel):
    """OCPI 2.2.1, mod_charging_profiles, ChargingProfile.

    W is the power in all, A the current per phase. Without `start_date_time` it is relative to the
    start of charging; without `duration` (seconds) the last period goes on.
    """

    start_date_time: DateTime | None = None
    duration: Seconds | None = None
    charging_rate_unit: ChargingRateUnit
    min_charging_rate: Rate | None = None
    charging_profile_period: list[ChargingProfilePeriod] | None = None


class SetChargingProfile(OCPIModel):
    """OCPI 2.2.1, mod_charging_profiles, SetChargingProfile: the body of the PUT."""

    charging_profile: ChargingProfile
    response_url: URL


class ChargingProfileResponse(OCPIModel):
    """OCPI 2.2.1, mod_charging_profiles, ChargingProfileResponse: the direct answer; `timeout` in seconds."""

    result: ChargingProfileResponseType
    timeout: Seconds


class ActiveChargingProfile(OCPIModel):
    """OCPI 2.2.1, mod_charging_profiles, ActiveChargingProfile.

    `start_date_time` is when it was calculated; all times in the profile count from then.
    """

    start_date_time: DateTime
    charging_profile: ChargingProfile


class ChargingProfileResult(OCPIModel):
    """OCPI 2.2.1, mod_charging_profiles, ChargingProfileResult: what came of a PUT, later."""

    result: ChargingProfileResultType


class ClearProfileResult(OCPIModel):
    """OCPI 2.2.1, mod_charging_profiles, ClearProfileResult: what came of a DELETE, later."""

    result: ChargingProfileResultType


class ActiveChargingProfileResult(OCPIModel):
    """OCPI 2.2.1, mod_charging_profiles, ActiveChargingProfileResult: what came of a GET, later."""

    result: ChargingProfileResultType
    profile: ActiveChargingProfile | None = None

    @model_validator(mode="after")
    def _profile_of_a_success(self) -> ActiveChargingProfileResult:
        if self.profile is not None and self.result != "ACCEPTED":
            raise PydanticCustomError(
                "profile_without_success",
                "There is a profile only when the result is ACCEPTED",
                {"field": "profile"},
            )
        return self
