"""Charging profiles: what a charge point planned for a session, and who is told when that changes."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from charging.models.commands import Command
from exchange.fields import DocumentField
from parties.models import Connection, Party


class ActiveProfile(models.Model):
    """One ActiveChargingProfile of a session, as its CPO told it; the newest is the one in force.

    ``session_key`` is a CiString key: the session may come later. ``start_at`` is when the charge point calculated
    it; all times in ``document`` (canonical) count from then. ``command`` asked for it, if anybody did.
    """

    owner = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="active_profiles", verbose_name="CPO"
    )
    session_id = models.CharField("session ID", max_length=255)
    session_key = models.CharField(max_length=255, db_collation="C")
    start_at = models.DateTimeField("calculated")
    document = DocumentField()
    command = models.ForeignKey(
        Command, null=True, blank=True, on_delete=models.SET_NULL, related_name="active_profiles"
    )
    received_from = models.ForeignKey(
        Connection,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="told_active_profiles",
    )
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["owner", "session_key", "-id"], name="profile_of_session"),
            models.Index(fields=["received_at"], name="profile_age"),
        ]

    def __str__(self) -> str:
        return f"Charging profile of {self.session_id}"


class ProfileFollower(models.Model):
    """Somebody who set a profile for a session, and is told of its active one from the first change on.

    ``sender`` set it over ``connection``. ``document`` is the canonical ActiveChargingProfile to be told, ``version``
    counts the changes.
    """

    owner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    sender = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    session_id = models.CharField(max_length=255)
    session_key = models.CharField(max_length=255, db_collation="C")
    document = DocumentField()
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "session_key", "sender", "connection"], name="profile_follower"
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="profile_follower_age")]

    def __str__(self) -> str:
        return f"{self.sender} about {self.session_id}"
