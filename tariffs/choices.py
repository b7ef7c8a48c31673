"""Choices with the label staff read, defined once."""

from django.db import models


class TariffType(models.TextChoices):
    """OCPI 2.3.0, mod_tariffs, TariffType."""

    AD_HOC_PAYMENT = "AD_HOC_PAYMENT", "Ad-hoc payment"
    PROFILE_CHEAP = "PROFILE_CHEAP", "Profile cheap"
    PROFILE_FAST = "PROFILE_FAST", "Profile fast"
    PROFILE_GREEN = "PROFILE_GREEN", "Profile green"
    REGULAR = "REGULAR", "Regular"


class TaxIncluded(models.TextChoices):
    """OCPI 2.3.0, mod_tariffs, TaxIncluded enum."""

    YES = "YES", "Tax included"
    NO = "NO", "Tax not included"
    NOT_APPLICABLE = "N/A", "No tax applies"
