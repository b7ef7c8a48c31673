"""The exchange log, deliveries, pull state, jobs and quarantine."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from exchange.choices import (
    DeliveryResult,
    Direction,
    JobState,
    Known,
    Outcome,
    QuarantineState,
)
from exchange.pull_models import Crawl, CrawlPage, Missing, PullState
from parties.models import Connection

__all__ = [
    "Crawl",
    "CrawlPage",
    "Delivery",
    "DeliveryQuerySet",
    "Exchange",
    "ExchangeBody",
    "Job",
    "LossCount",
    "Missing",
    "PullState",
    "Quarantined",
    "WarningCount",
]


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


class Job(models.Model):
    """Long work that staff can watch: an import, a pull.

    ``attempt`` counts the workers that had it: one that was given up and comes back knows by it that
    another took over. ``stalls`` counts workers that died, ``holds`` interruptions, both since the last
    progress. ``resume_at`` is when a job that was held goes on; ``done_before`` is how much was done when it
    last did.
    """

    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.CASCADE, related_name="jobs"
    )
    state = models.CharField(max_length=8, choices=JobState, default=JobState.WAITING)
    parameters = models.JSONField(default=dict, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    created_count = models.BigIntegerField("created", default=0)
    updated_count = models.BigIntegerField("updated", default=0)
    unchanged_count = models.BigIntegerField("unchanged", default=0)
    rejected_count = models.BigIntegerField("rejected", default=0)
    warning_count = models.BigIntegerField("warnings", default=0)
    message = models.CharField(max_length=400, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    progressed_at = models.DateTimeField(
        null=True, blank=True, help_text="The last sign of life of the worker."
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    stalls = models.PositiveIntegerField(default=0)
    holds = models.PositiveIntegerField(default=0)
    resume_at = models.DateTimeField(null=True, blank=True)
    resumed_at = models.DateTimeField(null=True, blank=True)
    done_before = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title


class Quarantined(models.Model):
    """An object that could not be taken in: the original, encrypted, and what is wrong with it.

    ``place`` is where a push wanted to put it (see ``exchange.places.Place``); empty for what came in a list.
    """

    module = models.CharField(max_length=40)
    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.CASCADE, related_name="quarantined"
    )
    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="quarantined"
    )
    source = models.CharField(max_length=200)
    object_reference = models.CharField("object", max_length=160, blank=True)
    fingerprint = models.BinaryField(max_length=32)
    original_encrypted = models.BinaryField()
    problems = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=QuarantineState, default=QuarantineState.OPEN)
    place = models.JSONField(default=dict, blank=True)
    times_seen = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "quarantined object"
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["connection", "-id"], name="quarantined_open", condition=Q(state="open")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["module", "fingerprint"], name="quarantined_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.object_reference or f"{self.module} without an identity"


class WarningCount(models.Model):
    """How often a deviation was seen in what a partner (or a file) sent, with one example."""

    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.CASCADE, related_name="warning_counts"
    )
    module = models.CharField(max_length=40)
    code = models.CharField(max_length=60)
    count = models.BigIntegerField(default=0)
    example_reference = models.CharField(max_length=160, blank=True)
    example_path = models.CharField(max_length=200, blank=True)
    example_value = models.CharField(max_length=200, blank=True)
    first_seen_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "deviation"
        verbose_name_plural = "data quality"
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "module", "code"],
                name="warning_count_identity",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.count}"


class WarningDay(models.Model):
    """The same count by day (UTC), for the trend.

    ``count`` is of deviations, ``object_count`` of the objects that had one. The row without a code counts the
    objects that came in that day at all.
    """

    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    module = models.CharField(max_length=40)
    code = models.CharField(max_length=60, blank=True)
    day = models.DateField()
    count = models.BigIntegerField(default=0)
    object_count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "module", "code", "day"],
                name="warning_day_identity",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["day"], name="warning_day_by_day")]

    def __str__(self) -> str:
        return f"{self.code or 'objects'} on {self.day}: {self.count}"


class DismissedSuggestion(models.Model):
    """A change of dialect that staff did not want when it was suggested.

    It is suggested again when its evidence is seen again a day later (``exchange.suggestions``).
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="dismissed_suggestions"
    )
    field = models.CharField(max_length=40)
    dismissed_at = models.DateTimeField()
    dismissed_by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "field"], name="dismissed_suggestion_identity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.connection}"


class LossCount(models.Model):
    """What a partner was not told because its version cannot say it, with one example.

    ``path`` is canonical and without list indexes (``evses.connectors.capabilities``). ``count`` is of
    times sent, not of objects.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="loss_counts")
    module = models.CharField(max_length=40)
    version = models.CharField(max_length=10)
    code = models.CharField(max_length=60)
    path = models.CharField(max_length=200, blank=True)
    count = models.BigIntegerField(default=0)
    example_reference = models.CharField(max_length=160, blank=True)
    example_value = models.CharField(max_length=200, blank=True)
    last_seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "loss"
        verbose_name_plural = "losses"
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "module", "version", "code", "path"],
                name="loss_count_identity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.module} {self.path}: {self.count}"


from exchange.comparisons import Comparison, ComparisonDifference  # noqa: E402, F401 - Django finds them here
