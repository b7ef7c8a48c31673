"""Objects and classes of OCPI 2.3.0 edition 2, mod_tariffs.

Two optional fields come from the module branches of 2.3.0: `preauthorize_amount` from payments
and the restriction `booking` from bookings.
"""

from __future__ import annotations

from typing import Annotated, Literal

from ocpi.tariff_classes import (
    DayOfWeek,
    PriceComponent,
    ReservationRestrictionType,
    TariffDimensionType,
    TariffType,
)
from ocpi.tariff_classes import TariffRestrictions as BaseTariffRestrictions
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
from ocpi.v2_3_0.locations import EnergyMix

__all__ = [
    "BookingRestrictionType",
    "DayOfWeek",
    "PriceComponent",
    "PriceLimit",
    "ReservationRestrictionType",
    "Tariff",
    "TariffDimensionType",
    "TariffElement",
    "TariffRestrictions",
    "TariffType",
    "TaxIncluded",
]

BookingRestrictionType = Literal[
    "BOOKING", "BOOKING_EXPIRES", "BOOKING_CANCELLATION_FEES", "BOOKING_OVERTIME"
]
TaxIncluded = Literal["YES", "NO", "N/A"]


class PriceLimit(OCPIModel):
    """PriceLimit."""

    before_taxes: Number
    after_taxes: Number | None = None


class TariffRestrictions(BaseTariffRestrictions):
    """TariffRestrictions, with `booking` of the bookings branch."""

    booking: BookingRestrictionType | None = None


class TariffElement(OCPIModel):
    """TariffElement."""

    price_components: Annotated[list[PriceComponent], NonEmpty]
    restrictions: TariffRestrictions | None = None


class Tariff(OCPIModel):
    """Tariff; prices hold tax or not as `tax_included` says."""

    country_code: CountryCode
    party_id: PartyCode
    id: CiString36
    currency: Currency
    type: TariffType | None = None
    tariff_alt_text: list[DisplayText] | None = None
    tariff_alt_url: URL | None = None
    min_price: PriceLimit | None = None
    max_price: PriceLimit | None = None
    preauthorize_amount: Number | None = None
    elements: Annotated[list[TariffElement], NonEmpty]
    tax_included: TaxIncluded
    start_date_time: DateTime | None = None
    end_date_time: DateTime | None = None
    energy_mix: EnergyMix | None = None
    last_updated: DateTime
