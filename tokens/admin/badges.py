"""A token's standing, as lists and pages show it."""

from __future__ import annotations

from staff import badges
from tokens.choices import Whitelist
from tokens.models import Token

_WHITELIST = {
    Whitelist.ALWAYS.value: ("Always allowed", "The CPO lets it charge without asking."),
    Whitelist.ALLOWED.value: (
        "May be allowed",
        "The CPO may let it charge without asking, or ask.",
    ),
    Whitelist.ALLOWED_OFFLINE.value: (
        "Asked; offline allowed",
        "The CPO asks; when nobody answers, it lets it charge.",
    ),
    Whitelist.NEVER.value: ("Always asked", "The CPO has to ask each time."),
}


def standing_badge(token: Token) -> str:
    """Whether it is valid, and whether its owner still has it."""
    if token.vanished_at is not None:
        title = "Its owner's complete list no longer held it, so that it counts as not valid."
        return badges.label_badge("Vanished", "danger", title=title)
    if token.valid:
        return badges.label_badge("Valid", "success")
    return badges.label_badge("Not valid", "danger", title="Its owner says that it is not valid.")


def whitelist_badge(token: Token) -> str:
    """Whether a CPO has to ask."""
    label, title = _WHITELIST.get(token.whitelist, (token.whitelist, ""))
    return badges.label_badge(label, "default", title=title)
