"""Choices with the label staff read and the badge colour pages show, defined once."""

from django.db import models

from parties.choices import Role


class SessionStatus(models.TextChoices):
    """OCPI 2.3.0, mod_sessions, SessionStatus."""

    PENDING = "PENDING", "Pending"
    ACTIVE = "ACTIVE", "Charging"
    COMPLETED = "COMPLETED", "Completed"
    INVALID = "INVALID", "Invalid"
    RESERVATION = "RESERVATION", "Reserved"


class AuthMethod(models.TextChoices):
    """OCPI 2.3.0, mod_cdrs, AuthMethod."""

    AUTH_REQUEST = "AUTH_REQUEST", "Asked the eMSP"
    COMMAND = "COMMAND", "Started remotely"
    WHITELIST = "WHITELIST", "Whitelist"


LIVE = (SessionStatus.PENDING, SessionStatus.ACTIVE, SessionStatus.RESERVATION)
"""Sessions that are expected to change."""

ENDED = (SessionStatus.COMPLETED, SessionStatus.INVALID)

RECEIVING_ROLES = frozenset({Role.EMSP.value})
"""Whose systems take sessions."""

BADGES: dict[str, str] = {
    SessionStatus.PENDING: "warning",
    SessionStatus.ACTIVE: "success",
    SessionStatus.COMPLETED: "default",
    SessionStatus.INVALID: "danger",
    SessionStatus.RESERVATION: "info",
}
