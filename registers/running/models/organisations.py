"""Who holds codes, and whom to reach there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models.functions import Now, Upper

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from registers.running.models.codes import IssuedCode


class OrganisationData(models.Model):
    """What an organisation says of itself. ``country`` is alpha-2."""

    legal_name = models.CharField(max_length=200)
    trading_name = models.CharField(max_length=200, blank=True)
    registration_number = models.CharField(max_length=60)
    country = models.CharField(
        max_length=2,
        validators=[RegexValidator(r"\A[A-Z]{2}\Z", "Two capital letters, as in GB.")],
    )
    address = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    website = models.CharField(
        max_length=300, blank=True, validators=[URLValidator(schemes=["http", "https"])]
    )
    vat_number = models.CharField("VAT number", max_length=30, blank=True)

    class Meta:
        abstract = True

    @property
    def known_as(self) -> str:
        """The name it trades under."""
        return self.trading_name or self.legal_name


class Organisation(OrganisationData):
    """A holder of codes. Name, country and website are public; the rest is not."""

    created_at = models.DateTimeField(db_default=Now())

    if TYPE_CHECKING:
        contacts: RelatedManager[OrganisationContact]
        codes: RelatedManager[IssuedCode]

    class Meta:
        ordering = ["legal_name", "id"]
        indexes = [
            models.Index("country", Upper("registration_number"), name="organisation_number"),
            models.Index(Upper("legal_name"), name="organisation_name"),
        ]

    def __str__(self) -> str:
        return self.legal_name

    @property
    def number(self) -> str:
        """What staff call it where its name is not enough: ``O-000042``."""
        return f"O-{self.pk:06d}"


class OrganisationContact(models.Model):
    """A person of an organisation; never public."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="contacts"
    )
    name = models.CharField(max_length=120)
    email = models.EmailField("e-mail")
    phone = models.CharField(max_length=40, blank=True)
    purpose = models.CharField(
        max_length=80, blank=True, help_text="What to write to them about, such as renewals."
    )

    class Meta:
        verbose_name = "contact of an organisation"
        verbose_name_plural = "contacts of organisations"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"
