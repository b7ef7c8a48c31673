"""What partners have yet to be told."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from exchange.choices import DeliveryResult, Known
from parties.models import Connection


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def pending(self) -> DeliveryQuerySet:
        """Deliveries whose partner has yet to be told the current state."""
        # Two comparisons, as in the partial index's condition, which GREATEST would not match.
        return self.filter(
            Q(wanted_version__gt=F("sent_version")) & Q(wanted_version__gt=F("dead_version"))
        )

    def due(self) -> DeliveryQuerySet:
        return self.pending().filter(next_attempt_at__lte=Now())

    def dead(self) -> DeliveryQuerySet:
        """Deliveries whose current version the partner refused for good."""
        return self.filter(dead_version=F("wanted_version"), dead_version__gt=F("sent_version"))


class Delivery(models.Model):
    """The fact that a connection has yet to be told the current state of an object.

    A pointer, not a message: the body is rendered when it is sent. It is pending while
    ``wanted_version`` exceeds both what was sent and what was refused. That is the object's version, or more
    where who may see it changed without the object. ``changed`` names the parts that
    changed since the last delivery (``["*"]`` for anything); the module's renderer reads it.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="deliveries")
    module = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    object_reference = models.CharField("object", max_length=160)
    wanted_version = models.BigIntegerField()
    sent_version = models.BigIntegerField(default=0)
    dead_version = models.BigIntegerField(default=0)
    changed = ArrayField(models.CharField(max_length=80), default=list)
    known = models.CharField("partner holds it", max_length=9, choices=Known, default=Known.ASSUMED)
    confirm_after = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    first_failed_at = models.DateTimeField(null=True, blank=True)
    last_attempt_at = models.DateTimeField(null=True, blank=True)
    last_result = models.CharField(max_length=9, choices=DeliveryResult, blank=True)
    last_http_status = models.SmallIntegerField(null=True, blank=True)
    last_ocpi_status = models.IntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=400, blank=True)
    last_exchange_id = models.BigIntegerField(null=True, blank=True)
    correlation_id = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField(db_default=Now())

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-changed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "module", "object_id"], name="delivery_identity"
            ),
        ]
        indexes = [
            # The claim and the beat tick look for what is due.
            models.Index(
                fields=["connection", "next_attempt_at"],
                name="delivery_pending",
                condition=Q(wanted_version__gt=F("sent_version"))
                & Q(wanted_version__gt=F("dead_version")),
            ),
            models.Index(fields=["-changed_at", "-id"], name="delivery_newest"),
            models.Index(
                fields=["connection"],
                name="delivery_refused",
                condition=Q(dead_version__gt=F("sent_version")),
            ),
            # "Who was told about this object?"
            models.Index(
                fields=["object_reference"],
                name="delivery_by_object",
                opclasses=["varchar_pattern_ops"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object_reference} to {self.connection}"

    @property
    def is_pending(self) -> bool:
        return self.wanted_version > max(self.sent_version, self.dead_version)
