"""What was taken off a statement by hand."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from cdrs.models import CDR
from review.models import Dispute
from settlement.models.statements import Entry


class Adjustment(models.Model):
    """What was agreed in a dispute and no Credit CDR takes off; the amounts are those of its ``entry``.

    ``cdr`` is that of the dispute where it is about one only. ``takes_back`` is the adjustment whose opposite this
    is. A trigger of the database refuses every change and deletion, and so keeps the entry too.
    """

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="adjustment")
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="adjustments")
    cdr = models.ForeignKey(
        CDR, null=True, blank=True, on_delete=models.PROTECT, related_name="adjustments"
    )
    takes_back = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="taken_back_by"
    )
    by = models.CharField(max_length=150)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Adjustment for {self.dispute.number}"
