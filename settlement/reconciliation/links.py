"""Where staff find a record."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse


def admin_url(reference: str) -> str | None:
    """The page of the record that the log names, ``NL*ABC/1b4b3a3c``."""
    try:
        return reverse("admin:settlement_invoicerecord_named", args=[reference])
    except NoReverseMatch:
        return None
