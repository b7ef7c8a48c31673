"""What a tariff said before, and what each change changed, for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ocpi.compare import differences
from parties.models import Connection
from tariffs import words
from tariffs.models import Tariff

DIFFERENCES_SHOWN = 20


class Change(NamedTuple):
    """One field that changed: its dotted path, and what it said before and after."""

    path: str
    before: str
    after: str


class Said(NamedTuple):
    """One version: when it was in force here, what it cost, and what changed when it ended.

    ``until`` is empty for what is said now. ``is_gap`` says that the tariff was deleted before the next
    version, ``more`` how many changes are not shown.
    """

    since: datetime
    until: datetime | None
    last_updated: datetime
    source: Connection | None
    price: str
    document: dict[str, Any]
    changes: Sequence[Change]
    more: int
    is_gap: bool


def changes(tariff: Tariff, limit: int) -> list[Said]:
    """The former versions of a tariff, newest first."""
    rows = list(tariff.versions.select_related("received_from")[:limit])
    found, following, following_since = [], tariff.document, tariff.since
    for row in rows:
        all_changes = compared(row.document, following)
        found.append(
            Said(
                since=row.since,
                until=row.replaced_at,
                last_updated=row.last_updated,
                source=row.received_from,
                price=words.price_line(row.document),
                document=row.document,
                changes=all_changes[:DIFFERENCES_SHOWN],
                more=max(0, len(all_changes) - DIFFERENCES_SHOWN),
                is_gap=row.replaced_at < following_since,
            )
        )
        following, following_since = row.document, row.since
    return found


def compared(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """What differs between two canonical documents, as values for people."""
    return [
        Change(difference.path, _shown(difference.ours), _shown(difference.theirs))
        for difference in differences(before, after, "tariff")
    ]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_shown(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(_shown(part) for part in value)
    return str(value)
