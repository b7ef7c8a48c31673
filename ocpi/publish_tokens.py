"""Keys under which tokens are compared when a private location is open to some of them.

OCPI 2.2.1, mod_locations, PublishTokenType: all fields that are set must match a token; ``uid`` goes with its
``type``, ``visual_number`` with its ``issuer``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_FIELDS = (("uid", "type"), ("visual_number", "issuer"), ("group_id", ""))
_CASELESS = frozenset({"uid", "group_id"})


def token_key(kind: str, value: str, qualifier: str = "") -> str:
    """The key of one identity of a token: ``kind`` is ``uid``, ``visual_number`` or ``group_id``."""
    folded = value.upper() if kind in _CASELESS and value.isascii() else value
    return f"{kind}|{folded}|{qualifier}"


def entry_keys(entry: Mapping[str, Any]) -> list[str]:
    """The keys a token must have, all of them, to match an entry of ``publish_allowed_to``."""
    return [
        token_key(kind, str(entry[kind]), str(entry.get(other) or "") if other else "")
        for kind, other in _FIELDS
        if entry.get(kind)
    ]


def publish_keys(location: Mapping[str, Any]) -> list[list[str]]:
    """The keys of each entry of a Location's ``publish_allowed_to``; entries that identify nothing left out."""
    entries: Iterable[Any] = location.get("publish_allowed_to") or ()
    found = [entry_keys(entry) for entry in entries if isinstance(entry, Mapping)]
    return [keys for keys in found if keys]
