"""Objects and classes of OCPI 2.2.1, mod_locations; enumerations are closed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ocpi.classes import (
    AdditionalGeoLocation,
    ConnectorFormat,
    EnergySource,
    GeoLocation,
    Hours,
    PowerType,
    Status,
    StatusSchedule,
    sums_to_hundred,
)
from ocpi.rules import PublishTokenRules, published_or_selected, unique
from ocpi.types import (
    URL,
    CiString36,
    CiString48,
    CountryAlpha3,
    CountryCode,
    DateTime,
    DisplayText,
    NonEmpty,
    Number,
    OCPIModel,
    PartyCode,
    TimeZone,
    ci_string,
    string,
)

Capability = Literal[
    "CHARGING_PROFILE_CAPABLE",
    "CHARGING_PREFERENCES_CAPABLE",
    "CHIP_CARD_SUPPORT",
    "CONTACTLESS_CARD_SUPPORT",
    "CREDIT_CARD_PAYABLE",
    "DEBIT_CARD_PAYABLE",
    "PED_TERMINAL",
    "REMOTE_START_STOP_CAPABLE",
    "RESERVABLE",
    "RFID_READER",
    "START_SESSION_CONNECTOR_REQUIRED",
    "TOKEN_GROUP_CAPABLE",
    "UNLOCK_CAPABLE",
]
ConnectorType = Literal[
    "CHADEMO",
    "CHAOJI",
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
    "DOMESTIC_M",
    "DOMESTIC_N",
    "DOMESTIC_O",
    "GBT_AC",
    "GBT_DC",
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
    "NEMA_5_20",
    "NEMA_6_30",
    "NEMA_6_50",
    "NEMA_10_30",
    "NEMA_10_50",
    "NEMA_14_30",
    "NEMA_14_50",
    "PANTOGRAPH_BOTTOM_UP",
    "PANTOGRAPH_TOP_DOWN",
    "TESLA_R",
    "TESLA_S",
]
EnvironmentalImpactCategory = Literal["NUCLEAR_WASTE", "CARBON_DIOXIDE"]
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
    "BIKE_SHARING",
    "BUS_STOP",
    "TAXI_STAND",
    "TRAM_STOP",
    "METRO_STATION",
    "TRAIN_STATION",
    "AIRPORT",
    "PARKING_LOT",
    "CARPOOL_PARKING",
    "FUEL_STATION",
    "WIFI",
]
ImageCategory = Literal["CHARGER", "ENTRANCE", "LOCATION", "NETWORK", "OPERATOR", "OTHER", "OWNER"]
ParkingRestriction = Literal["EV_ONLY", "PLUGGED", "DISABLED", "CUSTOMERS", "MOTORCYCLES"]
ParkingType = Literal[
    "ALONG_MOTORWAY",
    "PARKING_GARAGE",
    "PARKING_LOT",
    "ON_DRIVEWAY",
    "ON_STREET",
    "UNDERGROUND_GARAGE",
]
TokenType = Literal["AD_HOC_USER", "APP_USER", "OTHER", "RFID"]


class Image(OCPIModel):
    """Image; width and height in pixels, at most five digits."""

    url: URL
    thumbnail: URL | None = None
    category: ImageCategory
    type: Annotated[str, ci_string(4)]
    width: Annotated[int, Field(ge=0, le=99999)] | None = None
    height: Annotated[int, Field(ge=0, le=99999)] | None = None


class BusinessDetails(OCPIModel):
    """BusinessDetails."""

    name: Annotated[str, string(100)]
    website: URL | None = None
    logo: Image | None = None


class EnvironmentalImpact(OCPIModel):
    """EnvironmentalImpact; amount in g/kWh."""

    category: EnvironmentalImpactCategory
    amount: Number


class EnergyMix(OCPIModel):
    """EnergyMix."""

    is_green_energy: bool
    energy_sources: list[EnergySource] | None = None
    environ_impact: list[EnvironmentalImpact] | None = None
    supplier_name: Annotated[str, string(64)] | None = None
    energy_product_name: Annotated[str, string(64)] | None = None

    @model_validator(mode="after")
    def _sums_to_hundred(self) -> EnergyMix:
        sums_to_hundred(self.energy_sources)
        return self


class PublishToken(PublishTokenRules):
    """PublishTokenType."""

    type: TokenType | None = None


class Connector(OCPIModel):
    """Connector; V, A and W as whole numbers."""

    id: CiString36
    standard: ConnectorType
    format: ConnectorFormat
    power_type: PowerType
    max_voltage: int
    max_amperage: int
    max_electric_power: int | None = None
    tariff_ids: list[CiString36] | None = None
    terms_and_conditions: URL | None = None
    last_updated: DateTime


class EVSE(OCPIModel):
    """EVSE."""

    uid: CiString36
    evse_id: CiString48 | None = None
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
    """Location."""

    country_code: CountryCode
    party_id: PartyCode
    id: CiString36
    publish: bool
    publish_allowed_to: list[PublishToken] | None = None
    name: Annotated[str, string(255)] | None = None
    address: Annotated[str, string(255)]
    city: Annotated[str, string(45)]
    postal_code: Annotated[str, string(10)] | None = None
    state: Annotated[str, string(45)] | None = None
    country: CountryAlpha3
    coordinates: GeoLocation
    related_locations: list[AdditionalGeoLocation] | None = None
    parking_type: ParkingType | None = None
    evses: list[EVSE] | None = None
    directions: list[DisplayText] | None = None
    operator: BusinessDetails | None = None
    suboperator: BusinessDetails | None = None
    owner: BusinessDetails | None = None
    facilities: list[Facility] | None = None
    time_zone: TimeZone
    opening_times: Hours | None = None
    charging_when_closed: bool | None = None
    images: list[Image] | None = None
    energy_mix: EnergyMix | None = None
    last_updated: DateTime

    @model_validator(mode="after")
    def _whole(self) -> Location:
        published_or_selected(self.publish, self.publish_allowed_to)
        unique("evses", (evse.uid for evse in self.evses or ()))
        return self
