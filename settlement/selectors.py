"""Reading statements, their terms, and what is not on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import NamedTuple

from django.db import connection as database

from parties.models import Party
from review.choices import ReviewState
from settlement import months
from settlement.models import SettlementTerms, Statement

UNREVIEWED = (ReviewState.WAITING.value, ReviewState.FLAGGED.value)
LEFT_OUT = (*UNREVIEWED, ReviewState.DISPUTED.value, ReviewState.DROPPED.value)


class NotOnIt(NamedTuple):
    """CDRs of a statement's month that are not on it, by the state of their review; ``amount`` is before tax."""

    state: str
    cdrs: int
    amount: Decimal

    @property
    def label(self) -> str:
        return str(ReviewState(self.state).label)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to look at them."""
        return self.state in UNREVIEWED


def terms_of(ours: Party | int, partner: Party | int) -> SettlementTerms:
    """The terms between two parties; the usual ones, not saved, where none were agreed on."""
    keys = {
        "ours_id": ours.pk if isinstance(ours, Party) else ours,
        "partner_id": partner.pk if isinstance(partner, Party) else partner,
    }
    return SettlementTerms.objects.filter(**keys).first() or SettlementTerms(**keys)


def zone_of(statement: Statement) -> tzinfo:
    """The time zone in which its month begins and ends: that of the terms it was closed by, or of those now."""
    frozen = statement.frozen or {}
    named = frozen.get("terms", {}).get("time_zone")
    return months.zone_of(named or terms_of(statement.ours_id, statement.partner_id).time_zone)


def span_of(statement: Statement) -> tuple[datetime, datetime]:
    """From when to when (not included) its month is, in UTC."""
    zone = zone_of(statement)
    return months.begins(statement.month, zone), months.ends(statement.month, zone)


_LEFT_OUT = """
    SELECT r.state, count(*), coalesce(sum(r.stated), 0)
    FROM review_cdrreview r
    WHERE r.state = %s AND r.state <> 'clean' AND r.ended_at >= %s AND r.ended_at < %s
        AND r.partner_id = %s AND r.ours_id = %s AND r.direction = %s AND r.currency = %s
    GROUP BY r.state
"""


def not_on_it(statement: Statement, states: Sequence[str] = LEFT_OUT) -> list[NotOnIt]:
    """How many CDRs of its month are in these states of review, and what they come to."""
    begin, end = span_of(statement)
    found = []
    for state in states:
        with database.cursor() as cursor:
            cursor.execute(
                _LEFT_OUT,
                [
                    state,
                    begin,
                    end,
                    statement.partner_id,
                    statement.ours_id,
                    statement.direction,
                    statement.currency,
                ],
            )
            found += [NotOnIt(*row) for row in cursor.fetchall()]
    return found
