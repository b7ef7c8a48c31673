"""Every CDR gets a review with it, which waits for the checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection as database
from django.db import transaction

from review import waking

_REVIEW = """
    INSERT INTO review_cdrreview (
        cdr_id, direction, ours_id, partner_id, state, ended_at, received_at, currency, stated,
        stated_after, at_stake, rule_set, cause, reasons, findings, decided_by
    )
    SELECT o.id,
        CASE WHEN p.is_ours AND e.is_ours THEN 'internal'
             WHEN p.is_ours AND e.id IS NOT NULL THEN 'receivable'
             WHEN e.is_ours THEN 'payable' ELSE 'passed_on' END,
        CASE WHEN p.is_ours THEN p.id WHEN e.is_ours THEN e.id END,
        CASE WHEN NOT p.is_ours THEN p.id ELSE e.id END,
        'waiting', o.end_date_time, o.received_at, o.currency, o.total_cost,
        o.total_cost_after_tax, 0, '', '', '{}', '[]', ''
    FROM cdrs_cdr o
    JOIN parties_party p ON p.id = o.owner_id
    LEFT JOIN parties_party e ON e.id = o.emsp_id
"""
_ONCE = " ON CONFLICT (cdr_id) DO NOTHING"


def expect(ids: Sequence[int], **kwargs: Any) -> None:
    """A review for each of these CDRs, in their transaction; a worker checks them after the commit."""
    with database.cursor() as cursor:
        cursor.execute(f"{_REVIEW} WHERE o.id = ANY(%s) ORDER BY o.id{_ONCE}", [list(ids)])
    transaction.on_commit(waking.wake)


def expect_all(*, after: int = 0, most: int = 20_000) -> int | None:
    """Reviews for CDRs that were here before there were reviews: up to ``most`` of those after a primary key.

    Returns the last primary key looked at, for the next call; ``None`` when there are no more.
    """
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(
            "SELECT max(id) FROM (SELECT id FROM cdrs_cdr WHERE id > %s ORDER BY id LIMIT %s) AS s",
            [after, most],
        )
        last: int | None = cursor.fetchone()[0]
        if last is None:
            return None
        cursor.execute(
            f"{_REVIEW} WHERE o.id > %s AND o.id <= %s ORDER BY o.id{_ONCE}", [after, last]
        )
    waking.wake()
    return last
