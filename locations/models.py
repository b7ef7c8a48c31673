"""Locations, their EVSEs with live status, and the history of that status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from exchange.fields import DocumentField
from locations.choices import Status
from parties.models import Connection, Party

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Location(models.Model):
    """An OCPI Location: columns for what is asked, ``document`` for what its owner says.

    ``document`` is canonical (OCPI 2.3.0) JSON without ``evses`` and ``last_updated``: those are rows and a
    column, and are laid over it on the way out. ``location_key`` is the id's CiString key. ``version`` counts
    the changes of the whole aggregate, bumped under the row's lock; deliveries refer to it. The order of
    ``id`` is the order of creation that lists are paged in.
    """

    owner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="locations")
    location_id = models.CharField("location ID", max_length=255)
    location_key = models.CharField(max_length=255, db_collation="C")
    name = models.CharField(max_length=255, blank=True)
    address = models.CharField(max_length=255, blank=True)
    city = models.CharField(max_length=100, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=3, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    publish = models.BooleanField(default=True)
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
        help_text="The OCPI versions that cannot say it at all; whoever speaks one of them does not see it.",
    )
    version = models.BigIntegerField(default=1)
    vanished_at = models.DateTimeField(
        null=True, blank=True, help_text="When its owner's complete list no longer held it."
    )
    received_from = models.ForeignKey(
        Connection,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="received_locations",
        help_text="The connection that told us last; empty for an import or an edit of ours.",
    )
    created_at = models.DateTimeField(db_default=Now())

    if TYPE_CHECKING:
        evses: RelatedManager[EVSE]

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "location_key"], name="location_identity"),
        ]
        indexes = [
            models.Index(fields=["last_updated"], name="location_last_updated"),
            # Counting and paging what is visible reads this and nothing else.
            models.Index(
                fields=["id"],
                include=["owner", "publish", "location_key", "country", "refused_in"],
                name="location_visible",
                condition=Q(vanished_at=None),
            ),
            models.Index(fields=["latitude", "longitude"], name="location_on_map"),
        ]

    def __str__(self) -> str:
        return self.name or self.address or self.location_id

    @property
    def reference(self) -> str:
        """How staff and the log name it: ``NL*ABC/LOC1``."""
        return f"{self.owner.identity}/{self.location_id}"


class LocationToken(models.Model):
    """An entry of a Location's ``publish_allowed_to``: whose token has all these keys may see it.

    The keys are those of ``ocpi.publish_tokens``.
    """

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="tokens")
    keys = ArrayField(models.TextField())

    def __str__(self) -> str:
        return ", ".join(self.keys)


class EVSE(models.Model):
    """An EVSE of a location; unique within its location only.

    ``document`` holds everything but ``status`` and ``last_updated``, its connectors included.
    ``evse_key`` is the eMI3 id without separators in upper case, for searching.
    """

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="evses")
    uid = models.CharField("UID", max_length=255)
    uid_key = models.CharField(max_length=255, db_collation="C")
    evse_id = models.CharField("EVSE ID", max_length=48, blank=True)
    evse_key = models.CharField(max_length=48, blank=True, db_collation="C")
    status = models.CharField(max_length=12, choices=Status)
    status_since = models.DateTimeField()
    document = DocumentField()
    last_updated = models.DateTimeField()

    class Meta:
        verbose_name = "EVSE"
        verbose_name_plural = "EVSEs"
        ordering = ["location_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["location", "uid_key"], name="evse_identity"),
        ]
        indexes = [models.Index(fields=["evse_key"], name="evse_by_evse_id")]

    def __str__(self) -> str:
        return self.evse_id or self.uid


class ConnectorTariff(models.Model):
    """That a connector names a tariff, by the key of the tariff's id; its owner is the location's.

    Only for finding: what counts is the EVSE's document, and ``locations.store`` lets these rows follow it.
    Whether there is such a tariff is asked when somebody looks: tariffs may come after locations.
    """

    evse = models.ForeignKey(
        EVSE,
        on_delete=models.CASCADE,
        related_name="connector_tariffs",
        db_constraint=False,
        db_index=False,
    )
    connector_id = models.CharField(max_length=255)
    tariff_key = models.CharField(max_length=255, db_collation="C")

    class Meta:
        indexes = [
            models.Index(fields=["tariff_key", "evse"], name="connector_by_tariff"),
            models.Index(fields=["evse"], name="tariffs_of_evse"),
        ]

    def __str__(self) -> str:
        return f"{self.connector_id}: {self.tariff_key}"


class Rendition(models.Model):
    """A Location as an OCPI version says it that says it otherwise; made when it is first read.

    ``text`` has a line of JSON for the Location, without its EVSEs, and one for each EVSE that the version can
    say: its primary key, a space, JSON. What changes often (status, ``last_updated``) is in neither, as in the
    documents. ``losses`` is what is not said, as JSON: code, path, count and an example each. Whoever changes a
    document deletes its renditions.
    """

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="renditions")
    version = models.CharField("OCPI version", max_length=10)
    text = models.TextField()
    losses = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["location", "version"], name="rendition_identity"),
        ]

    def __str__(self) -> str:
        return f"{self.location} in OCPI {self.version}"


class StatusInterval(models.Model):
    """For how long an EVSE had a status; the current one has no end. Times are the owner's, in UTC."""

    evse = models.ForeignKey(EVSE, on_delete=models.CASCADE, related_name="status_intervals")
    status = models.CharField(max_length=12, choices=Status)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["evse_id", "-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["evse"], condition=Q(ended_at=None), name="one_current_status"
            ),
        ]
        indexes = [models.Index(fields=["evse", "-started_at"], name="status_history")]

    def __str__(self) -> str:
        return f"{self.status} from {self.started_at:%Y-%m-%d %H:%M}"
