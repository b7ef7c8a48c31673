"""What a tariff said before, and what each change changed, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ocpi.compare import differences
from ocpi.tariff_table import PriceRow, price_table
from parties.models import Connection
from tariffs import words
from tariffs.models import Tariff

DIFFERENCES_SHOWN = 20


class Change(NamedTuple):
    """One thing that changed, and what it was before and after; empty for what was not there."""

    what: str
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
    """What differs between two canonical documents: prices row by row, then everything else."""
    old, new = price_table(before), price_table(after)
    found = list(_prices(old.rows, new.rows))
    if not found and before.get("elements") != after.get("elements"):
        found.append(Change("Prices", "", "the same, in another order or written differently"))
    found += [
        Change(label, getattr(old, name), getattr(new, name))
        for label, name in _FACTS
        if getattr(old, name) != getattr(new, name)
    ]
    found += _texts(before, after)
    found += [
        Change(difference.path, _shown(difference.ours), _shown(difference.theirs))
        for difference in differences(before, after, "tariff")
        if difference.path.partition(".")[0] not in _IN_WORDS
    ]
    return found


_FACTS = (
    ("For", "applies_to"),
    ("Tax", "tax"),
    ("Currency", "currency"),
    ("A session costs at least", "minimum"),
    ("A session costs at most", "maximum"),
    ("Reserved on a payment card", "preauthorized"),
    ("Valid from", "valid_from"),
    ("Valid until", "valid_until"),
    ("Its owner's page about it", "alt_url"),
)
"""What the table of prices says around its rows, and what staff call it."""

_IN_WORDS = frozenset(
    [
        *("elements", "type", "tax_included", "currency", "min_price", "max_price"),
        *("preauthorize_amount", "start_date_time", "end_date_time", "tariff_alt_url"),
        "tariff_alt_text",
    ]
)


def _prices(before: Sequence[PriceRow], after: Sequence[PriceRow]) -> Iterator[Change]:
    """Rows that came, went, or cost something else; several of the same place are matched in their order."""
    waiting: dict[str, list[str]] = {}
    for row in before:
        waiting.setdefault(_place(row), []).append(_cost(row))
    for row in after:
        matches = waiting.get(_place(row))
        was = matches.pop(0) if matches else ""
        if was != _cost(row):
            yield Change(_place(row), was, _cost(row))
    for place, costs in waiting.items():
        for cost in costs:
            yield Change(place, cost, "")


def _place(row: PriceRow) -> str:
    return f"{row.what}, {', '.join(row.when) or 'always'}"


def _cost(row: PriceRow) -> str:
    return ", ".join(part for part in (row.price, row.tax, row.step) if part)


def _texts(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    old, new = dict(words.texts(before)), dict(words.texts(after))
    for language in sorted({*old, *new}):
        if old.get(language) != new.get(language):
            yield Change(f"Text ({language})", old.get(language, ""), new.get(language, ""))


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_shown(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(_shown(part) for part in value)
    return str(value)
