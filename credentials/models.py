"""Handshakes and their steps: what staff watch while two platforms agree."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone

from credentials.choices import (
    HandshakeDirection,
    HandshakeKind,
    HandshakeState,
    Problem,
    StepState,
)
from parties.choices import Role
from parties.models import Connection, InboundToken

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

# Every request has its own deadline, far below this; a handshake silent for longer has lost its worker.
SILENCE_LIMIT = timedelta(minutes=3)
OPEN_STATES = (HandshakeState.WAITING.value, HandshakeState.RUNNING.value)


class HandshakeQuerySet(models.QuerySet["Handshake"]):
    def open(self) -> HandshakeQuerySet:
        return self.filter(state__in=OPEN_STATES)

    def interrupted(self) -> HandshakeQuerySet:
        """Open ones in which nothing has happened for longer than anything may take."""
        return self.open().filter(touched_at__lt=timezone.now() - SILENCE_LIMIT)


class Handshake(models.Model):
    """One run of the credentials module with a partner, begun by it or by us.

    ``diagnosis`` is what staff read when it is over: what happened and, after a failure, what to do.
    ``version`` is the OCPI version asked for; empty for the best in common.
    ``correlation_id`` is the ``X-Correlation-ID`` of every request of ours in it.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="handshakes")
    kind = models.CharField(max_length=14, choices=HandshakeKind)
    direction = models.CharField(max_length=3, choices=HandshakeDirection)
    state = models.CharField(max_length=7, choices=HandshakeState, default=HandshakeState.WAITING)
    problem = models.CharField(max_length=20, choices=Problem, blank=True)
    diagnosis = models.TextField(blank=True)
    version = models.CharField(max_length=10, blank=True)
    correlation_id = models.CharField(max_length=64, db_index=True)
    actor = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = HandshakeQuerySet.as_manager()

    if TYPE_CHECKING:
        steps: RelatedManager[HandshakeStep]

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["connection", "-id"], name="handshake_by_connection"),
            models.Index(
                fields=["touched_at"], name="handshake_open", condition=Q(state__in=OPEN_STATES)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(state__in=OPEN_STATES, direction=HandshakeDirection.OUT),
                name="handshake_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.connection}"

    @property
    def is_over(self) -> bool:
        return self.state not in OPEN_STATES

    @property
    def succeeded(self) -> bool:
        return self.state == HandshakeState.DONE


class HandshakeStep(models.Model):
    """One thing done in a handshake, written when it begins and again when it ends.

    ``exchange_id`` is the row of its request in the exchange log.
    """

    handshake = models.ForeignKey(Handshake, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=100)
    state = models.CharField(max_length=7, choices=StepState, default=StepState.RUNNING)
    detail = models.TextField(blank=True)
    duration_ms = models.PositiveIntegerField("duration (ms)", null=True, blank=True)
    exchange_id = models.BigIntegerField(null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["handshake", "position"], name="handshake_step"),
        ]

    def __str__(self) -> str:
        return self.title


class ExpectedParty(models.Model):
    """A party that the holder of a registration token may declare; none listed means any.

    An empty ``role`` stands for every role of the party.
    """

    token = models.ForeignKey(
        InboundToken, on_delete=models.CASCADE, related_name="expected_parties"
    )
    country_code = models.CharField(max_length=2)
    party_id = models.CharField("party ID", max_length=3)
    role = models.CharField(max_length=5, choices=Role, blank=True)

    class Meta:
        verbose_name_plural = "expected parties"
        constraints = [
            models.UniqueConstraint(
                fields=["token", "country_code", "party_id", "role"], name="expected_party"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country_code}*{self.party_id} {self.role}".strip()
