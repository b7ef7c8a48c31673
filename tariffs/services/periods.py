"""Periods of terms: whether two overlap, and how the log says them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Period(Protocol):
    """From ``valid_from`` until ``valid_until``, exclusively; ``None`` is open."""

    @property
    def valid_from(self) -> datetime | None: ...
    @property
    def valid_until(self) -> datetime | None: ...


def overlaps(one: Period, other: Period) -> bool:
    """Whether both hold at some moment."""
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def span_words(begin: datetime | None, end: datetime | None) -> str:
    """``from 2026-01-01 00:00 UTC until 2027-01-01 00:00 UTC``; empty for always."""
    parts = [f"from {_utc(begin)}"] if begin else []
    parts += [f"until {_utc(end)}"] if end else []
    return " ".join(parts)


def _begins_before_end(one: Period, other: Period) -> bool:
    return one.valid_from is None or other.valid_until is None or one.valid_from < other.valid_until


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
