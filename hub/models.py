"""What hubs say of the parties behind them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from exchange.fields import DocumentField
from parties.choices import HubStatus
from parties.models import Connection, Party


class ClientInfo(models.Model):
    """A party behind a hub, in one role, and whether the hub can reach it (OCPI 2.3.0, mod_hub_client_info).

    ``owner`` is the hub's own party, where that is known. ``status_since`` is when we first heard of the status.
    ``unlisted_at``: the hub's complete list does not name it any more, so that what it said no longer holds.
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="hub_clients", verbose_name="hub"
    )
    owner = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="hub_clients")
    status = models.CharField(max_length=9, choices=HubStatus)
    status_since = models.DateTimeField()
    document = DocumentField()
    last_updated = models.DateTimeField()
    unlisted_at = models.DateTimeField("not listed any more", null=True, blank=True)
    heard_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "party behind a hub"
        verbose_name_plural = "parties behind hubs"
        ordering = ["party__country_code", "party__party_id", "party__role"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "party"], name="client_of_hub"),
        ]

    def __str__(self) -> str:
        return str(self.party)

    @property
    def reference(self) -> str:
        """How staff and the log name it: ``DE*XYZ/CPO``."""
        return f"{self.party.identity}/{self.party.role}"

    @property
    def is_connected(self) -> bool:
        return self.status == HubStatus.CONNECTED and self.unlisted_at is None
