"""Long work that staff can watch."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from exchange.choices import JobState
from parties.models import Connection


class Job(models.Model):
    """Long work that staff can watch: an import, a pull.

    ``attempt`` counts the workers that had it: one that was given up and comes back knows by it that
    another took over. ``stalls`` counts workers that died, ``holds`` interruptions, both since the last
    progress. ``resume_at`` is when a job that was held goes on; ``done_before`` is how much was done when it
    last did.
    """

    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.CASCADE, related_name="jobs"
    )
    state = models.CharField(max_length=8, choices=JobState, default=JobState.WAITING)
    parameters = models.JSONField(default=dict, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    created_count = models.BigIntegerField("created", default=0)
    updated_count = models.BigIntegerField("updated", default=0)
    unchanged_count = models.BigIntegerField("unchanged", default=0)
    rejected_count = models.BigIntegerField("rejected", default=0)
    warning_count = models.BigIntegerField("warnings", default=0)
    message = models.CharField(max_length=400, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    progressed_at = models.DateTimeField(
        null=True, blank=True, help_text="The last sign of life of the worker."
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    stalls = models.PositiveIntegerField(default=0)
    holds = models.PositiveIntegerField(default=0)
    resume_at = models.DateTimeField(null=True, blank=True)
    resumed_at = models.DateTimeField(null=True, blank=True)
    done_before = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title
