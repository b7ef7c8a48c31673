"""The tokens partners present to us."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from parties.choices import TokenKind
from parties.models.connections import Connection


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
