"""Parties: companies in a role, ours and theirs."""

from __future__ import annotations

from django.db import models

from ocpi.ids import PartyId
from parties.choices import AuthorizationRule, CommandRule, Role


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
    command_rule = models.CharField(
        "commands without a back office",
        max_length=13,
        choices=CommandRule,
        default=CommandRule.NOT_SUPPORTED,
        help_text="How commands and charging profiles are answered while no back office runs this party.",
    )
    authorization_rule = models.CharField(
        "authorizations",
        max_length=11,
        choices=AuthorizationRule,
        default=AuthorizationRule.WHITELIST,
        help_text="Who decides whether a token of this eMSP may charge.",
    )
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
