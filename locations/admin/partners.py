"""Who is told about a location, how far that is, and why somebody is not."""

from __future__ import annotations

from typing import Any

from exchange.admin import told as telling
from locations.models import Location
from locations.visibility import VISIBILITY


def told(location: Location) -> list[dict[str, Any]]:
    """Every partner that is or was connected, with what it knows of the location and why."""
    return telling.told(
        telling.Subject(
            VISIBILITY, "location", location.pk, location.reference, location.received_from_id
        )
    )
