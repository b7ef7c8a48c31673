"""Objects and classes of OCPI 2.1.1, mod_locations; enumerations are closed.

Identifiers are compared regardless of case here as in later versions, although 2.1.1 types them as `string`:
two objects that differ in case alone could be said to no other partner. Texts for people may hold any
printable character, although 2.1.1 allows ASCII alone: every operator's feed has other letters in its names.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ocpi.classes import (
    ConnectorFormat,
    ExceptionalPeriod,
    RegularHours,
    Status,
    StatusSchedule,
)
from ocpi.rules import unique
from ocpi.types import (
    ASCII,
    LATITUDE_SIX,
    LONGITUDE_SIX,
    URL,
    CountryAlpha3,
    DateTime,
    DisplayText,
    NonEmpty,
    OCPIModel,
    TimeZone,
    string,
)
from ocpi.v2_1_1.energy import EnergyMix

Capability = Literal[
    "CHARGING_PROFILE_CAPABLE",
    "CREDIT_CARD_PAYABLE",
    "REMOTE_START_STOP_CAPABLE",
    "RESERVABLE",
    "RFID_READER",
    "UNLOCK_CAPABLE",
]
ConnectorType = Literal[
    "CHADEMO",
    "DOMESTIC_A",
    "DOMESTIC_B",
    "DOMESTIC_C",
    "DOMESTIC_D",
    "DOMESTIC_E",
    "DOMESTIC_F",
    "DOMESTIC_G",
    "DOMESTIC_H",
    "DOMESTIC_I",
    "DOMESTIC_J",
    "DOMESTIC_K",
    "DOMESTIC_L",
    "IEC_60309_2_single_16",
    "IEC_60309_2_three_16",
    "IEC_60309_2_three_32",
    "IEC_60309_2_three_64",
    "IEC_62196_T1",
    "IEC_62196_T1_COMBO",
    "IEC_62196_T2",
    "IEC_62196_T2_COMBO",
    "IEC_62196_T3A",
    "IEC_62196_T3C",
    "TESLA_R",
    "TESLA_S",
]
Facility = Literal[
    "HOTEL",
    "RESTAURANT",
    "CAFE",
    "MALL",
    "SUPERMARKET",
    "SPORT",
    "RECREATION_AREA",
    "NATURE",
    "MUSEUM",
    "BUS_STOP",
    "TAXI_STAND",
    "TRAIN_STATION",
    "AIRPORT",
    "CARPOOL_PARKING",
    "FUEL_STATION",
    "WIFI",
]
ImageCategory = Literal["CHARGER", "ENTRANCE", "LOCATION", "NETWORK", "OPERATOR", "OTHER", "OWNER"]
LocationType = Literal[
    "ON_STREET", "PARKING_GARAGE", "UNDERGROUND_GARAGE", "PARKING_LOT", "OTHER", "UNKNOWN"
]
ParkingRestriction = Literal["EV_ONLY", "PLUGGED", "DISABLED", "CUSTOMERS", "MOTORCYCLES"]
PowerType = Literal["AC_1_PHASE", "AC_3_PHASE", "DC"]

Identifier36 = Annotated[str, string(36, pattern=ASCII, min_length=1)]
Identifier39 = Annotated[str, string(39, pattern=ASCII, min_length=1)]


class GeoLocation(OCPIModel):
    """GeoLocation: WGS 84 degrees as text with exactly six decimals."""

    latitude: Annotated[str, string(10, pattern=LATITUDE_SIX)]
    longitude: Annotated[str, string(11, pattern=LONGITUDE_SIX)]


class AdditionalGeoLocation(GeoLocation):
    """AdditionalGeoLocation."""

    name: DisplayText | None = None


class Hours(OCPIModel):
    """Hours: `regular_hours` or `twentyfourseven`; the examples give both, then false goes with hours."""

    twentyfourseven: bool | None = None
    regular_hours: list[RegularHours] | None = None
    exceptional_openings: list[ExceptionalPeriod] | None = None
    exceptional_closings: list[ExceptionalPeriod] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Hours:
        if self.twentyfourseven and self.regular_hours:
            raise PydanticCustomError(
                "hours_not_expected",
                "Only allowed when twentyfourseven is false",
                {"field": "regular_hours"},
            )
        if not self.twentyfourseven and not self.regular_hours:
            raise PydanticCustomError(
                "hours_expected",
                "At least one entry is needed unless twentyfourseven is true",
                {"field": "regular_hours"},
            )
        return self


class Image(OCPIModel):
    """Image; width and height in pixels, at most five digits."""

    url: URL
    thumbnail: URL | None = None
    category: ImageCategory
    type: Annotated[str, string(4, pattern=ASCII, min_length=1)]
    width: Annotated[int, Field(ge=0, le=99999)] | None = None
    height: Annotated[int, Field(ge=0, le=99999)] | None = None


class BusinessDetails(OCPIModel):
    """BusinessDetails."""

    name: Annotated[str, string(100)]
    website: URL | None = None
    logo: Image | None = None


class Connector(OCPIModel):
    """Connector; V and A as whole numbers."""

    id: Identifier36
    standard: ConnectorType
    format: ConnectorFormat
    power_type: PowerType
    voltage: int
    amperage: int
    tariff_id: Identifier36 | None = None
    terms_and_conditions: URL | None = None
    last_updated: DateTime


class EVSE(OCPIModel):
    """EVSE."""

    uid: Identifier39
    evse_id: Annotated[str, string(48, pattern=ASCII)] | None = None
    status: Status
    status_schedule: list[StatusSchedule] | None = None
    capabilities: list[Capability] | None = None
    connectors: Annotated[list[Connector], NonEmpty]
    floor_level: Annotated[str, string(4)] | None = None
    coordinates: GeoLocation | None = None
    physical_reference: Annotated[str, string(16)] | None = None
    directions: list[DisplayText] | None = None
    parking_restrictions: list[ParkingRestriction] | None = None
    images: list[Image] | None = None
    last_updated: DateTime

    @model_validator(mode="after")
    def _connectors_are_unique(self) -> EVSE:
        unique("connectors", (connector.id for connector in self.connectors))
        return self


class Location(OCPIModel):
    """Location; its owner is in the URL, and it is public."""

    id: Identifier39
    type: LocationType
    name: Annotated[str, string(255)] | None = None
    address: Annotated[str, string(45)]
    city: Annotated[str, string(45)]
    postal_code: Annotated[str, string(10)]
    country: CountryAlpha3
    coordinates: GeoLocation
    related_locations: list[AdditionalGeoLocation] | None = None
    evses: list[EVSE] | None = None
    directions: list[DisplayText] | None = None
    operator: BusinessDetails | None = None
    suboperator: BusinessDetails | None = None
    owner: BusinessDetails | None = None
    facilities: list[Facility] | None = None
    time_zone: TimeZone | None = None
    opening_times: Hours | None = None
    charging_when_closed: bool | None = None
    images: list[Image] | None = None
    energy_mix: EnergyMix | None = None
    last_updated: DateTime

    @model_validator(mode="after")
    def _evses_are_unique(self) -> Location:
        unique("evses", (evse.uid for evse in self.evses or ()))
        return self
