"""Where staff find a location."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse


def admin_url(reference: str) -> str | None:
    """The page of the location that the log names, ``NL*ABC/LOC1``."""
    try:
        return reverse("admin:locations_location_named", args=[reference])
    except NoReverseMatch:
        return None
