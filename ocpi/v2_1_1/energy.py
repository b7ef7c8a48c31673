"""The energy mix of OCPI 2.1.1, mod_locations; Tariffs have it too."""

from __future__ import annotations

from typing import Annotated

from pydantic import model_validator

from ocpi.classes import EnergySource, sums_to_hundred
from ocpi.types import Number, OCPIModel, string
from ocpi.v2_2_1.locations import EnvironmentalImpactCategory


class EnvironmentalImpact(OCPIModel):
    """EnvironmentalImpact; amount in g/kWh. Its category is called `source` in this version."""

    source: EnvironmentalImpactCategory
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
