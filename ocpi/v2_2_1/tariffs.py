"""Objects and classes of OCPI 2.2.1, mod_tariffs; every price is without VAT."""

from __future__ import annotations

from typing import Annotated

from ocpi.tariff_classes import (
    DayOfWeek,
    PriceComponent,
    ReservationRestrictionType,
    TariffDimensionType,
    TariffRestrictions,
    TariffType,
)
from ocpi.types import (
    URL,
    CiString36,
    CountryCode,
    Currency,
    DateTime,
    DisplayText,
    NonEmpty,
    Number,
    OCPIModel,
    PartyCode,
)
from ocpi.v2_2_1.locations import EnergyMix

__all__ = [
    "DayOfWeek",
    "Price",
    "PriceComponent",
    "ReservationRestrictionType",
    "Tariff",
    "TariffDimensionType",
    "TariffElement",
    "TariffRestrictions",
    "TariffType",
]


class Price(OCPIModel):
    """OCPI 2.2.1, types, Price."""

    excl_vat: Number
    incl_vat: Number | None = None


class TariffElement(OCPIModel):
    """TariffElement."""

    price_components: Annotated[list[PriceComponent], NonEmpty]
    restrictions: TariffRestrictions | None = None


class Tariff(OCPIModel):
    """Tariff."""

    country_code: CountryCode
    party_id: PartyCode
    id: CiString36
    currency: Currency
    type: TariffType | None = None
    tariff_alt_text: list[DisplayText] | None = None
    tariff_alt_url: URL | None = None
    min_price: Price | None = None
    max_price: Price | None = None
    elements: Annotated[list[TariffElement], NonEmpty]
    start_date_time: DateTime | None = None
    end_date_time: DateTime | None = None
    energy_mix: EnergyMix | None = None
    last_updated: DateTime
