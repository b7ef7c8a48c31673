"""Which tariff an agreement gives a partner."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F

from parties.models import Agreement


class AgreedTariff(models.Model):
    """For charging under an agreement this tariff applies: one of the agreement's CPO, ours or theirs.

    ``tariff_key`` is the CiString key of its id; the tariff itself may come later, or never. It holds from
    ``valid_from`` (empty: since the agreement began) until ``valid_until`` or the end of the agreement,
    exclusively, at locations in ``countries`` (alpha-3; empty: in all of them). Several may hold at a time,
    such as one per charging preference.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="agreed_tariffs"
    )
    tariff_id = models.CharField("tariff ID", max_length=255)
    tariff_key = models.CharField(max_length=255, db_collation="C")
    countries = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["agreement", "tariff_key", "id"]
        indexes = [models.Index(fields=["tariff_key"], name="agreed_by_key")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_from=None)
                | models.Q(valid_until=None)
                | models.Q(valid_from__lt=F("valid_until")),
                name="agreed_begins_first",
            ),
        ]

    def __str__(self) -> str:
        return self.tariff_id
