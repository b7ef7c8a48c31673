"""What a partner holds of what we sent it, object by object: the rows of a comparison."""

from __future__ import annotations

from django.db import models

from exchange.choices import Found
from exchange.models.jobs import Job
from parties.models import Connection


class Comparison(models.Model):
    """One comparison of a module with what a partner holds; ``cursor`` is the last object that was compared."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="comparisons")
    module = models.CharField(max_length=40)
    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="comparisons"
    )
    cursor = models.BigIntegerField(default=0)
    compared = models.BigIntegerField(default=0)
    equal = models.BigIntegerField(default=0)
    different = models.BigIntegerField(default=0)
    missing = models.BigIntegerField("missing there", default=0)
    foreign = models.BigIntegerField("another object there", default=0)
    unreadable = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.module} of {self.connection}"


class ComparisonDifference(models.Model):
    """One difference: of one field, or of the object as a whole (no ``path``)."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="differences")
    object_id = models.BigIntegerField()
    object_reference = models.CharField("object", max_length=300)
    found = models.CharField(max_length=10, choices=Found)
    path = models.CharField(max_length=300, blank=True)
    ours = models.TextField(blank=True)
    theirs = models.TextField(blank=True)
    words = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["comparison", "object_id"], name="difference_by_object")]

    def __str__(self) -> str:
        return f"{self.object_reference} {self.path}".strip()
