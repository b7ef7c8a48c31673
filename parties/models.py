"""Parties, the connections to their platforms, and the tokens of those connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from ocpi.dialect import Dialect
from ocpi.ids import PartyId
from parties.choices import (
    ConnectionKind,
    ConnectionState,
    Environment,
    PartySource,
    PrivateLocations,
    Role,
    Sharing,
    TokenKind,
    VanishPolicy,
)

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class PartyQuerySet(models.QuerySet["Party"]):
    def ours(self) -> PartyQuerySet:
        return self.filter(is_ours=True)

    def identified(self, party: PartyId) -> PartyQuerySet:
        return self.filter(country_code=party.country_code, party_id=party.party_id)


class Party(models.Model):
    """One company in one role, such as ``NL*ABC`` as CPO: ours (hosted here) or theirs.

    ``country_code`` and ``party_id`` are upper case; what a partner wrote stays in its documents.
    """

    country_code = models.CharField(max_length=2, db_collation="C")
    party_id = models.CharField("party ID", max_length=3, db_collation="C")
    role = models.CharField(max_length=5, choices=Role)
    name = models.CharField(max_length=100, blank=True)
    website = models.CharField(max_length=255, blank=True)
    is_ours = models.BooleanField("hosted here", default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PartyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "parties"
        ordering = ["country_code", "party_id", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["country_code", "party_id", "role"], name="party_identity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.identity} {self.role}"

    @property
    def identity(self) -> PartyId:
        return PartyId(self.country_code, self.party_id)


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


class ConnectionParty(models.Model):
    """A party that a connection may speak for, and how we know."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="connection_parties"
    )
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="connection_parties")
    source = models.CharField(max_length=8, choices=PartySource, default=PartySource.DECLARED)
    approved = models.BooleanField(default=True)
    refused = models.BooleanField(
        default=False, help_text="Staff said no; it does not wait for a decision any more."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "connection parties"
        constraints = [
            models.UniqueConstraint(fields=["connection", "party"], name="connection_party"),
        ]

    def __str__(self) -> str:
        return f"{self.connection} for {self.party}"

    @property
    def waits(self) -> bool:
        """Whether staff have to say if the connection may speak for the party."""
        return not self.approved and not self.refused


class Agreement(models.Model):
    """What one of our parties and one of theirs share, beyond (or short of) what is public.

    Without an agreement a partner gets what is published. ``ended_at`` keeps an agreement of the past.
    """

    ours = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="agreements_as_ours")
    theirs = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="agreements_as_theirs")
    private_locations = models.CharField(
        max_length=8, choices=PrivateLocations, default=PrivateLocations.NEVER
    )
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    if TYPE_CHECKING:
        shares: RelatedManager[AgreementShare]

    class Meta:
        ordering = ["ours", "theirs"]
        constraints = [
            models.UniqueConstraint(
                fields=["ours", "theirs"],
                condition=models.Q(ended_at=None),
                name="one_agreement_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ours} with {self.theirs}"


class AgreementShare(models.Model):
    """How much of one module our party of an agreement shares with theirs.

    ``countries`` (alpha-3, empty for all) limits it further. A module without a row is shared as public.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="shares")
    module = models.CharField(max_length=40)
    sharing = models.CharField(max_length=8, choices=Sharing, default=Sharing.PUBLIC)
    countries = ArrayField(models.CharField(max_length=3), default=list, blank=True)

    if TYPE_CHECKING:
        selection: RelatedManager[SelectedObject]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "module"], name="agreement_share"),
        ]

    def __str__(self) -> str:
        return f"{self.module}: {self.get_sharing_display()}"


class SelectedObject(models.Model):
    """An object of our party that a share selects, by the CiString key of its OCPI id."""

    share = models.ForeignKey(AgreementShare, on_delete=models.CASCADE, related_name="selection")
    object_key = models.CharField(max_length=255, db_collation="C")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["share", "object_key"], name="selected_once"),
        ]

    def __str__(self) -> str:
        return self.object_key


class EntitledToken(models.Model):
    """Customers of theirs for whom private locations are open: what PublishTokenType can name.

    OCPI 2.2.1, mod_locations, PublishTokenType. ``key`` is the value's comparison key: of ``uid`` and
    ``type`` together, of ``visual_number`` and ``issuer`` together, or of ``group_id``.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="entitled_tokens"
    )
    kind = models.CharField(
        max_length=13,
        choices=[
            ("uid", "Token UID"),
            ("visual_number", "Visual number"),
            ("group_id", "Group ID"),
        ],
    )
    value = models.CharField(max_length=64)
    qualifier = models.CharField(
        max_length=64, blank=True, help_text="The token's type, or the issuer of a visual number."
    )
    key = models.CharField(max_length=160, db_collation="C")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "key"], name="entitled_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"


class InboundTokenQuerySet(models.QuerySet["InboundToken"]):
    def valid(self) -> InboundTokenQuerySet:
        """Tokens that open a door now, by the database's clock."""
        return self.filter(revoked_at=None).filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=Now())
        )

    def told_valid(self) -> InboundTokenQuerySet:
        """All of them, each with ``is_valid``: whether it opens a door now."""
        valid = models.Q(revoked_at=None) & (
            models.Q(expires_at=None) | models.Q(expires_at__gt=Now())
        )
        return self.annotate(
            is_valid=models.ExpressionWrapper(valid, output_field=models.BooleanField())
        )


class InboundToken(models.Model):
    """A token a partner presents to us: kept as keyed hash only, shown by its first characters."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="inbound_tokens"
    )
    kind = models.CharField(max_length=12, choices=TokenKind)
    token_hash = models.BinaryField(max_length=32, unique=True)
    prefix = models.CharField(max_length=8)
    host = models.CharField(
        max_length=255, blank=True, help_text="The only host the registering platform may have."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InboundTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.kind})"


class Event(models.Model):
    """What happened, once and for all: the append-only stream behind every timeline.

    ``name`` is dotted (``connection.invited``); the actor's name is kept as text, so that it outlives
    the account.
    """

    at = models.DateTimeField(auto_now_add=True)
    name = models.CharField(max_length=60)
    actor = models.CharField(max_length=150, blank=True)
    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.SET_NULL, related_name="events"
    )
    subject = models.CharField(max_length=120, blank=True)
    message = models.CharField(max_length=400)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["connection", "-id"], name="event_by_connection"),
            models.Index(fields=["subject", "-id"], name="event_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("Events are never deleted.")
