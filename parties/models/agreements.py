"""What one of our parties and one of theirs share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models

from parties.choices import PrivateLocations, Sharing
from parties.models.parties import Party

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


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
