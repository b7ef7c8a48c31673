"""Where staff find a command."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse


def admin_url(reference: str) -> str | None:
    """The page of the command that the log names, ``NL*ABC/17``; ``None`` for what is no command."""
    number = reference.rpartition("/")[2]
    if not number.isdigit():
        return None
    try:
        return reverse("admin:charging_command_change", args=[number])
    except NoReverseMatch:
        return None
