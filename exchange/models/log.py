"""The exchange log: every HTTP request and its response."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from exchange.choices import Direction, Outcome
from parties.models import Connection


class Exchange(models.Model):
    """One HTTP request and its response, in or out.

    A narrow row in a table partitioned by day of ``at`` (see ``exchange.partitions``); headers and bodies
    are in :class:`ExchangeBody`. Nothing in either can be used to log in.
    """

    at = models.DateTimeField()
    direction = models.CharField(max_length=3, choices=Direction)
    connection = models.ForeignKey(
        Connection,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="exchanges",
        db_index=False,
    )
    method = models.CharField(max_length=7)
    url = models.TextField("URL")
    module = models.CharField(max_length=40, blank=True)
    object_reference = models.CharField("object", max_length=160, blank=True)
    http_status = models.SmallIntegerField("HTTP status", null=True, blank=True)
    ocpi_status = models.IntegerField("OCPI status", null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome)
    message = models.TextField(blank=True)
    duration_ms = models.IntegerField("duration (ms)", default=0)
    request_id = models.CharField(max_length=64, blank=True)
    correlation_id = models.CharField(max_length=64, blank=True)
    has_bodies = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["connection", "-id"], name="exchange_by_connection"),
            models.Index(fields=["object_reference", "-id"], name="exchange_by_object"),
            models.Index(fields=["correlation_id"], name="exchange_by_correlation"),
            models.Index(fields=["request_id"], name="exchange_by_request"),
            models.Index(fields=["-id"], name="exchange_not_ok", condition=~Q(outcome=Outcome.OK)),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


class ExchangeBody(models.Model):
    """Headers and bodies of an exchange: redacted, the bodies compressed with zlib; kept for less long."""

    exchange = models.OneToOneField(
        Exchange,
        primary_key=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="body",
    )
    at = models.DateTimeField()
    request_headers = models.JSONField(default=dict)
    request_body = models.BinaryField(default=b"")
    response_headers = models.JSONField(default=dict)
    response_body = models.BinaryField(default=b"")
    truncated = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"Bodies of {self.exchange_id}"
