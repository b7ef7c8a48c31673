"""Where staff find a token."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse


def admin_url(reference: str) -> str | None:
    """The page of the token that the log names, ``NL*MSP/0123`` or ``NL*MSP/0123?type=APP_USER``."""
    try:
        return reverse("admin:tokens_token_named", args=[reference])
    except NoReverseMatch:
        return None
