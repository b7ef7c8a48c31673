"""Every decision on a card, and the cards that nobody knew a moment ago."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from parties.models import Connection, Party
from tokens.authorization.choices import Allowed, How


class Authorization(models.Model):
    """One question whether a card may charge, and its answer; written once, kept by the month.

    ``connection`` is who asked (empty for staff), ``cpo`` the CPO it asked for, ``owner`` the eMSP whose token it
    is, where that is known. The token, the place and the reference are natural keys: what they name may come
    later, or never. ``allowed`` is empty when there was no answer to give (``ocpi_status`` says why).
    ``asked`` holds, in our order, everyone who was asked: ``{"party", "connection", "reply", "allowed", "ms",
    "exchange", "sentence"}``. Times are UTC, durations milliseconds.
    """

    at = models.DateTimeField()
    connection = models.ForeignKey(
        Connection,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="authorizations",
    )
    cpo = models.ForeignKey(
        Party,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="CPO",
    )
    owner = models.ForeignKey(
        Party,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="eMSP",
    )
    uid = models.CharField("UID", max_length=255)
    uid_key = models.CharField(max_length=255, db_collation="C")
    type = models.CharField(max_length=255)
    location_key = models.CharField(max_length=255, blank=True, db_collation="C")
    evse_key = models.CharField(max_length=255, blank=True, db_collation="C")
    allowed = models.CharField(max_length=11, choices=Allowed, blank=True)
    how = models.CharField(max_length=9, choices=How)
    authorization_reference = models.CharField(max_length=36, blank=True)
    reference_key = models.CharField(max_length=36, blank=True, db_collation="C")
    ocpi_status = models.IntegerField("OCPI status")
    info = models.CharField(max_length=512, blank=True)
    asked = models.JSONField(default=list, blank=True)
    duration_ms = models.IntegerField("duration (ms)")
    correlation_id = models.CharField(max_length=64, blank=True)
    actor = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["uid_key", "-id"], name="authorization_by_token"),
            models.Index(
                fields=["reference_key"],
                name="authorization_by_reference",
                condition=~Q(reference_key=""),
            ),
            models.Index(fields=["at"], name="authorization_by_time"),
            models.Index(fields=["connection", "-id"], name="authorization_by_asker"),
            models.Index(fields=["owner", "-id"], name="authorization_by_emsp"),
            models.Index(
                fields=["-id"], name="authorization_slow", condition=Q(duration_ms__gt=1000)
            ),
            models.Index(
                fields=["-id"],
                name="authorization_not_allowed",
                condition=~Q(allowed=Allowed.ALLOWED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uid}: {self.get_allowed_display() or self.get_how_display()}"


class UnknownCard(models.Model):
    """A card about which everybody was asked for ``connection``, and that nobody knew, until ``until``.

    Until then nobody is asked again, and the rows of the last minute bound how often everybody is. Only for
    finding: a token that comes in is found before this is looked at.
    """

    connection = models.ForeignKey(
        Connection, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    uid_key = models.CharField(max_length=255, db_collation="C")
    type = models.CharField(max_length=255)
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uid_key", "type", "connection"],
                name="unknown_card",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["at"], name="unknown_card_by_time")]

    def __str__(self) -> str:
        return f"{self.type} {self.uid_key}"
