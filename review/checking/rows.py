"""The reviews to check, with what their CDRs say: one statement for a batch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection as database

from review.checks import CDRFacts

_COLUMNS = """
    r.cdr_id, o.owner_id, o.emsp_id, r.ours_id, r.partner_id, r.direction, r.state, o.cdr_id, o.cdr_key,
    o.start_date_time, o.end_date_time, o.currency, o.total_cost, o.total_cost_after_tax, o.energy,
    o.duration, o.parking_time, o.session_key, o.token_key, o.contract_id, o.contract_key,
    o.location_key, o.evse_key, o.credit, o.credit_reference_key, o.is_reservation, o.received_at,
    o.forgotten_at IS NOT NULL, r.checked_at, o.document::text
"""
_FROM = "FROM review_cdrreview r JOIN cdrs_cdr o ON o.id = r.cdr_id"
# A few are taken first: joined before, they would be found by walking through all the CDRs that were checked.
_WAITING = """
    WITH taken AS MATERIALIZED (
        SELECT cdr_id FROM review_cdrreview WHERE state = 'waiting' ORDER BY cdr_id LIMIT %s
        FOR UPDATE SKIP LOCKED)
    SELECT cdr_id FROM taken
"""


class Row(NamedTuple):
    """A CDR to check: its columns, and its document as JSON text."""

    facts: CDRFacts
    text: str

    def document(self) -> dict[str, Any]:
        """The canonical CDR without ``last_updated``, numbers exactly as they were written."""
        # What lies in the database was read strictly before; this is the quick way to exact numbers.
        return json.loads(self.text, parse_float=Decimal)  # type: ignore[no-any-return]


def waiting(size: int) -> list[Row]:
    """Up to ``size`` that wait and that nobody else is checking, locked until the transaction ends."""
    return _rows(f"JOIN ({_WAITING}) w ON w.cdr_id = r.cdr_id ORDER BY r.cdr_id", [size])


def chosen(ids: Sequence[int], *, lock: bool = False) -> list[Row]:
    """These CDRs (primary keys), in the order of their keys."""
    locking = "FOR UPDATE OF r" if lock else ""
    return _rows(f"WHERE r.cdr_id = ANY(%s) ORDER BY r.cdr_id {locking}", [list(ids)])


def _rows(condition: str, parameters: list[Any]) -> list[Row]:
    with database.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} {_FROM} {condition}", parameters)
        return [Row(CDRFacts(*columns), text) for *columns, text in cursor.fetchall()]
