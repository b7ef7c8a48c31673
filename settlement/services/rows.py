"""What every change of a statement has in common: the locked row, and the event that says who did it."""

from __future__ import annotations

from collections.abc import Collection

from parties import events
from settlement.choices import StatementState
from settlement.models import Statement


class NotPossible(ValueError):
    """It cannot be done now; the message says why."""


def locked(keys: Collection[int]) -> list[Statement]:
    """Statements by primary key, locked until the commit in the order in which booking locks them."""
    rows = Statement.objects.select_for_update(of=("self",), no_key=True)
    return list(rows.select_related("ours", "partner").filter(pk__in=keys).order_by("pk"))


def locked_in(statement: Statement, *states: StatementState) -> Statement:
    """A statement, locked; raises :class:`NotPossible` where it is in none of ``states``."""
    (row,) = locked([statement.pk])
    if row.state not in states:
        raise NotPossible(wrong_state(row))
    return row


def wrong_state(row: Statement) -> str:
    return f"It is “{row.get_state_display().lower()}” now."


def subject(statement: Statement) -> str:
    """How the stream of events names it."""
    return f"statement:{statement.pk}"


def name_of(actor: events.Actor) -> str:
    return events.actor_name(actor)[:150]


def record(row: Statement, what: str, message: str, actor: events.Actor) -> None:
    events.record(f"statement.{what}", message, actor=actor, subject=subject(row))
