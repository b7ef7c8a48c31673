"""Other CDRs about the charges of a batch: twice the same, at the same time, credits and their originals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection as database

from cdrs.models import LONG
from review.checks import Adjusted, CDRFacts, OtherCDR
from review.models import DisputedCDR

LONGEST = f"interval '{LONG.days} days'"
"""An index by start needs an end: charges that lasted longer than this are in indexes of their own."""
MOST = 5
"""As many others of a kind are looked at: one is enough to ask."""

_OTHER = """
    o.id, o.owner_id, o.cdr_id, o.start_date_time, o.end_date_time, o.energy, o.total_cost, o.currency,
    EXISTS (SELECT 1 FROM cdrs_cdr c WHERE c.owner_id = o.owner_id AND c.credit_reference_key = o.cdr_key
            AND c.credit_reference_key <> '' AND c.credit),
    coalesce((SELECT r.state FROM review_cdrreview r WHERE r.cdr_id = o.id), '')
"""
# Of two that came at the same time the one that is checked second says so, whichever has the lower key.
_BEFORE = """
    (o.id < i.id OR (i.is_new AND o.id > i.id AND EXISTS (
        SELECT 1 FROM review_cdrreview r WHERE r.cdr_id = o.id AND r.checked_at IS NOT NULL)))
    AND NOT o.credit
"""
_SOONER = f"o.start_date_time < i.ends AND o.start_date_time > i.begins - {LONGEST} AND o.end_date_time > i.begins"
# Said as the indexes say it; what began in 1970 began at a time that nobody knows.
_LONG = f"""
    o.end_date_time - o.start_date_time > {LONGEST} AND o.start_date_time >= '1971-01-01 00:00:00+00'
    AND o.start_date_time < i.ends AND o.start_date_time <= i.begins - {LONGEST} AND o.end_date_time > i.begins
"""
_NEEDED = """o.id, o.owner_id, o.cdr_id, o.cdr_key, o.start_date_time, o.end_date_time, o.energy, o.total_cost,
    o.currency, o.credit"""


@dataclass(slots=True)
class Others:
    """By the primary key of the CDR that they are about."""

    same_session: dict[int, list[OtherCDR]] = field(default_factory=dict)
    same_token: dict[int, list[OtherCDR]] = field(default_factory=dict)
    same_evse: dict[int, list[OtherCDR]] = field(default_factory=dict)
    credits: dict[int, list[OtherCDR]] = field(default_factory=dict)
    originals: dict[int, OtherCDR] = field(default_factory=dict)
    conflicts: dict[int, int] = field(default_factory=dict)
    adjusted: dict[int, Adjusted] = field(default_factory=dict)


def others(cdrs: Sequence[CDRFacts]) -> Others:
    """Seven statements at most, each by an index, however many CDRs there are."""
    charges = [cdr for cdr in cdrs if not cdr.credit]
    originals = _others(
        "o.owner_id = i.owner_id AND o.cdr_key = i.key",
        [cdr for cdr in cdrs if cdr.credit and cdr.credit_reference_key],
        lambda cdr: cdr.credit_reference_key,
        condition="true",
    )
    return Others(
        same_session=_others(
            "o.owner_id = i.owner_id AND o.session_key = i.key AND o.session_key <> ''",
            [cdr for cdr in charges if cdr.session_key],
            lambda cdr: cdr.session_key,
        ),
        same_token=_others(
            "true",
            [cdr for cdr in charges if cdr.token_key and not cdr.is_forgotten],
            lambda cdr: cdr.token_key,
            among=_at_the_same_time("o.token_key = i.key"),
        ),
        same_evse=_others(
            "true",
            [
                cdr
                for cdr in charges
                if cdr.location_key and cdr.evse_key and not cdr.is_reservation
            ],
            lambda cdr: cdr.location_key,
            among=_at_the_same_time(
                "o.owner_id = i.owner_id AND o.location_key = i.key AND o.evse_key = i.further_key"
            ),
        ),
        credits=_others(
            "o.owner_id = i.owner_id AND o.credit_reference_key = i.key"
            " AND o.credit_reference_key <> ''",
            [cdr for cdr in cdrs if cdr.credit_reference_key or not cdr.credit],
            lambda cdr: cdr.credit_reference_key if cdr.credit else cdr.cdr_key,
            condition="o.credit AND o.id <> i.id",
        ),
        originals={key: found[0] for key, found in originals.items()},
        conflicts=_conflicts([cdr.id for cdr in cdrs]),
        adjusted=_adjusted({key: found[0].id for key, found in originals.items()}),
    )


def _at_the_same_time(condition: str) -> str:
    """Charges that overlap, the few long ones by their own index."""
    return (
        f"(SELECT {_NEEDED} FROM cdrs_cdr o WHERE {condition} AND {_SOONER}"  # noqa: S608
        f" UNION ALL SELECT {_NEEDED} FROM cdrs_cdr o WHERE {condition} AND {_LONG})"
    )


def _others(
    join: str,
    cdrs: Sequence[CDRFacts],
    key_of: Callable[[CDRFacts], str],
    *,
    condition: str = _BEFORE,
    among: str = "cdrs_cdr",
) -> dict[int, list[OtherCDR]]:
    """CDRs that ``join`` finds for each of these, ``among`` all; the SQL is of this module, never data."""
    if not cdrs:
        return {}
    rows: list[tuple[Any, ...]] = [
        (
            cdr.id,
            cdr.owner_id,
            key_of(cdr),
            cdr.evse_key,
            cdr.start,
            cdr.end,
            cdr.checked_at is None,
        )
        for cdr in cdrs
    ]
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT i.id, found.* FROM unnest(%s::bigint[], %s::bigint[], %s::varchar[], %s::varchar[],"  # noqa: S608
            " %s::timestamptz[], %s::timestamptz[], %s::boolean[])"
            " AS i(id, owner_id, key, further_key, begins, ends, is_new)"
            f" CROSS JOIN LATERAL (SELECT {_OTHER} FROM {among} o WHERE {join} AND {condition}"
            f" ORDER BY o.id LIMIT {MOST}) AS found",
            [list(column) for column in zip(*rows, strict=True)],
        )
        return _gathered(cursor.fetchall())


def _gathered(rows: Iterable[Sequence[Any]]) -> dict[int, list[OtherCDR]]:
    found: dict[int, list[OtherCDR]] = {}
    for key, *rest in rows:
        found.setdefault(key, []).append(OtherCDR(*rest))
    return found


def _conflicts(ids: Sequence[int]) -> dict[int, int]:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT cdr_id, count(*) FROM cdrs_cdrconflict"
            " WHERE cdr_id = ANY(%s) AND settled_at IS NULL GROUP BY cdr_id",
            [list(ids)],
        )
        return dict(cursor.fetchall())


def _adjusted(originals: Mapping[int, int]) -> dict[int, Adjusted]:
    """Of credits, by the CDRs they take back (both primary keys): the disputes in which something was taken off."""
    if not originals:
        return {}
    rows = DisputedCDR.objects.filter(review__in=set(originals.values())).exclude(
        dispute__adjusted=0
    )
    found = {
        row.review_id: Adjusted(row.dispute.number, row.dispute.adjusted)
        for row in rows.select_related("dispute").order_by("dispute")
    }
    return {key: found[original] for key, original in originals.items() if original in found}
