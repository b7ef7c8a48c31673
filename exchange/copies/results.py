"""The rows of a comparison: what is kept, what is said of them, and sending again what differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from django.db import transaction

from exchange.announce import again
from exchange.choices import Found
from exchange.copies.one import Outcome
from exchange.models import Comparison, ComparisonDifference
from exchange.objects import Named
from parties import events
from parties.models import Connection

KEPT = 3
SHOWN_CHARACTERS = 2000


def rows_of(comparison: Comparison, target: Named, outcome: Outcome) -> list[ComparisonDifference]:
    """What is kept of one object: a row per difference, none where both are equal."""
    if not outcome.found:
        return []
    common = {
        "comparison": comparison,
        "object_id": target.id,
        "object_reference": target.reference[:300],
        "found": outcome.found,
    }
    if not outcome.differences:
        return [ComparisonDifference(**common, words=outcome.words[:400])]
    return [
        ComparisonDifference(
            **common,
            path=one.path[:300],
            ours=shown(one.ours),
            theirs=shown(one.theirs),
            words=one.words[:400],
        )
        for one in outcome.differences
    ]


def shown(value: Any) -> str:
    """A value of a document as text."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return text.replace("\x00", "\ufffd")[:SHOWN_CHARACTERS]


def summary(comparison: Comparison) -> str:
    """The outcome in a sentence."""
    parts = [f"{comparison.equal:,} of {comparison.compared:,} are equal"]
    for name, words in (
        ("different", "differ"),
        ("missing", "are missing there"),
        ("foreign", "are another object there"),
        ("unreadable", "cannot be read"),
    ):
        number = getattr(comparison, name)
        if number:
            parts.append(f"{number:,} {words}")
    return ", ".join(parts) + "."


def forget_old(connection: Connection, module: str) -> None:
    """Keep the latest comparisons of a connection and module, and no more."""
    kept = Comparison.objects.filter(connection=connection, module=module).order_by("-id")[:KEPT]
    Comparison.objects.filter(connection=connection, module=module).exclude(
        pk__in=list(kept.values_list("pk", flat=True))
    ).delete()


def push_again(
    connection: Connection, module: str, object_ids: Sequence[int], *, actor: events.Actor
) -> int:
    """Send the current state of these objects again, whole; returns how many the partner may see."""
    with transaction.atomic():
        count = again(module, object_ids, connection)
        events.record(
            "deliveries.replayed",
            f"{count} {module} are sent again after a comparison.",
            connection=connection,
            actor=actor,
        )
    return count


def differing(comparison: Comparison) -> list[int]:
    """The objects of a comparison that are not as they should be there."""
    rows = comparison.differences.exclude(found=Found.UNREADABLE)
    return sorted(set(rows.values_list("object_id", flat=True)))
