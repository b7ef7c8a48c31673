"""Patterns, the counters that go with them, and every ID that was given."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from locations.models import EVSE, Location
from parties.models import Party
from registers.minting.choices import MintedKind
from tokens.models import Token


class IdPattern(models.Model):
    """How a party of ours makes IDs of one kind, and the number of the next one.

    Whoever takes a number locks the row until their transaction ends, so that none is lost or given twice.
    """

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=MintedKind)
    pattern = models.CharField(max_length=60)
    next_number = models.BigIntegerField(default=1)

    class Meta:
        verbose_name = "pattern of IDs"
        verbose_name_plural = "IDs of our parties"
        ordering = ["party", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["party", "kind"], name="one_pattern_each"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} IDs of {self.party}"


class MintedId(models.Model):
    """An ID that one of our parties gave, once and for all: none is given again.

    ``key`` is the ID without separators and check character. ``given_to`` is text, so that it outlives the thing.
    """

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=MintedKind)
    value = models.CharField("ID", max_length=48)
    key = models.CharField(max_length=48, unique=True, db_collation="C")
    number = models.BigIntegerField(null=True)
    given_to = models.CharField(max_length=600, blank=True)
    location = models.ForeignKey(
        Location, null=True, on_delete=models.SET_NULL, related_name="minted_ids"
    )
    evse = models.ForeignKey(EVSE, null=True, on_delete=models.SET_NULL, related_name="+")
    token = models.ForeignKey(Token, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField("given", db_default=Now())
    by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = "ID given"
        verbose_name_plural = "IDs given"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["party", "kind", "-id"], name="minted_by_party"),
        ]

    def __str__(self) -> str:
        return self.value
