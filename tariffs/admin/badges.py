"""A tariff's owner and standing, as lists and pages show them."""

from __future__ import annotations

from django.utils import timezone
from django.utils.html import format_html

from staff import badges
from tariffs.models import Tariff


def owner_words(tariff: Tariff) -> str:
    """The owner's identity, with a badge where it is hosted here."""
    mark = badges.label_badge("Ours", "info") if tariff.owner.is_ours else ""
    name = tariff.owner.name
    return format_html(
        '<span title="{}">{}</span> {}', name or tariff.owner, tariff.owner.identity, mark
    )


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
