"""Taking over a list that somebody else kept until now, into a register that is run here."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from exchange.models import Job
from registers.choices import RegisterFormat
from registers.models.observed import Register


class TakeOver(models.Model):
    """A list whose holders are to become ours: looked at first, and done by ``job`` once staff say so.

    ``content`` is the compressed file; empty where the list is what ``origin``, a public register, lists.
    """

    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="take_overs")
    origin = models.ForeignKey(
        Register, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    source = models.CharField("from", max_length=200)
    format = models.CharField(max_length=10, choices=RegisterFormat, blank=True)
    content = models.BinaryField(null=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    by = models.CharField(max_length=150)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "take-over of holders"
        verbose_name_plural = "take-overs of holders"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.source} into {self.register}"
