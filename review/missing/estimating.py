"""What a session without a CDR probably costs: priced like a CDR, else what its CPO said last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import structlog
from django.db import connection as database

from review import pricing
from review.checking import tariffs
from review.checks import settings
from review.models import MissingCDR
from review.pricing import Offered

log = structlog.get_logger(__name__)

_PLACES = Decimal("0.00000001")
_TOO_MUCH = Decimal(10) ** 15


def estimate(ids: Sequence[int]) -> None:
    """Estimate the prices of these missing CDRs (primary keys), before tax. Call it in a transaction."""
    rows = list(
        MissingCDR.objects.filter(pk__in=ids).select_related("session").defer("session__document")
    )
    documents = _documents([row.session_id for row in rows])
    placed = tariffs.placed_sessions([(row.session, documents[row.session_id]) for row in rows])
    offers = tariffs.offers(list(placed.values()))
    as_set = settings.load()
    for row in rows:
        rule_set = as_set.rule_set(row.partner_id)
        row.estimate = _price(row, placed[row.session_id], offers[row.session_id], rule_set)
    MissingCDR.objects.bulk_update(rows, ["estimate"])


def _documents(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT id, document::text FROM charging_session WHERE id = ANY(%s)", [list(ids)]
        )
        return {key: json.loads(text, parse_float=Decimal) for key, text in cursor.fetchall()}


def _price(
    row: MissingCDR, placed: tariffs.Placed, offered: Offered, rule_set: str
) -> Decimal | None:
    try:
        found = pricing.price_session(
            placed.document,
            offered,
            until=row.ended_at,
            time_zone=placed.time_zone,
            rule_set=rule_set,
        )
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
        log.warning("session_not_priced", session=row.session_id, error=repr(problem)[:400])
        return row.session.total_cost
    amount = found.before_taxes
    if amount is None or found.priced is None or found.priced.currency != row.currency:
        return row.session.total_cost
    if abs(amount) >= _TOO_MUCH:
        return row.session.total_cost
    return amount.quantize(_PLACES, ROUND_HALF_UP)
