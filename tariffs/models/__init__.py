"""Tariffs, what they said before, what is being written, and on which terms they hold."""

from tariffs.models.agreed import AgreedTariff
from tariffs.models.drafts import TariffDraft
from tariffs.models.selling import SellingRule
from tariffs.models.tariffs import Tariff, TariffVersion

__all__ = ["AgreedTariff", "SellingRule", "Tariff", "TariffDraft", "TariffVersion"]
