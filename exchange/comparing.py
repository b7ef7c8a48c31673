"""Whether what came in is newer than, or other than, what is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson

# One timestamp in the far future must not freeze an object for ever.
FUTURE_TOLERANCE = timedelta(minutes=5)


def is_stale(incoming: datetime, stored: datetime) -> bool:
    """Whether an older state is coming in than the one we hold; a stored future never counts."""
    return incoming < stored and stored <= datetime.now(UTC) + FUTURE_TOLERANCE


def is_deleted_since(deleted_at: datetime | None, asked_at: datetime | None) -> bool:
    """Whether what is stored was deleted after a list was asked for that still names it; a push asked for none."""
    return deleted_at is not None and asked_at is not None and deleted_at >= asked_at


def same_document(one: str, other: str) -> bool:
    """Whether two JSON texts say the same, whatever the order of their members."""
    return one == other or orjson.loads(one) == orjson.loads(other)
