"""Something came that CDRs may wait for: noted with one statement for a batch, and nothing where none waits.

What somebody decided is left alone. What waits to be checked may just be looked at without it, and so is noted too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection as database
from django.db import transaction

from review import waking

_NOTE = """
    INSERT INTO review_arrival (cdr_id, kind)
    SELECT DISTINCT a.cdr_id, a.kind FROM {come}
    JOIN review_awaited a ON a.owner_id = c.owner_id AND a.kind = c.kind AND a.key = c.key
    JOIN review_cdrreview r ON r.cdr_id = a.cdr_id AND r.state IN ('waiting', 'clean', 'flagged')
"""
# As an array the planner knows how few they are; what follows is one look-up by an index for each.
_SESSIONS = """(SELECT owner_id, 'session' AS kind, session_key AS key
    FROM charging_session WHERE id = ANY(%s)) c"""
_TOKENS = """(SELECT t.owner_id, k.kind, k.key FROM tokens_token t CROSS JOIN LATERAL
    (VALUES ('token', t.token_key), ('contract', t.contract_key)) AS k(kind, key)
    WHERE t.id = ANY(%s)) c"""
_TARIFFS = """(SELECT owner_id, 'tariff' AS kind, tariff_key AS key
    FROM tariffs_tariff WHERE id = ANY(%s)) c"""
# One side of the agreement is the CPO; the other one has no such terms of its own.
_TERMS = """(SELECT p.owner_id, 'terms' AS kind, p.other_id::text AS key FROM tariffs_agreedtariff t
    JOIN parties_agreement g ON g.id = t.agreement_id CROSS JOIN LATERAL
    (VALUES (g.ours_id, g.theirs_id), (g.theirs_id, g.ours_id)) AS p(owner_id, other_id)
    WHERE t.id = ANY(%s)) c"""


def sessions(ids: Sequence[int], **kwargs: Any) -> None:
    """Sessions (primary keys) came or changed."""
    _note(_SESSIONS, ids)


def tokens(ids: Sequence[int], **kwargs: Any) -> None:
    """Tokens (primary keys) came or changed."""
    _note(_TOKENS, ids)


def tariffs(ids: Sequence[int], **kwargs: Any) -> None:
    """Tariffs (primary keys) came or changed."""
    _note(_TARIFFS, ids)


def terms(ids: Sequence[int], **kwargs: Any) -> None:
    """It was agreed, or changed, that tariffs apply: ``AgreedTariff`` by primary key."""
    _note(_TERMS, ids)


def _note(come: str, ids: Sequence[int]) -> None:
    with database.cursor() as cursor:
        cursor.execute(_NOTE.format(come=come), [list(ids)])
        found = cursor.rowcount
    if found:
        transaction.on_commit(waking.wake)
