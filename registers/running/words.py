"""Sentences about codes, for the public history and for messages."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from registers.choices import CodeRole

_ROLES = {CodeRole.CPO: "operator", CodeRole.EMSP: "provider"}


def roles(held: Collection[str]) -> str:
    """``operator and provider``."""
    return " and ".join(_ROLES[role] for role in CodeRole if role in held)


def listing(codes: Sequence[str]) -> str:
    """``AB1, AB2 or AB3``."""
    if len(codes) < 2:
        return "".join(codes)
    return f"{', '.join(codes[:-1])} or {codes[-1]}"
