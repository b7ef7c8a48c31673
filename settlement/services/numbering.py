"""Numbers of statements: one after the other per company of ours and year, without gaps."""

from __future__ import annotations

from datetime import date

from django.db import connection as database

from parties.models import Party

_NEXT = """
    INSERT INTO settlement_numbering AS n (country_code, party_id, year, last) VALUES (%s, %s, %s, 1)
    ON CONFLICT (country_code, party_id, year) DO UPDATE SET last = n.last + 1
    RETURNING last
"""


def next_number(ours: Party, month: date) -> str:
    """``NL-ABC-2026-10-0007``; taken when the transaction commits, and until then nobody else gets one."""
    with database.cursor() as cursor:
        cursor.execute(_NEXT, [ours.country_code, ours.party_id, month.year])
        (last,) = cursor.fetchone()
    return f"{ours.country_code}-{ours.party_id}-{month:%Y-%m}-{last:04d}"
