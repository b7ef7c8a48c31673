"""Tariffs, and what they said before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from exchange.fields import DocumentField
from parties.models import Connection, Party
from tariffs.choices import TariffType, TaxIncluded

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from tariffs.models.drafts import TariffDraft


class Tariff(models.Model):
    """An OCPI Tariff: columns for what is asked, ``document`` for what its owner says.

    ``document`` is canonical (OCPI 2.3.0) JSON without ``last_updated``, which is a column and laid over it
    on the way out. ``tariff_key`` is the id's CiString key. ``version`` counts the changes under the row's
    lock; deliveries refer to it. A deleted tariff stays with its document: what was charged by it must be
    explicable; ``since`` and ``deleted_at`` bound, in our time, for how long the document has been in force
    (see :class:`TariffVersion` for what came before). The order of ``id`` is the one lists are paged in.
    """

    owner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="tariffs")
    tariff_id = models.CharField("tariff ID", max_length=255)
    tariff_key = models.CharField(max_length=255, db_collation="C")
    currency = models.CharField(max_length=3, blank=True)
    type = models.CharField(
        max_length=20,
        blank=True,
        choices=TariffType,
        help_text="For which sessions it is; empty for all of them.",
    )
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    is_free = models.BooleanField("free of charge", default=False)
    has_elements = models.BooleanField("says a price", default=True)
    tax_included = models.CharField(max_length=3, choices=TaxIncluded, default=TaxIncluded.NO)
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
    turns_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When its validity begins or ends next, which changes in which versions it can be said.",
    )
    remark_codes = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="What the linter remarks about it, by code; see tariffs.pricing.lint.",
    )
    linted_by = models.PositiveSmallIntegerField(
        default=0, help_text="The edition of the linter that made the remarks; 0 is none yet."
    )
    version = models.BigIntegerField(default=1)
    since = models.DateTimeField(
        db_default=Now(), help_text="Since when this document has been in force here."
    )
    vanished_at = models.DateTimeField(
        null=True, blank=True, help_text="When its owner's complete list no longer held it."
    )
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="When its owner deleted it.")
    received_from = models.ForeignKey(
        Connection,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="received_tariffs",
        help_text="The connection that told us last; empty for an import or an edit of ours.",
    )
    created_at = models.DateTimeField(db_default=Now())

    if TYPE_CHECKING:
        drafts: RelatedManager[TariffDraft]
        versions: RelatedManager[TariffVersion]

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "tariff_key"], name="tariff_identity"),
        ]
        indexes = [
            models.Index(fields=["-last_updated", "-id"], name="tariff_last_updated"),
            # Counting and paging what is visible reads this and nothing else.
            models.Index(
                fields=["id"],
                include=["owner", "refused_in"],
                name="tariff_visible",
                condition=Q(deleted_at=None, vanished_at=None),
            ),
            models.Index(fields=["owner", "-last_updated", "-id"], name="tariff_of_owner"),
            models.Index(fields=["tariff_key"], name="tariff_by_key"),
            GinIndex(fields=["remark_codes"], name="tariff_remarks", fastupdate=False),
            models.Index(fields=["linted_by"], name="tariff_linted_by"),
            models.Index(
                fields=["turns_at"], name="tariff_turning", condition=Q(turns_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.tariff_id

    @property
    def reference(self) -> str:
        """How staff and the log name it: ``NL*ABC/T1``."""
        return f"{self.owner.identity}/{self.tariff_id}"

    @property
    def is_in_force(self) -> bool:
        """Whether its owner still has it: neither deleted nor gone from the owner's list."""
        return self.deleted_at is None and self.vanished_at is None


class TariffVersion(models.Model):
    """What a tariff said before: the former document, and from when until when it was in force here.

    ``since`` and ``replaced_at`` are our time, ``last_updated`` is what its owner said. Where a tariff was
    deleted and came back there is a gap: no version is in force in between.
    """

    tariff = models.ForeignKey(
        Tariff, on_delete=models.CASCADE, related_name="versions", db_index=False
    )
    document = DocumentField()
    last_updated = models.DateTimeField()
    since = models.DateTimeField()
    replaced_at = models.DateTimeField()
    received_from = models.ForeignKey(
        Connection,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )

    class Meta:
        ordering = ["-replaced_at", "-id"]
        indexes = [models.Index(fields=["tariff", "-replaced_at"], name="tariff_history")]

    def __str__(self) -> str:
        return f"{self.tariff_id} until {self.replaced_at:%Y-%m-%d %H:%M}"
