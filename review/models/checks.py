"""Which checks are on, for whom and how strict, and what a change would have meant."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from exchange.models import Job
from parties.models import Party
from review.choices import Severity


class CheckSetting(models.Model):
    """One check for one partner, or for everybody (``partner`` empty): whether it is on and how strict it is.

    ``code`` is that of a check of ``review.checks``, ``parameters`` what it can be tuned by, as its
    declaration says; what is not named has its usual value. A partner's own setting replaces the general one.
    """

    code = models.CharField("check", max_length=40)
    partner = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    enabled = models.BooleanField(default=True)
    severity = models.CharField(max_length=4, choices=Severity, default=Severity.HOLD)
    parameters = models.JSONField(default=dict, blank=True)
    changed_by = models.CharField(max_length=150, blank=True)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "check"
        ordering = ["code", "partner"]
        constraints = [
            models.UniqueConstraint(fields=["code", "partner"], name="check_of_partner"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(partner=None), name="check_in_general"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} for {self.partner or 'everybody'}"


class Trial(models.Model):
    """What a setting would have flagged in the past, tried before it is switched on.

    ``result`` counts per partner and currency: ``partner`` (primary key), ``currency``, ``cdrs``, ``amount`` (text of
    a decimal) and ``examples`` (primary keys of CDRs) each.
    """

    code = models.CharField("check", max_length=40)
    partner = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    parameters = models.JSONField(default=dict, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    looked_at = models.BigIntegerField("CDRs looked at", default=0)
    flagged = models.BigIntegerField("CDRs flagged", default=0)
    newly_flagged = models.BigIntegerField("not flagged by anything else", default=0)
    result = models.JSONField(default=list, blank=True)
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "trial of a check"
        verbose_name_plural = "trials of checks"
        ordering = ["-id"]

    def __str__(self) -> str:
        # The catalogue lies above the models.
        from review.checks.catalogue import title_of

        return f"Trial of “{title_of(self.code)}”"
