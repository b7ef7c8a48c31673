"""Writing what the checks found: one statement for a batch."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection as database

from exchange.bulk import transposed
from ocpi import json
from review.checking import awaiting
from review.checking.outcome import Outcome

_PLACES = Decimal("0.00000001")


def write(outcomes: Sequence[Outcome]) -> None:
    """Keep what was found of these CDRs, whose reviews are locked. Call it in a transaction.

    The state is set too; whoever calls tells what lies above.
    """
    if not outcomes:
        return
    with database.cursor() as cursor:
        cursor.execute(_UPDATE, transposed([_columns(outcome) for outcome in outcomes]))
    awaiting.keep(outcomes)


def _columns(outcome: Outcome) -> list[object]:
    computed, stated = _fitted(outcome.computed), outcome.cdr.total_cost
    sold = _fitted(outcome.sold)
    return [
        outcome.cdr.id,
        outcome.state.value,
        computed,
        _fitted(outcome.computed_after),
        None if computed is None else stated - computed,
        _fitted(outcome.at_stake),
        sold,
        None if sold is None else sold - stated,
        outcome.pricing.rule_set if outcome.is_priced else "",
        outcome.cause,
        ",".join(dict.fromkeys(outcome.reasons)),
        json.dumps([finding.to_json() for finding in outcome.findings]).decode(),
    ]


def _fitted(amount: Decimal | None) -> Decimal | None:
    """As the columns keep it: eight decimals."""
    return None if amount is None else amount.quantize(_PLACES, ROUND_HALF_UP)


_UPDATE = """
    UPDATE review_cdrreview AS r SET
        state = n.state, computed = n.computed, computed_after = n.computed_after,
        difference = n.difference, at_stake = n.at_stake, sold = n.sold, margin = n.margin,
        rule_set = n.rule_set, cause = n.cause, reasons = string_to_array(n.reasons, ','),
        findings = n.findings::jsonb, checked_at = now()
    FROM unnest(%s::bigint[], %s::text[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[],
                %s::numeric[], %s::numeric[], %s::text[], %s::text[], %s::text[], %s::text[])
        AS n(cdr_id, state, computed, computed_after, difference, at_stake, sold, margin, rule_set, cause,
             reasons, findings)
    WHERE r.cdr_id = n.cdr_id
"""
