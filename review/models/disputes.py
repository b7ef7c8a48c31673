"""Disputes with partners about CDRs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from cdrs.models import CDR
from parties.models import Party
from review.choices import Direction, DisputeOutcome, DisputeState
from review.models.reviews import CDRReview

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Dispute(models.Model):
    """A case with one partner about one or more CDRs in one currency.

    ``claimed`` is what we say is wrong, before tax, ``agreed`` what both sides settled on. ``adjusted`` is what was
    taken off by hand where statements are made, because no Credit CDR does it; never negative. Everything that
    happens to it is in the stream of events under its ``reference``.
    """

    ours = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", db_index=False)
    partner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", db_index=False)
    direction = models.CharField(max_length=10, choices=Direction)
    state = models.CharField(max_length=8, choices=DisputeState, default=DisputeState.DRAFT)
    title = models.CharField(max_length=200)
    claim = models.TextField("what we say is wrong", blank=True)
    currency = models.CharField(max_length=3, blank=True)
    claimed = models.DecimalField(max_digits=24, decimal_places=8, default=0)
    agreed = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)
    adjusted = models.DecimalField(
        "taken off by hand", max_digits=24, decimal_places=8, default=0, db_default=0
    )
    contact = models.CharField("told to", max_length=200, blank=True)
    partner_reference = models.CharField("their reference", max_length=100, blank=True)
    answer = models.TextField("what they say", blank=True)
    opened_by = models.CharField(max_length=150)
    opened_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField("told", null=True, blank=True)
    deadline = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=9, choices=DisputeOutcome, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)

    if TYPE_CHECKING:
        disputed: RelatedManager[DisputedCDR]

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["partner", "-id"], name="dispute_of_partner"),
            models.Index(
                fields=["deadline"],
                name="dispute_running",
                condition=~Q(state=DisputeState.CLOSED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """What both sides call it: ``D-000042``."""
        return f"D-{self.pk:06d}"

    @property
    def reference(self) -> str:
        """How the stream of events names it."""
        return f"dispute:{self.pk}"


class DisputedCDR(models.Model):
    """A CDR in a dispute: what is claimed of it, and the Credit CDR that settled it."""

    dispute = models.ForeignKey(
        Dispute, on_delete=models.PROTECT, related_name="disputed", db_index=False
    )
    review = models.ForeignKey(CDRReview, on_delete=models.PROTECT, related_name="disputed")
    claimed = models.DecimalField(max_digits=24, decimal_places=8, default=0)
    credit = models.ForeignKey(
        CDR, null=True, blank=True, on_delete=models.PROTECT, related_name="settled_disputes"
    )

    class Meta:
        verbose_name = "disputed CDR"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["dispute", "review"], name="disputed_once"),
        ]

    def __str__(self) -> str:
        return str(self.review)


class DisputeTerms(models.Model):
    """How long a partner has to answer to a dispute, and whom to tell; ``partner`` empty is for everybody else."""

    partner = models.OneToOneField(
        Party, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    answer_days = models.PositiveSmallIntegerField("days to answer", default=14)
    contact = models.CharField("tell disputes to", max_length=200, blank=True)
    changed_by = models.CharField(max_length=150, blank=True, editable=False)
    changed_at = models.DateTimeField("changed", db_default=Now(), editable=False)

    class Meta:
        verbose_name = "terms of disputes"
        verbose_name_plural = "terms of disputes"
        ordering = [models.F("partner").asc(nulls_first=True)]
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(partner=None), name="disputeterms_in_general"
            ),
        ]

    def __str__(self) -> str:
        return f"Disputes with {self.partner}" if self.partner else "Disputes with everybody else"
