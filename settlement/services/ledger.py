"""Adding entries and taking them off, with the tallies, which always say what the entries come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import orjson
from django.db import connection as database

from exchange import bulk
from settlement import digests
from settlement.amounts import Rate
from settlement.choices import EntryKind

_COLUMNS = (
    "id, statement_id, cdr_id, kind, ended_at, energy, before_tax, tax, rates, late, country,"
    " reason, sold, margin"
)
_TALLY = """
    INSERT INTO settlement_tally AS t (
        statement_id, kind, late, rate, cdrs, energy, before_tax, tax, tax_unknown, digest,
        sold, margin
    )
    SELECT * FROM unnest(%s::bigint[], %s::varchar[], %s::bool[], %s::varchar[], %s::bigint[],
        %s::numeric[], %s::numeric[], %s::numeric[], %s::bigint[], %s::numeric[],
        %s::numeric[], %s::numeric[])
    ORDER BY 1, 2, 3, 4
    ON CONFLICT (statement_id, kind, late, rate) DO UPDATE SET
        cdrs = t.cdrs + EXCLUDED.cdrs, energy = t.energy + EXCLUDED.energy,
        before_tax = t.before_tax + EXCLUDED.before_tax, tax = t.tax + EXCLUDED.tax,
        tax_unknown = t.tax_unknown + EXCLUDED.tax_unknown, digest = t.digest + EXCLUDED.digest,
        sold = t.sold + EXCLUDED.sold, margin = t.margin + EXCLUDED.margin
"""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry to be; ``energy`` and ``rates`` carry the sign of what it does. An adjustment has no CDR."""

    statement: int
    cdr_id: int | None
    kind: str
    late: bool
    ended_at: datetime
    energy: Decimal
    rates: tuple[Rate, ...]
    country: str
    content_sha256: bytes
    sold: Decimal | None = None
    margin: Decimal | None = None
    reason: str = ""


class Removal(NamedTuple):
    """An entry to take off an open statement, as it is there."""

    pk: int
    statement: int
    kind: str
    late: bool
    energy: Decimal
    rates: tuple[Rate, ...]
    content_sha256: bytes
    sold: Decimal | None
    margin: Decimal | None


class _Sum:
    def __init__(self) -> None:
        self.cdrs = self.unknown = self.digest = 0
        self.energy = self.before = self.tax = self.sold = self.margin = Decimal(0)

    def is_nothing(self) -> bool:
        return not (
            self.cdrs
            or self.unknown
            or self.digest
            or self.energy
            or self.before
            or self.tax
            or self.sold
            or self.margin
        )


def write(lines: Sequence[Line], removals: Sequence[Removal]) -> list[int]:
    """Take entries off, add others, and keep the tallies; the caller has locked the statements, which are open.

    Returns the primary keys of what was added.
    """
    keys: list[int] = []
    if removals:
        with database.cursor() as cursor:
            cursor.execute(
                "DELETE FROM settlement_entry WHERE id = ANY(%s)", [[row.pk for row in removals]]
            )
    if lines:
        keys = bulk.next_ids("settlement_entry", len(lines))
        bulk.copy_rows("settlement_entry", _COLUMNS, map(_row, keys, lines))
    _tally(lines, removals)
    return keys


def _row(pk: int, line: Line) -> tuple[object, ...]:
    return (
        pk,
        line.statement,
        line.cdr_id,
        line.kind,
        line.ended_at,
        line.energy,
        sum((rate.before_tax for rate in line.rates), Decimal(0)),
        sum((rate.tax or Decimal(0) for rate in line.rates), Decimal(0)),
        orjson.dumps([rate.as_json() for rate in line.rates]).decode(),
        line.late,
        line.country,
        line.reason,
        line.sold,
        line.margin,
    )


def _tally(lines: Iterable[Line], removals: Iterable[Removal]) -> None:
    sums: dict[tuple[int, str, bool, str], _Sum] = defaultdict(_Sum)
    for line in lines:
        _add(sums, line, 1)
    for removal in removals:
        _add(sums, removal, -1)
    rows = [
        (*key, s.cdrs, s.energy, s.before, s.tax, s.unknown, s.digest, s.sold, s.margin)
        for key, s in sorted(sums.items())
        if not s.is_nothing()
    ]
    if rows:
        with database.cursor() as cursor:
            cursor.execute(_TALLY, bulk.transposed(rows))


def _add(sums: dict[tuple[int, str, bool, str], _Sum], line: Line | Removal, sign: int) -> None:
    for index, rate in enumerate(line.rates):
        total = sums[line.statement, str(line.kind), line.late, rate.label]
        if index == 0:
            total.cdrs += sign * (str(line.kind) != EntryKind.ADJUSTMENT)
            total.energy += sign * line.energy
            total.sold += sign * (line.sold or Decimal(0))
            total.margin += sign * (line.margin or Decimal(0))
        total.before += sign * rate.before_tax
        total.tax += sign * (rate.tax or Decimal(0))
        total.unknown += sign * (rate.tax is None)
        total.digest += sign * digests.number(line.content_sha256, str(line.kind), rate)
