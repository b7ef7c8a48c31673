"""What partners deviate in: objects that could not be taken in, and counts of deviations and losses."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from exchange.choices import QuarantineState
from exchange.models.jobs import Job
from parties.models import Connection


class Quarantined(models.Model):
    """An object that could not be taken in: the original, encrypted, and what is wrong with it.

    ``place`` is where a push wanted to put it (see ``exchange.places.Place``); empty for what came in a list.
    """

    module = models.CharField(max_length=40)
    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.CASCADE, related_name="quarantined"
    )
    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="quarantined"
    )
    source = models.CharField(max_length=200)
    object_reference = models.CharField("object", max_length=160, blank=True)
    fingerprint = models.BinaryField(max_length=32)
    original_encrypted = models.BinaryField()
    problems = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=QuarantineState, default=QuarantineState.OPEN)
    place = models.JSONField(default=dict, blank=True)
    times_seen = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "quarantined object"
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["connection", "-id"], name="quarantined_open", condition=Q(state="open")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["module", "fingerprint"], name="quarantined_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.object_reference or f"{self.module} without an identity"


class WarningCount(models.Model):
    """How often a deviation was seen in what a partner (or a file) sent, with one example."""

    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.CASCADE, related_name="warning_counts"
    )
    module = models.CharField(max_length=40)
    code = models.CharField(max_length=60)
    count = models.BigIntegerField(default=0)
    example_reference = models.CharField(max_length=160, blank=True)
    example_path = models.CharField(max_length=200, blank=True)
    example_value = models.CharField(max_length=200, blank=True)
    first_seen_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "deviation"
        verbose_name_plural = "deviations"
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "module", "code"],
                name="warning_count_identity",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.count}"


class WarningDay(models.Model):
    """The same count by day (UTC), for the trend.

    ``count`` is of deviations, ``object_count`` of the objects that had one. The row without a code counts the
    objects that came in that day at all.
    """

    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    module = models.CharField(max_length=40)
    code = models.CharField(max_length=60, blank=True)
    day = models.DateField()
    count = models.BigIntegerField(default=0)
    object_count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "module", "code", "day"],
                name="warning_day_identity",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["day"], name="warning_day_by_day")]

    def __str__(self) -> str:
        return f"{self.code or 'objects'} on {self.day}: {self.count}"


class DismissedSuggestion(models.Model):
    """A change of dialect that staff did not want when it was suggested.

    It is suggested again when its evidence is seen again a day later (``exchange.quality.suggestions``).
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="dismissed_suggestions"
    )
    field = models.CharField(max_length=40)
    dismissed_at = models.DateTimeField()
    dismissed_by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "field"], name="dismissed_suggestion_identity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.connection}"


class LossCount(models.Model):
    """What a partner was not told because its version cannot say it, with one example.

    ``path`` is canonical and without list indexes (``evses.connectors.capabilities``). ``count`` is of
    times sent, not of objects.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="loss_counts")
    module = models.CharField(max_length=40)
    version = models.CharField(max_length=10)
    code = models.CharField(max_length=60)
    path = models.CharField(max_length=200, blank=True)
    count = models.BigIntegerField(default=0)
    example_reference = models.CharField(max_length=160, blank=True)
    example_value = models.CharField(max_length=200, blank=True)
    last_seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "loss"
        verbose_name_plural = "losses"
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "module", "version", "code", "path"],
                name="loss_count_identity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.module} {self.path}: {self.count}"
