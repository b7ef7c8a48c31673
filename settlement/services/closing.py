"""Closing statements: one, or those of all partners at once. Reads tallies, never entries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from ocpi.currencies import money
from parties import events
from parties.models import Event, Party
from settlement import months, selectors
from settlement.choices import StatementState
from settlement.figures import Figures, of_tallies
from settlement.models import SettlementTerms, Statement
from settlement.services.numbering import Numbers
from settlement.services.rows import NotPossible, locked, name_of, subject, wrong_state


class Unreviewed(NotPossible):
    """CDRs of the month wait for somebody to look at them: ``cdrs`` of them, which come to ``amount`` before tax."""

    def __init__(self, statement: Statement, cdrs: int, amount: Decimal) -> None:
        self.cdrs, self.amount = cdrs, amount
        waiting = "1 CDR is" if cdrs == 1 else f"{cdrs:,} CDRs are"
        super().__init__(
            f"{waiting} not reviewed yet ({money(amount, statement.currency)} before tax) and would come"
            " on a later statement."
        )


def close(
    statement: Statement,
    *,
    actor: events.Actor,
    knowingly: bool = False,
    seen: int | None = None,
) -> Statement:
    """Close an open statement: its figures are frozen and it gets its number.

    Raises :class:`Unreviewed` where CDRs of the month are not reviewed, unless ``knowingly`` or ``seen`` says how
    many the person saw, and :class:`NotPossible` where it is not open, empty, or its month is not over.
    """
    with transaction.atomic():
        ((row, problem),) = _close([statement.pk], actor=actor, knowingly=knowingly, seen=seen)
        if problem is not None:
            raise problem
    return row


def close_many(
    statements: Collection[Statement], *, actor: events.Actor, knowingly: bool = False
) -> list[tuple[Statement, NotPossible | None]]:
    """Close those of these statements that can be, in one transaction; says of the others why they stay open."""
    with transaction.atomic():
        return _close([row.pk for row in statements], actor=actor, knowingly=knowingly, seen=None)


def _close(
    keys: Collection[int], *, actor: events.Actor, knowingly: bool, seen: int | None
) -> list[tuple[Statement, NotPossible | None]]:
    rows = locked(keys)
    prefetch_related_objects(rows, "tallies")
    agreed = selectors.all_terms(rows)
    waiting = selectors.unreviewed(rows, agreed)
    now = timezone.now()
    outcomes: list[tuple[Statement, NotPossible | None]] = []
    closed: list[Statement] = []
    numbers = Numbers()
    for row in rows:
        terms = agreed[row.ours_id, row.partner_id]
        found = of_tallies(row.currency, row.tallies.all())
        cdrs, amount = waiting.get(row.pk, (0, Decimal(0)))
        problem: NotPossible | None = None
        if row.state != StatementState.OPEN:
            problem = NotPossible(wrong_state(row))
        elif not months.is_over(row.month, months.zone_of(terms.time_zone), now):
            problem = NotPossible(f"{row.month:%B %Y} is not over yet in {terms.time_zone}.")
        elif not found.rates and not row.number:
            problem = NotPossible("Nothing is on it.")
        elif cdrs and not knowingly and cdrs != seen:
            problem = Unreviewed(row, cdrs, amount)
        if problem is None:
            row.frozen = {**_frozen(row, found, terms), "unreviewed": cdrs}
            row.state, row.closed_at, row.closed_by = StatementState.DRAFT, now, name_of(actor)
            numbers.want(row)
            closed.append(row)
        outcomes.append((row, problem))
    numbers.give()
    Statement.objects.bulk_update(
        closed, ["frozen", "state", "closed_at", "closed_by", "number"], batch_size=200
    )
    _tell(closed, actor)
    return outcomes


def _tell(closed: Sequence[Statement], actor: events.Actor) -> None:
    said = []
    for row in closed:
        left = (row.frozen or {})["unreviewed"]
        knowingly = f", with {left:,} CDRs not reviewed" if left else ""
        said.append(
            Event(
                name="statement.closed",
                message=f"{row.number}: closed{knowingly}.",
                actor=events.actor_name(actor),
                subject=subject(row),
            )
        )
    Event.objects.bulk_create(said)


def _frozen(row: Statement, found: Figures, terms: SettlementTerms) -> dict[str, Any]:
    return {
        **found.as_json(),
        "terms": {
            "billing": terms.billing,
            "tax": terms.tax,
            "time_zone": terms.time_zone,
            "payment_days": terms.payment_days,
            "notes": terms.notes,
        },
        "ours": _party(row.ours),
        "partner": _party(row.partner),
    }


def _party(party: Party) -> dict[str, str]:
    return {
        "identity": str(party.identity),
        "role": party.role,
        "name": party.name,
        "website": party.website,
    }
