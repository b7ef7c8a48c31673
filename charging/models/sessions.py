"""Charging sessions, as their CPO tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from charging.choices import LIVE, AuthMethod, SessionStatus
from exchange.fields import DocumentField
from parties.models import Connection, Party

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Session(models.Model):
    """An OCPI Session: columns for what is asked, ``document`` for what its owner, a CPO, says.

    ``document`` is canonical (OCPI 2.3.0) JSON without ``last_updated``, which is a column and laid over it on the
    way out. ``emsp`` is whose token it is: nobody else is told. Location, EVSE, token, authorization, command and CDR
    are found by their keys (CiString keys, with owner or eMSP), so that it does not matter which of them comes
    first. ``kwh`` is energy so far; ``total_cost`` is before taxes, and empty for unknown, which is not free.
    ``version`` counts the changes under the row's lock; deliveries refer to it.
    """

    owner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="sessions")
    session_id = models.CharField("session ID", max_length=255)
    session_key = models.CharField(max_length=255, db_collation="C")
    emsp = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="sessions_of_its_tokens", verbose_name="eMSP"
    )
    status = models.CharField(max_length=11, choices=SessionStatus)
    started_at = models.DateTimeField("start")
    ended_at = models.DateTimeField("end", null=True, blank=True)
    kwh = models.DecimalField("energy (kWh)", max_digits=14, decimal_places=4)
    currency = models.CharField(max_length=3)
    total_cost = models.DecimalField(
        "cost before taxes", max_digits=16, decimal_places=4, null=True, blank=True
    )
    token_uid = models.CharField("token", max_length=255)
    token_key = models.CharField(max_length=511, db_collation="C")
    contract_id = models.CharField("contract ID", max_length=255, blank=True)
    auth_method = models.CharField("authorized by", max_length=12, choices=AuthMethod, blank=True)
    authorization_reference = models.CharField(max_length=255, blank=True)
    authorization_key = models.CharField(max_length=255, blank=True, db_collation="C")
    location_id = models.CharField("location ID", max_length=255)
    location_key = models.CharField(max_length=255, db_collation="C")
    evse_uid = models.CharField("EVSE", max_length=255)
    evse_key = models.CharField(max_length=255, db_collation="C")
    connector_id = models.CharField("connector", max_length=255)
    periods = models.PositiveIntegerField("charging periods", default=0)
    document = DocumentField()
    last_updated = models.DateTimeField()
    differs_in = ArrayField(
        models.CharField(max_length=10),
        default=list,
        blank=True,
        help_text="The OCPI versions that cannot say all of it; elsewhere it goes out as it lies here.",
    )
    refused_in = ArrayField(
        models.CharField(max_length=10),
        default=list,
        blank=True,
        help_text="The OCPI versions in which it would mislead, so that partners there do not get it.",
    )
    version = models.BigIntegerField(default=1)
    received_from = models.ForeignKey(
        Connection,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="received_sessions",
        help_text="The connection that told us last; empty for an import.",
    )
    heard_at = models.DateTimeField(
        db_default=Now(), help_text="When we last heard of it, by our clock."
    )
    created_at = models.DateTimeField(db_default=Now())

    if TYPE_CHECKING:
        readings: RelatedManager[SessionReading]

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "session_key"], name="session_identity"),
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="session_newest"),
            models.Index(fields=["-last_updated", "-id"], name="session_last_updated"),
            # What a partner's list and "only what concerns them" read.
            models.Index(
                fields=["emsp", "id"], include=["owner", "refused_in"], name="session_of_emsp"
            ),
            models.Index(fields=["owner", "-started_at", "-id"], name="session_of_owner"),
            # Live ones are few; they are what the list begins with and the detectors look at.
            models.Index(
                fields=["status", "heard_at"],
                name="session_live",
                condition=Q(status__in=[status.value for status in LIVE]),
            ),
            # Whose CDR should have come by now.
            models.Index(
                fields=["heard_at"],
                name="session_completed",
                condition=Q(status=SessionStatus.COMPLETED),
            ),
            models.Index(fields=["session_key"], name="session_by_key"),
            models.Index(fields=["token_key", "-started_at"], name="session_by_token"),
            models.Index(fields=["location_key", "-started_at"], name="session_by_location"),
            models.Index(
                fields=["authorization_key"],
                name="session_by_authorization",
                condition=~Q(authorization_key=""),
            ),
        ]

    def __str__(self) -> str:
        return self.session_id

    @property
    def reference(self) -> str:
        """How staff and the log name it: ``NL*ABC/S1``."""
        return f"{self.owner.identity}/{self.session_id}"

    @property
    def is_live(self) -> bool:
        """Whether it is expected to change."""
        return self.status in LIVE


class SessionReading(models.Model):
    """What a session had come to at a moment: one row per change of it that came in.

    ``at`` is when its owner says so; ``kwh`` and ``total_cost`` are as in :class:`Session`. Kept for a while only.
    """

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="readings", db_index=False
    )
    at = models.DateTimeField()
    kwh = models.DecimalField(max_digits=14, decimal_places=4)
    total_cost = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    status = models.CharField(max_length=11, choices=SessionStatus)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["session", "at"], name="reading_of_session"),
            models.Index(fields=["at"], name="reading_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kwh} kWh at {self.at:%Y-%m-%d %H:%M:%S}"
