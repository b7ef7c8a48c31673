"""Choices with the label staff read and the badge colour pages show, defined once."""

from django.db import models

from parties.choices import Role

RECEIVING_ROLES = frozenset({Role.EMSP.value, Role.NSP.value, Role.NAP.value, Role.HUB.value})
"""Roles of those who are told about locations."""


class Status(models.TextChoices):
    """OCPI 2.3.0, mod_locations, Status enum."""

    AVAILABLE = "AVAILABLE", "Available"
    BLOCKED = "BLOCKED", "Blocked"
    CHARGING = "CHARGING", "Charging"
    INOPERATIVE = "INOPERATIVE", "Inoperative"
    OUTOFORDER = "OUTOFORDER", "Out of order"
    PLANNED = "PLANNED", "Planned"
    REMOVED = "REMOVED", "Removed"
    RESERVED = "RESERVED", "Reserved"
    UNKNOWN = "UNKNOWN", "Unknown"


BADGES: dict[str, str] = {
    Status.AVAILABLE: "success",
    Status.CHARGING: "info",
    Status.RESERVED: "info",
    Status.BLOCKED: "warning",
    Status.PLANNED: "default",
    Status.UNKNOWN: "default",
    Status.INOPERATIVE: "danger",
    Status.OUTOFORDER: "danger",
    Status.REMOVED: "default",
}
