"""Badges: an enum's label on the colour its ``BADGES`` names; never a colour without its word."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Choices
from django.utils.html import format_html
from django.utils.safestring import SafeString

VARIANTS = ("default", "info", "success", "warning", "danger")


def badge(
    value: object, choices: type[Choices], badges: Mapping[str, str], *, title: str = ""
) -> SafeString:
    """The badge of an enum's value; ``badges`` maps values to one of ``VARIANTS``."""
    labels = dict(choices.choices)
    label = str(labels.get(value, value) or "")
    return label_badge(label, badges.get(str(value), "default"), title=title)


def label_badge(label: str, variant: str = "default", *, title: str = "") -> SafeString:
    """A badge with a word of your own; ``variant`` is one of ``VARIANTS``."""
    if variant not in VARIANTS:
        raise ValueError(f"variant must be one of {', '.join(VARIANTS)}, not {variant!r}")
    if not label:
        return SafeString("")
    tooltip = format_html(' title="{}"', title) if title else ""
    return format_html('<span class="badge badge-{}"{}>{}</span>', variant, tooltip, label)
