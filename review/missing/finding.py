"""Finding sessions without their CDR: with one statement, however many there are."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection as database
from django.db import transaction

from review.missing.deadlines import Deadlines
from review.missing.estimating import estimate

LATELY = timedelta(days=3)
"""How far behind the deadlines the clock looks; once a day it looks back as far as :data:`LONG_AGO`."""
LONG_AGO = timedelta(days=90)
BATCH = 500


def find(look_back: timedelta = LATELY) -> int:
    """Keep every session that ended, whose deadline passed in the time looked back on, and that no CDR names.

    Sessions of drivers of ours, and of CPOs of ours. What was found before is left as it is. Returns how many are
    new; each gets an estimate of what it costs.
    """
    found = 0
    while True:
        with transaction.atomic():
            ids = _insert(look_back)
            estimate(ids)
        found += len(ids)
        if len(ids) < BATCH:
            return found


def _insert(look_back: timedelta) -> list[int]:
    deadlines = Deadlines()
    hours = deadlines.hours([None, *deadlines.exceptions()])
    usual = hours.pop(None)
    longest = max((one for one in [usual, *hours.values()] if one is not None), default=None)
    if longest is None:
        return []
    with database.cursor() as cursor:
        cursor.execute(
            _FIND,
            {
                "partners": list(hours),
                "hours": list(hours.values()),
                "usual": usual,
                "looked_back": (look_back + timedelta(hours=float(longest))).total_seconds(),
                "limit": BATCH,
            },
        )
        return [row[0] for row in cursor.fetchall()]


# What was heard lately is found by an index of completed sessions; each is looked up among the CDRs by an index.
_FIND = """
    INSERT INTO review_missingcdr (
        session_id, partner_id, ended_at, expected_by, currency, found_at, closed_by, reason)
    SELECT s.id, s.owner_id, d.ended_at, d.expected_by, s.currency, now(), '', ''
    FROM charging_session s
    JOIN parties_party p ON p.id = s.owner_id
    JOIN parties_party e ON e.id = s.emsp_id
    LEFT JOIN unnest(%(partners)s::bigint[], %(hours)s::numeric[]) AS own(partner_id, hours)
        ON own.partner_id = s.owner_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN own.partner_id IS NULL THEN %(usual)s::numeric ELSE own.hours END AS hours
    ) h
    CROSS JOIN LATERAL (
        SELECT coalesce(s.ended_at, s.last_updated) AS ended_at,
               coalesce(s.ended_at, s.last_updated) + make_interval(secs => (h.hours * 3600)::float8)
                   AS expected_by
    ) d
    WHERE s.status = 'COMPLETED' AND (p.is_ours OR e.is_ours)
      AND s.heard_at > now() - make_interval(secs => %(looked_back)s::float8) AND d.expected_by < now()
      AND NOT EXISTS (SELECT 1 FROM review_missingcdr m WHERE m.session_id = s.id)
      AND NOT EXISTS (SELECT 1 FROM cdrs_cdr o WHERE o.owner_id = s.owner_id
                      AND o.session_key = s.session_key AND o.session_key <> '')
      AND (s.authorization_key = '' OR NOT EXISTS (
              SELECT 1 FROM cdrs_cdr o WHERE o.authorization_key = s.authorization_key
              AND o.authorization_key <> '' AND o.owner_id = s.owner_id))
    ORDER BY s.heard_at, s.id LIMIT %(limit)s
    ON CONFLICT (session_id) DO NOTHING
    RETURNING id
"""
