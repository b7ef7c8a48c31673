"""Reading statements, their terms, and what is not on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection as database
from django.db.models import QuerySet

from parties.models import Party
from review.choices import Direction, ReviewState
from settlement import months
from settlement.choices import NO_CURRENCY
from settlement.figures import figures
from settlement.models import SettlementTerms, Statement

UNREVIEWED = (ReviewState.WAITING.value, ReviewState.FLAGGED.value)
LEFT_OUT = (*UNREVIEWED, ReviewState.DISPUTED.value, ReviewState.DROPPED.value)


class NotOnIt(NamedTuple):
    """CDRs of a statement's month that do not count on it, by the state of their review; ``amount`` is before tax.

    ``corrected`` ones are on a statement that was closed, and are taken back on a later one.
    """

    state: str
    corrected: bool
    cdrs: int
    amount: Decimal

    @property
    def label(self) -> str:
        return str(ReviewState(self.state).label)

    @property
    def is_open(self) -> bool:
        """Whether closing leaves them out although somebody still has to look at them."""
        return self.state in UNREVIEWED and not self.corrected


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
    SELECT r.ours_id, r.partner_id, r.direction, r.currency, r.state, e.id IS NOT NULL, count(*),
        coalesce(sum(r.stated), 0)
    FROM review_cdrreview r
    LEFT JOIN settlement_entry e ON e.cdr_id = r.cdr_id AND e.kind <> 'correction'
    WHERE r.state = %s AND r.state <> 'clean' AND r.ended_at >= %s AND r.ended_at < %s {of_one}
    GROUP BY 1, 2, 3, 4, 5, 6
"""
_OF_ONE = "AND r.ours_id = %s AND r.partner_id = %s AND r.direction = %s AND r.currency = %s"


def not_on_it(statement: Statement, states: Sequence[str] = LEFT_OUT) -> list[NotOnIt]:
    """How many CDRs of its month are in these states of review, and what they come to."""
    key = _series(statement)
    rows = _left_out(span_of(statement), states, key)
    return [NotOnIt(*row[4:]) for row in rows]


def not_on_them(
    statements: Iterable[Statement], states: Sequence[str] = LEFT_OUT
) -> dict[int, list[NotOnIt]]:
    """The same of many statements, by primary key: a look per month, time zone and state."""
    spans: dict[tuple[datetime, datetime], list[Statement]] = defaultdict(list)
    zones = _zones()
    for statement in statements:
        zone = zones.get((statement.ours_id, statement.partner_id), UTC)
        span = months.begins(statement.month, zone), months.ends(statement.month, zone)
        spans[span].append(statement)
    found: dict[int, list[NotOnIt]] = defaultdict(list)
    for span, members in spans.items():
        of = {_series(statement): statement.pk for statement in members}
        for row in _left_out(span, states):
            if (key := of.get(row[:4])) is not None:
                found[key].append(NotOnIt(*row[4:]))
    return found


def _left_out(
    span: tuple[datetime, datetime],
    states: Sequence[str],
    series: tuple[int, int, str, str] | None = None,
) -> list[tuple[Any, ...]]:
    """A query per state: each walks the little index of what is not simply clean."""
    query = _LEFT_OUT.format(of_one=_OF_ONE if series else "")
    found = []
    with database.cursor() as cursor:
        for state in states:
            cursor.execute(query, [state, *span, *(series or ())])
            found += cursor.fetchall()
    return found


def _series(statement: Statement) -> tuple[int, int, str, str]:
    """What its CDRs have in common, as their reviews say it."""
    currency = "" if statement.currency == NO_CURRENCY else statement.currency
    return statement.ours_id, statement.partner_id, statement.direction, currency


def _zones() -> dict[tuple[int, int], tzinfo]:
    rows = SettlementTerms.objects.values_list("ours_id", "partner_id", "time_zone")
    return {(ours, partner): months.zone_of(name) for ours, partner, name in rows}


_CAME_LATE = """
    SELECT count(*), coalesce(sum(e.before_tax), 0)
    FROM settlement_entry e JOIN settlement_statement s ON s.id = e.statement_id
    WHERE s.ours_id = %s AND s.partner_id = %s AND s.direction = %s AND s.currency = %s AND s.month > %s
        AND e.late AND e.kind <> 'correction' AND e.ended_at >= %s AND e.ended_at < %s
"""


def came_late(statement: Statement) -> tuple[int, Decimal]:
    """How many CDRs of its month are on later statements, and what they come to before tax."""
    with database.cursor() as cursor:
        cursor.execute(
            _CAME_LATE,
            [
                statement.ours_id,
                statement.partner_id,
                statement.direction,
                statement.currency,
                statement.month,
                *span_of(statement),
            ],
        )
        found: tuple[int, Decimal] = cursor.fetchone()
    return found


class Net(NamedTuple):
    """What is owed in one currency, with tax; positive ``net`` is what they owe us."""

    currency: str
    receivable: Decimal
    payable: Decimal

    @property
    def net(self) -> Decimal:
        return self.receivable - self.payable


def beside(statement: Statement) -> list[Statement]:
    """The statements of its month between the same two companies, in all roles and currencies, itself among them."""
    rows = Statement.objects.filter(
        month=statement.month,
        partner__in=_company(statement.partner),
        ours__in=_company(statement.ours),
    )
    return list(
        rows.select_related("ours", "partner")
        .prefetch_related("tallies")
        .order_by("currency", "direction", "pk")
    )


def _company(party: Party) -> QuerySet[Party]:
    return Party.objects.filter(country_code=party.country_code, party_id=party.party_id)


def nets(statements: Iterable[Statement]) -> list[Net]:
    """What these statements come to per currency, with tax as far as it is stated."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for statement in statements:
        sums[statement.currency][statement.direction] += figures(statement).after_tax
    return [
        Net(currency, found[Direction.RECEIVABLE], found[Direction.PAYABLE])
        for currency, found in sorted(sums.items())
    ]
