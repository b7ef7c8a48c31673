"""What booking needs to know of CDRs, and what is booked of them already: two statements for any number of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from django.db import connection as database

from settlement import months
from settlement.amounts import Rate, rates_of
from settlement.choices import NO_CURRENCY, EntryKind, TaxTreatment


class Series(NamedTuple):
    """What statements follow each other: the primary keys of both parties, the direction and the currency."""

    ours: int
    partner: int
    direction: str
    currency: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A CDR that can be settled: where it belongs and what it adds."""

    cdr_id: int
    series: Series
    month: date
    zone: str
    ended_at: datetime
    energy: Decimal
    is_credit: bool
    country: str
    content_sha256: bytes
    sold: Decimal | None
    margin: Decimal | None
    is_settleable: bool
    rates: tuple[Rate, ...]

    @property
    def kind(self) -> EntryKind:
        return EntryKind.CREDIT if self.is_credit else EntryKind.CHARGE


class Booked(NamedTuple):
    """An entry that is there, with the statement it is on."""

    pk: int
    cdr_id: int
    statement: int
    state: str
    month: date
    kind: str
    late: bool
    energy: Decimal
    sold: Decimal | None
    margin: Decimal | None
    rates: tuple[Rate, ...]


_FACTS = """
    SELECT r.cdr_id, r.ours_id, r.partner_id, r.direction, r.currency, r.ended_at, r.received_at,
        r.state IN ('clean', 'accepted'), c.credit, c.total_cost, c.energy, c.content_sha256,
        d.total_cost::text,
        CASE WHEN coalesce((d.total_cost->'taxes')::text, '') NOT LIKE '%%"percentage"%%'
            THEN d.tariffs::text END,
        coalesce(d.cdr_location->>'country', ''),
        coalesce(t.time_zone, 'UTC'), coalesce(t.tax, 'as_stated'), r.sold, r.margin
    FROM review_cdrreview r
    JOIN cdrs_cdr c ON c.id = r.cdr_id
    -- Read once, not once for each of its parts.
    CROSS JOIN LATERAL json_to_record(c.document) AS d(total_cost json, tariffs json, cdr_location json)
    LEFT JOIN settlement_settlementterms t ON t.ours_id = r.ours_id AND t.partner_id = r.partner_id
    WHERE r.cdr_id = ANY(%s) AND r.direction IN ('receivable', 'payable')
        AND r.ours_id IS NOT NULL AND r.partner_id IS NOT NULL
    ORDER BY r.cdr_id
"""
_BOOKED = """
    SELECT e.id, e.cdr_id, e.statement_id, s.state, s.month, e.kind, e.late, e.energy, e.sold,
        e.margin, e.rates::text
    FROM unnest(%s::bigint[]) AS i(cdr_id)
    CROSS JOIN LATERAL (SELECT * FROM settlement_entry WHERE cdr_id = i.cdr_id OFFSET 0) e
    JOIN settlement_statement s ON s.id = e.statement_id
    ORDER BY e.id
"""
"""A look by index for each, whatever the planner knows of a table that a month's first checks have just filled."""


def facts(cdrs: Collection[int]) -> dict[int, Fact]:
    """Of those of these CDRs (primary keys) that are settled with a partner; the others are left out."""
    with database.cursor() as cursor:
        cursor.execute(_FACTS, [list(cdrs)])
        return {row[0]: _fact(row) for row in cursor.fetchall()}


def booked(cdrs: Collection[int]) -> dict[int, list[Booked]]:
    """The entries of these CDRs (primary keys), each in the order in which they were made."""
    found: dict[int, list[Booked]] = {}
    with database.cursor() as cursor:
        cursor.execute(_BOOKED, [list(cdrs)])
        for row in cursor.fetchall():
            entry = Booked._make((*row[:-1], tuple(map(Rate.from_json, orjson.loads(row[-1])))))
            found.setdefault(entry.cdr_id, []).append(entry)
    return found


def _fact(row: tuple[Any, ...]) -> Fact:
    (pk, ours, partner, direction, currency, ended_at, received_at, is_settleable, is_credit) = row[
        :9
    ]
    (total, energy, content, cost, tariffs, country, zone, treatment, sold, margin) = row[9:]
    embedded = _parsed(tariffs)
    return Fact(
        cdr_id=pk,
        series=Series(ours, partner, direction, currency or NO_CURRENCY),
        month=months.settled_in(ended_at, received_at, months.zone_of(zone)),
        zone=zone,
        ended_at=ended_at,
        energy=energy,
        is_credit=is_credit,
        country=country[:3],
        content_sha256=bytes(content),
        sold=sold,
        margin=margin,
        is_settleable=is_settleable,
        rates=tuple(
            rates_of(
                total,
                _mapping(_parsed(cost)),
                embedded if isinstance(embedded, list) else [],
                TaxTreatment(treatment),
            )
        ),
    )


def _parsed(document: str | None) -> Any:
    return orjson.loads(document) if document else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
