"""Keys of meters, known before a CDR is checked with them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from parties.models import Party


class MeterKey(models.Model):
    """The public key of one meter of a CPO, as it was told us by another way than its CDRs.

    ``meter`` is the serial number, ``evse_id`` the EVSE it counts for; at least one is given, and each has its key
    for look-ups: letters and digits alone, in upper case. ``public_key`` is DER in hex. ``used_from`` and
    ``used_until`` are when charges were signed with it, empty where that has no limit.
    """

    owner = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="CPO"
    )
    meter = models.CharField("meter (serial number)", max_length=255, blank=True)
    meter_key = models.CharField(max_length=255, blank=True, editable=False, db_collation="C")
    evse_id = models.CharField("EVSE ID", max_length=255, blank=True)
    evse_key = models.CharField(max_length=255, blank=True, editable=False, db_collation="C")
    public_key = models.TextField()
    curve = models.CharField(max_length=30, blank=True)
    used_from = models.DateTimeField(null=True, blank=True)
    used_until = models.DateTimeField(null=True, blank=True)
    note = models.TextField(
        blank=True, help_text="Who told us, and how: a register, the type plate, an e-mail."
    )
    added_by = models.CharField(max_length=150, editable=False)
    added_at = models.DateTimeField("added", db_default=Now(), editable=False)

    class Meta:
        verbose_name = "key of a meter"
        verbose_name_plural = "keys of meters"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(meter_key="") | ~Q(evse_key=""), name="meterkey_of_something"
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "meter_key"], name="meterkey_by_meter"),
            models.Index(fields=["owner", "evse_key"], name="meterkey_by_evse"),
        ]

    def __str__(self) -> str:
        return f"Key of meter {self.meter}" if self.meter else f"Key of EVSE {self.evse_id}"
