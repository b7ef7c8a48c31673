"""The options that ``invite`` and ``connect`` share: under which conditions a partner connects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ocpi.dialects import PRESETS
from ocpi.versions import SUPPORTED
from parties.choices import ConnectionKind, Environment


def add_arguments(add: Callable[..., Any]) -> None:
    add("--kind", choices=ConnectionKind.values, help="default: partner")
    add("--environment", choices=Environment.values, help="default: test")
    add(
        "--offer",
        dest="offered_versions",
        action="append",
        choices=SUPPORTED,
        help="an OCPI version the partner may speak (default: all of them); may be repeated",
    )
    add(
        "--require",
        dest="required_modules",
        action="append",
        metavar="MODULE",
        help="a module without which the partner cannot connect; may be repeated",
    )
    add(
        "--dialect",
        choices=[preset.name for preset in PRESETS],
        help="how the partner differs from OCPI: the dialect to begin with (default: as it is)",
    )
    add(
        "--token-encoding",
        choices=["version", "base64", "raw"],
        help="how tokens are spelled, if not as the OCPI version says",
    )


def values(options: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, as ``invite`` and ``prepare_registration`` take it."""
    return {name: options[name] for name in _NAMES}


_NAMES = (
    "kind",
    "environment",
    "offered_versions",
    "required_modules",
    "token_encoding",
    "dialect",
)
