"""Sessions that came to an end without a CDR."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from charging.models import Session
from parties.models import Party


class MissingCDR(models.Model):
    """A session that ended and whose CDR is past its CPO's deadline; closed when the CDR comes, or by staff.

    ``expected_by`` is the deadline that passed. ``estimate`` is what we make the price of the session, before tax.
    """

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="missing_cdr")
    partner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", db_index=False)
    ended_at = models.DateTimeField("session ended")
    expected_by = models.DateTimeField()
    currency = models.CharField(max_length=3, blank=True)
    estimate = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)
    found_at = models.DateTimeField(db_default=Now())
    asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When we last asked the partner for it."
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "missing CDR"
        verbose_name_plural = "missing CDRs"
        ordering = ["-ended_at", "-id"]
        indexes = [
            models.Index(
                fields=["partner", "-ended_at"],
                name="missing_of_partner",
                condition=Q(closed_at=None),
            ),
            models.Index(fields=["-ended_at", "-id"], name="missing_newest"),
            models.Index(fields=["-ended_at"], name="missing_open", condition=Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return f"CDR of session {self.session}"
