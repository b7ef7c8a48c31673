"""Where staff find a session."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse


def admin_url(reference: str) -> str | None:
    """The page of the session that the log names, ``NL*ABC/S1``."""
    try:
        return reverse("admin:charging_session_named", args=[reference])
    except NoReverseMatch:
        return None
