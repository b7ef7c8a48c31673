"""Objects and classes of OCPI 2.1.1, mod_tariffs.

A Tariff does not name its owner, the URL does; every price is without VAT.
"""

from __future__ import annotations

from typing import Annotated

from ocpi.tariff_classes import (
    BasePriceComponent,
    BaseRestrictions,
    DayOfWeek,
    TariffDimensionType,
)
from ocpi.types import URL, CiString36, Currency, DateTime, DisplayText, NonEmpty, OCPIModel
from ocpi.v2_1_1.energy import EnergyMix

__all__ = [
    "DayOfWeek",
    "PriceComponent",
    "Tariff",
    "TariffDimensionType",
    "TariffElement",
    "TariffRestrictions",
]


class PriceComponent(BasePriceComponent):
    """PriceComponent."""


class TariffRestrictions(BaseRestrictions):
    """TariffRestrictions."""


class TariffElement(OCPIModel):
    """TariffElement."""

    price_components: Annotated[list[PriceComponent], NonEmpty]
    restrictions: TariffRestrictions | None = None


class Tariff(OCPIModel):
    """Tariff."""

    id: CiString36
    currency: Currency
    tariff_alt_text: list[DisplayText] | None = None
    tariff_alt_url: URL | None = None
    elements: Annotated[list[TariffElement], NonEmpty]
    energy_mix: EnergyMix | None = None
    last_updated: DateTime
