"""Reading statements, their terms, and what is not on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import OperationalError, transaction
from django.db import connection as database
from django.db.models import QuerySet
from psycopg.errors import QueryCanceled

from parties.models import Party
from review.choices import Direction, ReviewState
from settlement import months
from settlement.choices import NO_CURRENCY
from settlement.figures import figures
from settlement.models import SettlementTerms, Statement

UNREVIEWED = (ReviewState.WAITING.value, ReviewState.FLAGGED.value)
LONGEST_MS = 2000
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
    statements: Sequence[Statement], states: Sequence[str] = LEFT_OUT
) -> dict[int, list[NotOnIt]] | None:
    """The same of many statements, by primary key: a look per month, time zone and state.

    ``None`` where it would take longer than :data:`LONGEST_MS`: so much was not checked yet.
    """
    found: dict[int, list[NotOnIt]] = defaultdict(list)
    try:
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [LONGEST_MS])
            for span, members in _spans(statements, all_terms(statements)).items():
                of = {_series(statement): statement.pk for statement in members}
                for row in _left_out(span, states):
                    if (key := of.get(row[:4])) is not None:
                        found[key].append(NotOnIt(*row[4:]))
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise
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


def all_terms(statements: Iterable[Statement]) -> dict[tuple[int, int], SettlementTerms]:
    """The terms of the parties of these statements, by their primary keys; the usual ones where there are none."""
    pairs = {(row.ours_id, row.partner_id) for row in statements}
    rows = SettlementTerms.objects.filter(partner__in={partner for _, partner in pairs})
    found = {(row.ours_id, row.partner_id): row for row in rows}
    return {pair: found.get(pair) or SettlementTerms() for pair in pairs}


_UNREVIEWED = """
    SELECT r.ours_id, r.partner_id, r.direction, r.currency, count(*), sum(r.stated)
    FROM review_cdrreview r
    WHERE r.state = %s AND r.state <> 'clean' AND r.ended_at >= %s AND r.ended_at < %s {of_one}
    GROUP BY 1, 2, 3, 4
"""


def unreviewed(
    statements: Sequence[Statement], agreed: Mapping[tuple[int, int], SettlementTerms]
) -> dict[int, tuple[int, Decimal]]:
    """How many CDRs wait for somebody that closing would leave out, and what they come to, by primary key.

    Open statements only: nothing of their month was closed yet, so that nothing has to be asked of entries.
    """
    one = _series(statements[0]) if len(statements) == 1 else None
    query = _UNREVIEWED.format(of_one=_OF_ONE if one else "")
    found: dict[int, tuple[int, Decimal]] = {}
    with database.cursor() as cursor:
        for span, members in _spans(statements, agreed).items():
            of = {_series(statement): statement.pk for statement in members}
            for state in UNREVIEWED:
                cursor.execute(query, [state, *span, *(one or ())])
                for *series, cdrs, amount in cursor.fetchall():
                    if (key := of.get(tuple(series))) is not None:
                        before = found.get(key, (0, Decimal(0)))
                        found[key] = (before[0] + cdrs, before[1] + amount)
    return found


def _spans(
    statements: Iterable[Statement], agreed: Mapping[tuple[int, int], SettlementTerms]
) -> dict[tuple[datetime, datetime], list[Statement]]:
    """The statements by the span of time that their month is."""
    spans: dict[tuple[datetime, datetime], list[Statement]] = defaultdict(list)
    for row in statements:
        zone = months.zone_of(agreed[row.ours_id, row.partner_id].time_zone)
        spans[months.begins(row.month, zone), months.ends(row.month, zone)].append(row)
    return spans


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
