"""Classes of the Locations module that are the same in every version since 2.2."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ocpi.types import (
    DateTime,
    DisplayText,
    Latitude,
    Longitude,
    Number,
    OCPIModel,
    TimeOfDay,
)

ConnectorFormat = Literal["SOCKET", "CABLE"]
PowerType = Literal["AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"]
Status = Literal[
    "AVAILABLE",
    "BLOCKED",
    "CHARGING",
    "INOPERATIVE",
    "OUTOFORDER",
    "PLANNED",
    "REMOVED",
    "RESERVED",
    "UNKNOWN",
]
EnergySourceCategory = Literal[
    "NUCLEAR", "GENERAL_FOSSIL", "COAL", "GAS", "GENERAL_GREEN", "SOLAR", "WIND", "WATER"
]


class GeoLocation(OCPIModel):
    """OCPI 2.2.1, mod_locations, GeoLocation: WGS 84 degrees as text."""

    latitude: Latitude
    longitude: Longitude


class AdditionalGeoLocation(GeoLocation):
    """OCPI 2.2.1, mod_locations, AdditionalGeoLocation."""

    name: DisplayText | None = None


class RegularHours(OCPIModel):
    """OCPI 2.2.1, mod_locations, RegularHours: local time, Monday is 1."""

    weekday: Annotated[int, Field(ge=1, le=7)]
    period_begin: TimeOfDay
    period_end: TimeOfDay

    @model_validator(mode="after")
    def _in_order(self) -> RegularHours:
        if self.period_end <= self.period_begin:
            raise PydanticCustomError(
                "end_before_begin",
                "Should be later than period_begin",
                {"field": "period_end"},
            )
        return self


class ExceptionalPeriod(OCPIModel):
    """OCPI 2.2.1, mod_locations, ExceptionalPeriod: UTC."""

    period_begin: DateTime
    period_end: DateTime


class Hours(OCPIModel):
    """OCPI 2.2.1, mod_locations, Hours."""

    twentyfourseven: bool
    regular_hours: list[RegularHours] | None = None
    exceptional_openings: list[ExceptionalPeriod] | None = None
    exceptional_closings: list[ExceptionalPeriod] | None = None

    @model_validator(mode="after")
    def _either_always_or_regular(self) -> Hours:
        if self.twentyfourseven and self.regular_hours:
            raise PydanticCustomError(
                "hours_not_expected",
                "Only allowed when twentyfourseven is false",
                {"field": "regular_hours"},
            )
        if not self.twentyfourseven and not self.regular_hours:
            raise PydanticCustomError(
                "hours_expected",
                "At least one entry is needed when twentyfourseven is false",
                {"field": "regular_hours"},
            )
        return self


class StatusSchedule(OCPIModel):
    """OCPI 2.2.1, mod_locations, StatusSchedule."""

    period_begin: DateTime
    period_end: DateTime | None = None
    status: Status


class EnergySource(OCPIModel):
    """OCPI 2.2.1, mod_locations, EnergySource: percentage 0-100."""

    source: EnergySourceCategory
    percentage: Number


def sums_to_hundred(sources: list[EnergySource] | None) -> None:
    """All energy sources of a mix add up to 100 percent; a rounding of 1 is let through."""
    if sources and abs(sum(float(entry.percentage) for entry in sources) - 100) > 1:
        raise PydanticCustomError(
            "not_100_percent",
            "The percentages should add up to 100",
            {"field": "energy_sources"},
        )
