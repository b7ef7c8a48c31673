"""Checking CDRs again for which something came that they were checked without: a session, a card, a tariff, terms."""

from __future__ import annotations

from collections import defaultdict

from django.db import connection as database
from django.db import transaction

from review import again
from review.checking import draining
from review.choices import AwaitedKind

BATCH = 500


def follow() -> int:
    """Check again what waited, batch by batch, until none is left; returns how many CDRs stand differently.

    Workers share the work, and one that is lost loses none of it.
    """
    find_unseen()
    changed = 0
    while True:
        looked_at, moved = _follow(BATCH)
        changed += moved
        if looked_at < BATCH:
            return changed


@transaction.atomic
def _follow(size: int) -> tuple[int, int]:
    """How many arrivals were followed, and how many CDRs stand differently by it."""
    with database.cursor() as cursor:
        cursor.execute(_TAKE, [size])
        taken = cursor.fetchall()
    kinds: dict[int, set[str]] = defaultdict(set)
    for cdr_id, kind in taken:
        kinds[cdr_id].add(kind)
    by_reason: dict[str, list[int]] = defaultdict(list)
    for cdr_id, found in sorted(kinds.items()):
        by_reason[_reason(found)].append(cdr_id)
    plan, changed = draining.usual_plan(), 0
    for reason, ids in sorted(by_reason.items()):
        changed += again.check_again(ids, plan, actor=None, reason=reason)[0]
    return len(taken), changed


def _reason(kinds: set[str]) -> str:
    """``Checked again: its session arrived, its card arrived.``"""
    return f"{again.REASON}: {', '.join(kind.label for kind in AwaitedKind if kind in kinds)}."


def find_unseen() -> None:
    """Note what came in the moment in which its CDR was checked: neither saw the other, as neither was committed.

    Each CDR is looked at once for it, a minute after it was checked.
    """
    with database.cursor() as cursor:
        cursor.execute(_UNSEEN)


_TAKE = """
    DELETE FROM review_arrival WHERE id IN (
        SELECT id FROM review_arrival ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING cdr_id, kind
"""
_UNSEEN = """
    WITH lately AS (
        UPDATE review_awaited SET sure = true WHERE id IN (
            SELECT id FROM review_awaited WHERE NOT sure AND noted_at < now() - interval '1 minute'
            ORDER BY noted_at LIMIT 10000 FOR UPDATE SKIP LOCKED)
        RETURNING cdr_id, kind, owner_id, key, noted_at - interval '10 minutes' AS since
    ), come AS (
        SELECT l.cdr_id, l.kind FROM lately l JOIN charging_session o
            ON l.kind = 'session' AND o.owner_id = l.owner_id AND o.session_key = l.key AND o.heard_at > l.since
        UNION SELECT l.cdr_id, l.kind FROM lately l JOIN tokens_token o
            ON l.kind = 'token' AND o.owner_id = l.owner_id AND o.token_key = l.key AND o.created_at > l.since
        UNION SELECT l.cdr_id, l.kind FROM lately l JOIN tariffs_tariff o
            ON l.kind = 'tariff' AND o.owner_id = l.owner_id AND o.tariff_key = l.key AND o.created_at > l.since
    )
    INSERT INTO review_arrival (cdr_id, kind)
    SELECT c.cdr_id, c.kind FROM come c
    JOIN review_cdrreview r ON r.cdr_id = c.cdr_id AND r.state IN ('clean', 'flagged')
"""
