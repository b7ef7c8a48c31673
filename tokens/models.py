"""Tokens: what drivers identify themselves with."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from exchange.fields import DocumentField
from exchange.places import typed
from parties.models import Connection, Party
from tokens.authorization.models import Authorization, UnknownCard
from tokens.choices import Whitelist

__all__ = ["Authorization", "Token", "UnknownCard"]


class Token(models.Model):
    """An OCPI Token: columns for what is asked, ``document`` for what its owner, an eMSP, says.

    ``document`` is canonical (OCPI 2.3.0) JSON without ``last_updated``, which is a column and laid over it on
    the way out. Unique per owner are uid and type together: ``token_key`` is ``RFID:012345678``, the type and
    the uid's CiString key; ``uid_key``, ``contract_key`` and ``group_key`` are CiString keys for looking up.
    ``version`` counts the changes under the row's lock; deliveries refer to it. Tokens are never deleted.
    """

    owner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="tokens")
    uid = models.CharField("UID", max_length=255)
    uid_key = models.CharField(max_length=255, db_collation="C")
    type = models.CharField(max_length=255)
    token_key = models.CharField(max_length=511, db_collation="C")
    contract_id = models.CharField("contract ID", max_length=255, blank=True)
    contract_key = models.CharField(max_length=255, blank=True, db_collation="C")
    visual_number = models.CharField(max_length=64, blank=True)
    issuer = models.CharField(max_length=64, blank=True)
    group_id = models.CharField("group ID", max_length=255, blank=True)
    group_key = models.CharField(max_length=255, blank=True, db_collation="C")
    valid = models.BooleanField(default=True)
    whitelist = models.CharField(max_length=15, choices=Whitelist)
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
    vanished_at = models.DateTimeField(
        null=True, blank=True, help_text="When its owner's complete list no longer held it."
    )
    received_from = models.ForeignKey(
        Connection,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="received_tokens",
        help_text="The connection that told us last; empty for an import or an edit of ours.",
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "token_key"], name="token_identity"),
        ]
        indexes = [
            models.Index(fields=["-last_updated", "-id"], name="token_last_updated"),
            # Counting and paging what is visible reads this and nothing else.
            models.Index(
                fields=["id"],
                include=["owner", "refused_in"],
                name="token_visible",
                condition=Q(vanished_at=None),
            ),
            models.Index(fields=["owner", "-last_updated", "-id"], name="token_of_owner"),
            # A card at a charge point: everything that the authorization needs to find it.
            models.Index(fields=["uid_key", "type"], name="token_by_uid"),
            models.Index(fields=["contract_key"], name="token_by_contract"),
            # By its beginning, as people read it from a card.
            models.Index(
                fields=["visual_number"],
                name="token_by_visual_number",
                opclasses=["varchar_pattern_ops"],
            ),
            models.Index(fields=["group_key"], name="token_by_group", condition=~Q(group_key="")),
        ]

    def __str__(self) -> str:
        return self.uid

    @property
    def reference(self) -> str:
        """How staff and the log name it: ``NL*MSP/0123``, or ``NL*MSP/0123?type=APP_USER`` if it is no card."""
        return f"{self.owner.identity}/{self.uid}{typed(self.type)}"
