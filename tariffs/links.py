"""Where staff find a tariff."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse


def admin_url(reference: str) -> str | None:
    """The page of the tariff that the log names, ``NL*ABC/T1``."""
    try:
        return reverse("admin:tariffs_tariff_named", args=[reference])
    except NoReverseMatch:
        return None
