"""Objects and classes of OCPI 2.3.0 edition 2, mod_locations; most enumerations are open."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

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
    CiString25,
    CiString36,
    CiString48,
    CountryAlpha3,
    CountryCode,
    DateTime,
    DisplayText,
    Known,
    NonEmpty,
    Number,
    OCPIModel,
    OpenEnum,
    PartyCode,
    TimeZone,
    ci_string,
    string,
)
from ocpi.v2_2_1 import locations as v2_2_1

Capability = Annotated[OpenEnum, Known(get_args(v2_2_1.Capability))]
ConnectorCapability = Annotated[
    OpenEnum, Known(("ISO_15118_2_PLUG_AND_CHARGE", "ISO_15118_20_PLUG_AND_CHARGE"))
]
ConnectorType = Annotated[OpenEnum, Known((*get_args(v2_2_1.ConnectorType), "MCS", "SAE_J3400"))]
EnvironmentalImpactCategory = Annotated[
    OpenEnum, Known(get_args(v2_2_1.EnvironmentalImpactCategory))
]
Facility = Annotated[OpenEnum, Known(get_args(v2_2_1.Facility))]
ImageCategory = Annotated[OpenEnum, Known(get_args(v2_2_1.ImageCategory))]
ParkingRestriction = Annotated[
    OpenEnum, Known((*get_args(v2_2_1.ParkingRestriction), "EMPLOYEES", "TAXIS", "TENANTS"))
]
ParkingType = Annotated[OpenEnum, Known(get_args(v2_2_1.ParkingType))]
TokenType = Annotated[OpenEnum, Known((*get_args(v2_2_1.TokenType), "EMAID"))]
VehicleType = Annotated[
    OpenEnum,
    Known(
        (
            "MOTORCYCLE",
            "PERSONAL_VEHICLE",
            "PERSONAL_VEHICLE_WITH_TRAILER",
            "VAN",
            "SEMI_TRACTOR",
            "RIGID",
            "TRUCK_WITH_TRAILER",
            "BUS",
            "DISABLED",
        )
    ),
]
EVSEPosition = Literal["LEFT", "RIGHT", "CENTER"]
ParkingDirection = Literal["PARALLEL", "PERPENDICULAR", "ANGLE"]


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


class Parking(OCPIModel):
    """Parking; weight in kg, lengths in cm, the time limit in minutes."""

    id: CiString36
    physical_reference: Annotated[str, string(12)] | None = None
    vehicle_types: Annotated[list[VehicleType], NonEmpty]
    max_vehicle_weight: Number | None = None
    max_vehicle_height: Number | None = None
    max_vehicle_length: Number | None = None
    max_vehicle_width: Number | None = None
    parking_space_length: Number | None = None
    parking_space_width: Number | None = None
    dangerous_goods_allowed: bool | None = None
    direction: ParkingDirection | None = None
    drive_through: bool | None = None
    restricted_to_type: bool
    reservation_required: bool
    time_limit: Number | None = None
    roofed: bool | None = None
    images: list[Image] | None = None
    lighting: bool | None = None
    refrigeration_outlet: bool | None = None
    standards: list[CiString36] | None = None
    apds_reference: Annotated[str, ci_string(255)] | None = None


class EVSEParking(OCPIModel):
    """EVSEParking: which parking place serves an EVSE."""

    parking_id: CiString36
    evse_position: EVSEPosition | None = None


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
    capabilities: list[ConnectorCapability] | None = None
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
    parking: list[EVSEParking] | None = None
    images: list[Image] | None = None
    accepted_service_providers: list[Annotated[str, string(50)]] | None = None
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
    parking_places: list[Parking] | None = None
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
    help_phone: CiString25 | None = None
    last_updated: DateTime

    @model_validator(mode="after")
    def _whole(self) -> Location:
        published_or_selected(self.publish, self.publish_allowed_to)
        unique("evses", (evse.uid for evse in self.evses or ()))
        unique("parking_places", (place.id for place in self.parking_places or ()))
        self._parking_is_known()
        return self

    def _parking_is_known(self) -> None:
        known = {place.id.upper() for place in self.parking_places or ()}
        for index, evse in enumerate(self.evses or ()):
            for position, parking in enumerate(evse.parking or ()):
                if parking.parking_id.upper() not in known:
                    raise PydanticCustomError(
                        "unknown_parking",
                        "No parking place of this Location has this id",
                        {"field": f"evses.{index}.parking.{position}.parking_id"},
                    )
