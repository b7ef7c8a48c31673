"""The connections to partners' platforms, and the parties they speak for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from ocpi.dialect import Dialect
from parties.choices import (
    ConnectionKind,
    ConnectionState,
    Environment,
    HubStatus,
    PartySource,
    VanishPolicy,
)
from parties.models.parties import Party

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from parties.models.tokens import InboundToken


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def connected(self) -> ConnectionQuerySet:
        return self.filter(state=ConnectionState.CONNECTED)

    def deliverable(self) -> ConnectionQuerySet:
        """Connected, and neither stopped nor on hold by the database's clock."""
        return self.connected().filter(
            models.Q(hold_until=None) | models.Q(hold_until__lte=Now()), deliveries_stopped=""
        )


class Connection(models.Model):
    """One OCPI link to one platform. Tokens belong to connections, never to parties.

    ``endpoints`` is the partner's version details, ``[{"identifier", "role", "url"}, …]``;
    ``push_modules`` names the modules whose changes we push to it (its RECEIVER endpoints we serve).
    """

    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=12, choices=ConnectionKind, default=ConnectionKind.PARTNER)
    environment = models.CharField(max_length=10, choices=Environment, default=Environment.TEST)
    state = models.CharField(max_length=12, choices=ConnectionState, default=ConnectionState.NEW)
    state_reason = models.CharField(max_length=400, blank=True)
    presents = models.ManyToManyField(
        Party,
        blank=True,
        related_name="presented_on",
        help_text="Which of our parties this partner sees. Leave empty for all of them.",
    )
    parties: models.ManyToManyField[Party, ConnectionParty] = models.ManyToManyField(
        Party, through="ConnectionParty", related_name="connections"
    )

    versions_url = models.CharField("versions URL", max_length=255, blank=True)
    pinned_hosts = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    version = models.CharField(max_length=10, blank=True)
    partner_versions = ArrayField(
        models.CharField(max_length=10),
        default=list,
        blank=True,
        help_text="The OCPI versions the partner offered when it was last asked.",
    )
    endpoints = models.JSONField(default=list, blank=True)
    push_modules = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    outbound_token_encrypted = models.BinaryField(blank=True, default=b"")
    previous_outbound_token_encrypted = models.BinaryField(blank=True, default=b"")
    outbound_token_prefix = models.CharField(max_length=8, blank=True)

    hub_party_id = models.CharField(
        "hub party ID",
        max_length=5,
        blank=True,
        db_collation="C",
        help_text="The party of the hub behind this connection, country and party in one, such as NLHUB.",
    )
    offered_versions = ArrayField(
        models.CharField(max_length=10),
        default=list,
        blank=True,
        help_text="The OCPI versions this partner is offered. Leave empty for all of them.",
    )
    required_modules = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="Modules without which this partner cannot register. Leave empty for any one in common.",
    )
    dialect_settings = models.JSONField(
        "dialect",
        default=dict,
        blank=True,
        help_text="Where this partner's OCPI differs from the specification (see ocpi.dialect).",
    )
    rotation_days = models.PositiveSmallIntegerField(
        default=30,
        help_text="After how many days the tokens are renewed by themselves; 0 for never.",
    )

    body_sample_percent = models.PositiveSmallIntegerField(
        default=10, help_text="How many of the routine exchanges keep their bodies, in percent."
    )
    max_parallel_requests = models.PositiveSmallIntegerField(default=4)
    pull_interval_hours = models.PositiveSmallIntegerField(default=6)
    vanish_policy = models.CharField(
        max_length=6,
        choices=VanishPolicy,
        default=VanishPolicy.RETIRE,
        help_text="What becomes of objects that the partner's complete list no longer holds.",
    )
    vanish_limit_percent = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="A pull that would retire a larger share retires nothing and asks. Empty for the usual share.",
    )

    contacts = models.TextField(blank=True)
    notes = models.TextField(blank=True)

    last_heard_at = models.DateTimeField(null=True, blank=True)
    last_reached_at = models.DateTimeField(null=True, blank=True)
    unreachable_since = models.DateTimeField(null=True, blank=True)
    hold_until = models.DateTimeField(
        null=True, blank=True, help_text="No delivery is tried before this time."
    )
    deliveries_stopped = models.CharField(
        max_length=400,
        blank=True,
        help_text="Why nothing is delivered until staff resume it or the partner registers anew.",
    )
    hold_attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=400, blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)
    token_rotated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConnectionQuerySet.as_manager()

    if TYPE_CHECKING:
        connection_parties: RelatedManager[ConnectionParty]
        inbound_tokens: RelatedManager[InboundToken]

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def dialect(self) -> Dialect:
        """Where this partner's OCPI differs from the specification's."""
        return Dialect.read(self.dialect_settings)

    @property
    def is_connected(self) -> bool:
        return self.state == ConnectionState.CONNECTED

    def endpoint_url(self, identifier: str, role: str) -> str | None:
        """The partner's URL of a module; ``role`` is ``SENDER`` or ``RECEIVER``, as the partner acts."""
        for endpoint in self.endpoints:
            if endpoint["identifier"] == identifier and endpoint.get("role", role) == role:
                return str(endpoint["url"])
        return None


class ConnectionPartyQuerySet(models.QuerySet["ConnectionParty"]):
    def reachable(self) -> ConnectionPartyQuerySet:
        """Those that no hub says are away: requests to the others are not sent."""
        return self.filter(hub_status__in=["", HubStatus.CONNECTED])


class ConnectionParty(models.Model):
    """A party that a connection may speak for, and how we know.

    ``hub_status`` is what the hub between us and the party says of it, and since when; empty without word.
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="connection_parties"
    )
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="connection_parties")
    source = models.CharField(max_length=8, choices=PartySource, default=PartySource.DECLARED)
    approved = models.BooleanField(default=True)
    refused = models.BooleanField(
        default=False, help_text="Staff said no; it does not wait for a decision any more."
    )
    hub_status = models.CharField(max_length=9, choices=HubStatus, blank=True)
    hub_status_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConnectionPartyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "connection parties"
        constraints = [
            models.UniqueConstraint(fields=["connection", "party"], name="connection_party"),
        ]

    def __str__(self) -> str:
        return f"{self.connection} for {self.party}"

    @property
    def is_reachable(self) -> bool:
        """Whether requests may go to the party through the connection."""
        return self.hub_status in ("", HubStatus.CONNECTED)

    @property
    def waits(self) -> bool:
        """Whether staff have to say if the connection may speak for the party."""
        return not self.approved and not self.refused
