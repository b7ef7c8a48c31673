"""Choices with the label staff read, defined once."""

from django.db import models

from parties.choices import Role


class Whitelist(models.TextChoices):
    """OCPI 2.3.0, mod_tokens, WhitelistType."""

    ALWAYS = "ALWAYS", "Always: allow without asking"
    ALLOWED = "ALLOWED", "Allowed: may be allowed without asking"
    ALLOWED_OFFLINE = "ALLOWED_OFFLINE", "Allowed offline: ask, allow when nobody answers"
    NEVER = "NEVER", "Never: always ask"


class TokenType(models.TextChoices):
    """OCPI 2.3.0, mod_tokens, TokenType; an OpenEnum, so that others occur."""

    RFID = "RFID", "RFID card"
    APP_USER = "APP_USER", "App user"
    AD_HOC_USER = "AD_HOC_USER", "Ad hoc user"
    EMAID = "EMAID", "EMAID (Plug & Charge)"
    OTHER = "OTHER", "Other"


STARTED_FROM_AN_APP = frozenset({TokenType.APP_USER.value, TokenType.AD_HOC_USER.value})
"""Tokens that come with commands: to be pushed as never white-listed (OCPI 2.3.0, mod_tokens, TokenType)."""

RECEIVING_ROLES = frozenset({Role.CPO.value})
"""Whose systems take tokens."""
