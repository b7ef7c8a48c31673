"""The figures of the finance page: each reads an index or tallies, none the tables of CDRs as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import OperationalError, transaction
from django.db import connection as database
from django.db.models import Count, Min, Sum
from django.utils import timezone
from psycopg.errors import QueryCanceled

from parties.models import Party
from review.choices import DisputeState, ReviewState
from review.models import CDRReview, Dispute, MissingCDR
from settlement import selectors
from settlement.choices import StatementState
from settlement.models import Statement, Tally

LONGEST_MS = 2000
"""A figure that takes longer is not shown."""
DELAY_DAYS = 30
DELAY_CDRS = 1000
WAITING_SHOWN = 10
PARTNERS_SHOWN = 12
LOSSES_SHOWN = 5


class Amount(NamedTuple):
    """So many of something, and what they come to in one currency."""

    key: Any
    currency: str
    number: int
    amount: Decimal


class Delay(NamedTuple):
    """How long after the end of a charge a partner's CDR comes: half of them sooner, and 95 of 100."""

    partner: int
    cdrs: int
    half: timedelta
    most: timedelta


class Margin(NamedTuple):
    """What a month's statements were sold for to our own customers, and what remains, before tax."""

    month: date
    currency: str
    sold: Decimal
    margin: Decimal


class Disputes(NamedTuple):
    running: int
    overdue: int
    claimed: dict[str, Decimal]


_REASONS = """
    SELECT x.reason, r.currency, count(*), sum(r.at_stake)
    FROM review_cdrreview r CROSS JOIN LATERAL unnest(r.reasons) AS x(reason)
    WHERE r.state = 'flagged' GROUP BY 1, 2 ORDER BY 4 DESC, 3 DESC
"""
_PARTNERS = """
    SELECT r.partner_id, r.currency, count(*), sum(r.at_stake)
    FROM review_cdrreview r WHERE r.state = 'flagged' GROUP BY 1, 2 ORDER BY 4 DESC, 3 DESC
"""
# The latest of each partner, by the index: a partner with millions costs as much as one with a thousand.
_DELAYS = """
    SELECT p.id, count(*),
        percentile_disc(0.5) WITHIN GROUP (ORDER BY c.received_at - c.ended_at),
        percentile_disc(0.95) WITHIN GROUP (ORDER BY c.received_at - c.ended_at)
    FROM parties_party p
    CROSS JOIN LATERAL (
        SELECT r.received_at, r.ended_at FROM review_cdrreview r
        WHERE r.partner_id = p.id AND r.ended_at >= %s
        ORDER BY r.ended_at DESC, r.cdr_id DESC LIMIT %s
    ) AS c
    WHERE NOT p.is_ours AND p.role = 'CPO'
    GROUP BY p.id ORDER BY 4 DESC
"""


def unlocked() -> list[selectors.Net]:
    """What the statements come to that are not locked yet, per currency."""
    rows = Statement.objects.exclude(state=StatementState.LOCKED).prefetch_related("tallies")
    return selectors.nets(rows)


def by_reason() -> list[Amount] | None:
    """What waits to be reviewed, by the check that holds it up; ``None`` where that takes too long."""
    return _amounts(_REASONS)


def by_partner() -> list[Amount] | None:
    """What waits to be reviewed, by partner (primary key); ``None`` where that takes too long."""
    return _amounts(_PARTNERS)


def oldest_unreviewed() -> datetime | None:
    """The end of the oldest charge that nobody has reviewed."""
    ends = [
        CDRReview.objects.filter(state=state)
        .order_by("ended_at", "cdr")
        .values_list("ended_at", flat=True)
        .first()
        for state in (ReviewState.FLAGGED, ReviewState.WAITING)
    ]
    return min((end for end in ends if end is not None), default=None)


def margins(months: Sequence[date]) -> list[Margin]:
    """What the statements of these months were sold for, and what remains; the latest month first."""
    rows = (
        Tally.objects.filter(statement__month__in=months)
        .order_by("-statement__month", "statement__currency")
        .values_list("statement__month", "statement__currency")
        .annotate(sold=Sum("sold"), margin=Sum("margin"))
    )
    return [Margin(*row) for row in rows if row[2] or row[3]]


def losses() -> list[CDRReview]:
    """The CDRs on which we lose most."""
    rows = CDRReview.objects.filter(margin__lt=0).select_related("cdr", "partner")
    return list(rows.defer("cdr__document").order_by("margin", "pk")[:LOSSES_SHOWN])


def delays() -> list[Delay] | None:
    """The delay of CDRs per partner (primary key), of its latest in 30 days; ``None`` where that takes too long."""
    since = timezone.now() - timedelta(days=DELAY_DAYS)
    rows = _within(_DELAYS, [since, DELAY_CDRS])
    return None if rows is None else [Delay(*row) for row in rows]


def disputes() -> Disputes:
    """Disputes that are not closed, those past their deadline, and what we claim in them."""
    running = Dispute.objects.exclude(state=DisputeState.CLOSED)
    claimed = running.order_by().values_list("currency").annotate(amount=Sum("claimed"))
    return Disputes(
        running.count(), running.filter(deadline__lt=timezone.now()).count(), dict(claimed)
    )


def missing() -> tuple[int, dict[str, Decimal], datetime | None]:
    """CDRs that are past their deadline: how many, what we estimate them at, and since when the oldest is."""
    rows = MissingCDR.objects.filter(closed_at=None)
    found = (
        rows.order_by()
        .values("currency")
        .annotate(number=Count("pk"), amount=Sum("estimate"), oldest=Min("ended_at"))
    )
    estimates = {row["currency"]: row["amount"] for row in found if row["amount"]}
    oldest = min((row["oldest"] for row in found), default=None)
    return sum(row["number"] for row in found), estimates, oldest


def waiting_for_approval() -> list[Statement]:
    """Statements that somebody closed and nobody approved, the oldest first."""
    rows = Statement.objects.filter(state=StatementState.DRAFT).select_related("ours", "partner")
    return list(rows.order_by("closed_at", "pk")[: WAITING_SHOWN + 1])


def names(keys: Sequence[int]) -> dict[int, Party]:
    """The parties of these primary keys."""
    return Party.objects.in_bulk(keys)


def per_currency(amounts: Sequence[Amount]) -> dict[Any, list[Amount]]:
    """The amounts of each key, whatever their currencies, in the order in which the keys come first."""
    found: dict[Any, list[Amount]] = defaultdict(list)
    for amount in amounts:
        found[amount.key].append(amount)
    return dict(found)


def _amounts(query: str) -> list[Amount] | None:
    rows = _within(query, [])
    return None if rows is None else [Amount(*row) for row in rows]


def _within(query: str, parameters: list[Any]) -> list[tuple[Any, ...]] | None:
    """The rows of a query that takes no longer than :data:`LONGEST_MS`; ``None`` of one that would."""
    try:
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [LONGEST_MS])
            cursor.execute(query, parameters)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise
    return found
