"""How we sell what we buy from CPOs."""

from __future__ import annotations

from django.db import models
from django.db.models import F

from parties.models import Party
from tariffs.selling import Rule


class SellingRule(models.Model):
    """What one of our eMSPs adds to charges it buys, before tax, for all of them or for some.

    It is about charges bought from ``partner`` (empty: from anybody) at locations in ``country`` (alpha-3;
    empty: anywhere) in ``currency``, that start from ``valid_from`` until ``valid_until``, exclusively. Of
    several the most specific counts: partner and country, then partner, then country, then everyone.
    """

    seller = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="selling_rules")
    partner = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, related_name="sold_by_rules"
    )
    country = models.CharField(max_length=3, blank=True)
    currency = models.CharField(max_length=3)
    markup_percent = models.DecimalField(max_digits=9, decimal_places=4, default=0)
    price_per_kwh = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    fee = models.DecimalField("fee per charge", max_digits=14, decimal_places=6, default=0)
    floor = models.DecimalField(
        "at least, per charge", max_digits=14, decimal_places=6, null=True, blank=True
    )
    cap = models.DecimalField(
        "at most, per charge", max_digits=14, decimal_places=6, null=True, blank=True
    )
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    is_enabled = models.BooleanField("in use", default=True)
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["seller", "partner", "country", "currency", "valid_from", "id"]
        indexes = [
            models.Index(
                fields=["seller", "currency"],
                name="selling_in_use",
                condition=models.Q(is_enabled=True),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(floor=None) | models.Q(cap=None) | models.Q(floor__lte=F("cap")),
                name="selling_floor_below_cap",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_from=None)
                | models.Q(valid_until=None)
                | models.Q(valid_from__lt=F("valid_until")),
                name="selling_begins_first",
            ),
        ]

    def __str__(self) -> str:
        whom = str(self.partner.identity) if self.partner else "everyone"
        where = f" in {self.country}" if self.country else ""
        return f"{self.seller.identity}: bought from {whom}{where}, {self.currency}"

    @property
    def rule(self) -> Rule:
        """What it adds, for :func:`tariffs.selling.sell`."""
        return Rule(
            currency=self.currency,
            markup_percent=self.markup_percent,
            price_per_kwh=self.price_per_kwh,
            fee=self.fee,
            floor=self.floor,
            cap=self.cap,
        )

    @property
    def specificity(self) -> int:
        """3 for a partner in a country, 2 for a partner, 1 for a country, 0 for everyone."""
        return 2 * (self.partner_id is not None) + bool(self.country)
