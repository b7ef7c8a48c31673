"""Where staff find a CDR."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse


def admin_url(reference: str) -> str | None:
    """The page of the CDR that the log names, ``NL*ABC/12345``."""
    try:
        return reverse("admin:cdrs_cdr_named", args=[reference])
    except NoReverseMatch:
        return None
