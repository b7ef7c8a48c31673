"""Choices with the label staff read, defined once."""

from django.db import models

from parties.choices import Role

RECEIVING_ROLES = frozenset({Role.EMSP.value, Role.NSP.value, Role.NAP.value, Role.HUB.value})
"""Roles of those who are told about tariffs."""


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


class DraftState(models.TextChoices):
    """What became of something that staff were writing."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    DISCARDED = "discarded", "Discarded"
