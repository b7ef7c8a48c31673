"""Keeping what CDRs were checked without: one statement for a batch."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection as database

from exchange.bulk import transposed
from review.checking.outcome import Outcome


def keep(outcomes: Sequence[Outcome]) -> None:
    """Replace what these CDRs wait for by what their findings say now. Call it in the transaction of the check."""
    rows = sorted(
        {
            (outcome.cdr.id, one.kind.value, one.owner_id, one.key)
            for outcome in outcomes
            for finding in outcome.findings
            for one in finding.awaits
        }
    )
    with database.cursor() as cursor:
        cursor.execute(
            _REPLACE,
            [
                *(transposed(rows) if rows else ([], [], [], [])),
                [outcome.cdr.id for outcome in outcomes],
            ],
        )


# What is still awaited stays as it is, so that it is looked for once only; see review.arrived.
_REPLACE = """
    WITH now_awaited AS (
        SELECT * FROM unnest(%s::bigint[], %s::varchar[], %s::bigint[], %s::varchar[])
            AS n(cdr_id, kind, owner_id, key)
    ), gone AS (
        DELETE FROM review_awaited a WHERE a.cdr_id = ANY(%s) AND NOT EXISTS (
            SELECT 1 FROM now_awaited n WHERE n.cdr_id = a.cdr_id AND n.kind = a.kind
                AND n.owner_id = a.owner_id AND n.key = a.key)
    )
    INSERT INTO review_awaited (cdr_id, kind, owner_id, key)
    SELECT cdr_id, kind, owner_id, key FROM now_awaited
    ON CONFLICT (cdr_id, kind, owner_id, key) DO NOTHING
"""
