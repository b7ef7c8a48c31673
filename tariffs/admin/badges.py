"""A tariff's standing, as lists and pages show them."""

from __future__ import annotations

from django.utils import timezone

from staff import badges
from tariffs.models import Tariff


def standing_badge(tariff: Tariff) -> str:
    """Whether its owner still has it, and whether it is valid now."""
    now = timezone.now()
    if tariff.deleted_at is not None:
        return badges.label_badge("Deleted", "danger", title="Its owner deleted it.")
    if tariff.vanished_at is not None:
        return badges.label_badge(
            "Vanished", "danger", title="Its owner's complete list no longer held it."
        )
    if tariff.valid_until is not None and tariff.valid_until <= now:
        return badges.label_badge("Over", "warning", title="Its validity has ended.")
    if tariff.valid_from is not None and tariff.valid_from > now:
        return badges.label_badge("Later", "info", title="It is not valid yet.")
    return badges.label_badge("Valid", "success")
