"""How long partners may keep us waiting."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from parties.models import Connection

LONGEST_MINUTES = 366 * 24 * 60


class DetectorLimit(models.Model):
    """For how long something of a partner's may wait before it counts as late, where that is not the usual time."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="detector_limits"
    )
    detector = models.CharField("what is late", max_length=40)
    minutes = models.PositiveIntegerField(
        "limit (minutes)",
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_MINUTES)],
    )

    class Meta:
        verbose_name = "limit"
        verbose_name_plural = "limits of partners"
        ordering = ["connection", "detector"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "detector"], name="one_detector_limit"),
        ]

    def __str__(self) -> str:
        return f"{self.connection}: {self.minutes} min"
