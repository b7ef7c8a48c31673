"""Where the tokens of an eMSP of ours may charge at a partner's: the countries of their agreement.

How much of the tokens is *shared* says who gets the list of them, and nothing about who may charge: an eMSP that
shares no list is asked about each card instead. A token itself has no country, so that the countries of an agreement
on tokens are those in which they may charge.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection as database

from parties.models import Party

_LIMITS = """
    SELECT h.countries FROM parties_agreement a
    LEFT JOIN parties_agreementshare h ON h.agreement_id = a.id AND h.module = 'tokens'
    WHERE a.ours_id = %s AND a.theirs_id = ANY(%s) AND a.ended_at IS NULL
"""


def countries(owner: Party, cpos: Sequence[Party]) -> frozenset[str] | None:
    """The countries (alpha-3) to which tokens of ``owner`` are limited at ``cpos``; ``None`` for no limit."""
    with database.cursor() as cursor:
        cursor.execute(_LIMITS, [owner.pk, [cpo.pk for cpo in cpos]])
        limits = [row[0] for row in cursor.fetchall()]
    if not limits or not all(limits):
        return None
    return frozenset(country for each in limits for country in each)
