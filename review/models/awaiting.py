"""What CDRs were checked without, and that it came since."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from cdrs.models import CDR
from review.choices import AwaitedKind


class Awaited(models.Model):
    """What a check of a CDR did not find; see :class:`review.checks.Awaits`.

    Written with the findings and gone with them, so that there are as many rows as something is amiss, not as there
    are CDRs. ``sure`` is set once nothing can have come unseen while the CDR was being checked.
    """

    cdr = models.ForeignKey(
        CDR, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=10, choices=AwaitedKind)
    owner_id = models.BigIntegerField()
    key = models.CharField(max_length=511, db_collation="C")
    noted_at = models.DateTimeField(db_default=Now())
    sure = models.BooleanField(default=False, db_default=False)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["cdr", "kind", "owner_id", "key"], name="awaited_once"),
        ]
        indexes = [
            models.Index(fields=["owner_id", "kind", "key"], name="awaited_by_key"),
            models.Index(fields=["noted_at"], name="awaited_lately", condition=Q(sure=False)),
        ]

    def __str__(self) -> str:
        return f"{self.cdr_id} waits for {self.kind} {self.key}"


class Arrival(models.Model):
    """That something came for which a CDR waited; gone once the CDR was checked again.

    Rows are only added by what comes, which therefore waits for no check, and no check for it.
    """

    cdr = models.ForeignKey(
        CDR, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=10, choices=AwaitedKind)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.cdr_id}: {self.get_kind_display()}"
