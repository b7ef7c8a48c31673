"""Tariffs of ours that are being written and that nobody has been told yet."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from exchange.fields import DocumentField
from parties.models import Party
from tariffs.choices import DraftState
from tariffs.models.tariffs import Tariff


class TariffDraft(models.Model):
    """What a tariff of ours is to say: a new one while ``replaces`` is empty, else the next version of that.

    ``document`` is canonical (OCPI 2.3.0) JSON without ``last_updated``. ``based_on`` is the version of the
    tariff that the draft began with: it can be published while that is still the one in force. ``publish_at``
    is when the clock publishes it; where that was refused, it is emptied, and ``refused`` says why since
    ``refused_at``. People are
    kept by name, so that they outlive their account.
    """

    owner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="tariff_drafts")
    tariff_id = models.CharField("tariff ID", max_length=36)
    tariff_key = models.CharField(max_length=36, db_collation="C")
    replaces = models.ForeignKey(
        Tariff, null=True, blank=True, on_delete=models.CASCADE, related_name="drafts"
    )
    based_on = models.BigIntegerField(null=True, blank=True)
    document = DocumentField()
    note = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=9, choices=DraftState, default=DraftState.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    edited_by = models.CharField(max_length=150, blank=True)
    edited_at = models.DateTimeField()
    publish_at = models.DateTimeField(null=True, blank=True)
    scheduled_by = models.CharField(max_length=150, blank=True)
    refused = models.CharField(max_length=400, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField("published or discarded by", max_length=150, blank=True)
    settled_at = models.DateTimeField("published or discarded", null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["owner", "tariff_key", "-id"], name="draft_of_tariff"),
            models.Index(
                fields=["publish_at"],
                name="draft_to_publish",
                condition=Q(state=DraftState.DRAFT, publish_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"draft of {self.tariff_id}"

    @property
    def reference(self) -> str:
        """The tariff it is about, as staff and the log name it: ``NL*ABC/T1``."""
        return f"{self.owner.identity}/{self.tariff_id}"
