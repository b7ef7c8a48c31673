"""What the audit of IDs found, as of when."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from locations.models import EVSE
from parties.models import Party
from registers.audit.choices import Fault, Subject
from tokens.models import Token


class AuditRun(models.Model):
    """One look at all IDs.

    ``counts`` is a list of ``[subject, owner's key, fault, reason, number]``, ``shapes`` of
    ``[owner's key, shape, number]``, for EVSEs that have an ID. Only the last run has findings.
    """

    at = models.DateTimeField("as of", db_default=Now())
    by = models.CharField(max_length=150, blank=True)
    seconds = models.FloatField(default=0)
    evses = models.PositiveIntegerField("EVSEs", default=0)
    tokens = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField("IDs that several EVSEs have", default=0)
    registers_read = models.BooleanField(default=True)
    counts = models.JSONField(default=list)
    shapes = models.JSONField(default=list)

    class Meta:
        verbose_name = "audit of IDs"
        verbose_name_plural = "audits of IDs"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"IDs as of {self.at:%Y-%m-%d %H:%M}"


class AuditFinding(models.Model):
    """A fault of the ID of one EVSE, or of the contract of one token, in the last run.

    ``reason`` says more of some faults: the shape of a malformed EVSE ID, or the country and party of a foreign one.
    """

    run = models.ForeignKey(AuditRun, on_delete=models.CASCADE, db_index=False)
    subject = models.CharField(max_length=8, choices=Subject)
    fault = models.CharField(max_length=11, choices=Fault)
    reason = models.CharField(max_length=16, blank=True)
    owner = models.ForeignKey(Party, on_delete=models.CASCADE, db_index=False, related_name="+")
    evse = models.ForeignKey(
        EVSE,
        null=True,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    token = models.ForeignKey(
        Token,
        null=True,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    value = models.CharField("ID", max_length=255, blank=True)
    key = models.CharField(max_length=48, blank=True, db_collation="C")

    class Meta:
        verbose_name = "faulty ID"
        verbose_name_plural = "faulty IDs"
        ordering = ["fault", "key", "id"]
        indexes = [
            models.Index(fields=["owner", "fault", "key", "id"], name="faults_of_owner"),
            models.Index(fields=["fault", "key", "id"], name="faults_by_kind"),
        ]

    def __str__(self) -> str:
        return self.value or "without ID"
