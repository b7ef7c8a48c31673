"""Issued codes, everything that ever happened to each, and who keeps whom from a code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from ocpi.ids import PartyId
from registers.choices import CodeRole
from registers.models.observed import Register
from registers.running.choices import HELD_STATES, CodeEventKind, CodeState
from registers.running.models.organisations import Organisation

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class IssuedCode(models.Model):
    """A code that was issued: its holder, roles and state now. Only ``services.codes`` and ``services.taking_over``
    write it, with an event.

    ``valid_until`` is empty for a code without an end. A code that became free and was issued again is another row.
    ``reminded_days``: of which reminder, in days before the end, its holder was told last in this term.
    """

    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="issued")
    country_code = models.CharField(max_length=2, db_collation="C")
    party_id = models.CharField("code", max_length=3, db_collation="C")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="codes")
    roles = ArrayField(models.CharField(max_length=4, choices=CodeRole))
    state = models.CharField(max_length=9, choices=CodeState, default=CodeState.ACTIVE)
    issued_at = models.DateTimeField("issued")
    valid_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField("ended", null=True, blank=True)
    reminded_days = models.PositiveSmallIntegerField(null=True, blank=True)

    if TYPE_CHECKING:
        events: RelatedManager[CodeEvent]
        claims: RelatedManager[CodeClaim]

    class Meta:
        verbose_name = "issued code"
        ordering = ["country_code", "party_id", "-id"]
        indexes = [
            models.Index(fields=["country_code", "party_id", "-id"], name="issued_by_code"),
            models.Index(
                fields=["valid_until"], name="issued_ending", condition=Q(state__in=HELD_STATES)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country_code}*{self.party_id}"

    @property
    def party(self) -> PartyId:
        return PartyId(self.country_code, self.party_id)

    @property
    def reference(self) -> str:
        """How the stream of events names it."""
        return f"code:{self.pk}"


class CodeEvent(models.Model):
    """What happened to a code. The database refuses to change or delete a row.

    ``said`` is the sentence of the public history, empty for what is not public; ``reason`` is for staff.
    """

    code = models.ForeignKey(
        IssuedCode, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    kind = models.CharField(max_length=20, choices=CodeEventKind)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    reason = models.CharField(max_length=500, blank=True)
    said = models.CharField("public", max_length=500, blank=True)

    class Meta:
        verbose_name = "event of a code"
        verbose_name_plural = "events of codes"
        ordering = ["id"]
        indexes = [models.Index(fields=["code", "id"], name="events_of_code")]

    def __str__(self) -> str:
        return f"{self.code}: {self.get_kind_display()}"


class CodeClaim(models.Model):
    """Who keeps others from a code in a role: an application that runs, or an issued code, until ``free_from``.

    The database knows each code and role once: of any number of applications at the same time one gets it.
    """

    country_code = models.CharField(max_length=2, db_collation="C")
    party_id = models.CharField(max_length=3, db_collation="C")
    role = models.CharField(max_length=4, choices=CodeRole)
    application = models.ForeignKey(
        "registers.Application", null=True, on_delete=models.CASCADE, related_name="claims"
    )
    code = models.ForeignKey(IssuedCode, null=True, on_delete=models.CASCADE, related_name="claims")
    free_from = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "claim of a code"
        verbose_name_plural = "claims of codes"
        constraints = [
            models.UniqueConstraint(fields=["country_code", "party_id", "role"], name="claim_once"),
            models.CheckConstraint(
                condition=Q(application=None, code__isnull=False)
                | Q(application__isnull=False, code=None),
                name="claim_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country_code}*{self.party_id} {self.role}"
