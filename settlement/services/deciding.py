"""After closing: approved by another person, locked for good; or opened again before that."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from parties import events
from settlement.choices import EntryKind, StatementState
from settlement.figures import Figures, of_tallies
from settlement.models import Adjustment, Entry, Statement
from settlement.services.booking import book
from settlement.services.rows import NotPossible, locked, locked_in, name_of, record

_BATCH = 500


def approve(statement: Statement, *, actor: events.Actor) -> Statement:
    """Approve a closed statement; raises :class:`NotPossible` for whoever closed it or adjusted it."""
    with transaction.atomic():
        row = locked_in(statement, StatementState.DRAFT)
        if row.closed_by == name_of(actor):
            raise NotPossible("You closed it yourself: somebody else has to approve it.")
        if Adjustment.objects.filter(entry__statement=row, by=name_of(actor)).exists():
            raise NotPossible("An adjustment of yours is on it: somebody else has to approve it.")
        now = of_tallies(row.currency, row.tallies.all())
        if row.frozen is None or Figures.from_json(row.frozen) != now:
            raise NotPossible("Its entries are not what was closed. Open it again and look at it.")
        row.state = StatementState.APPROVED
        row.approved_at, row.approved_by = timezone.now(), name_of(actor)
        row.save()
        record(row, "approved", f"{row.number}: approved.", actor)
    return row


def lock(statement: Statement, *, actor: events.Actor) -> Statement:
    """Lock an approved statement for good: from now on the database refuses every change."""
    with transaction.atomic():
        row = locked_in(statement, StatementState.APPROVED)
        row.state = StatementState.LOCKED
        row.locked_at, row.locked_by = timezone.now(), name_of(actor)
        row.save()
        record(row, "locked", f"{row.number}: locked.", actor)
    return row


def reopen(statement: Statement, *, reason: str, actor: events.Actor) -> Statement:
    """Open a closed or approved statement again; it keeps its number.

    What was corrected or came late meanwhile moves back to it. Raises :class:`NotPossible` without a reason, for a
    locked one, and where a later month is closed, which may have corrected it.
    """
    if not reason.strip():
        raise NotPossible("Say why: a reason is needed.")
    with transaction.atomic():
        # All that booking will lock, in its order, so that nobody waits in a circle.
        series = _series(statement).exclude(state=StatementState.LOCKED)
        locked([statement.pk, *series.order_by().values_list("pk", flat=True)])
        row = locked_in(statement, StatementState.DRAFT, StatementState.APPROVED)
        later = _series(row).filter(month__gt=row.month)
        closed = later.exclude(state=StatementState.OPEN).first()
        if closed is not None:
            raise NotPossible(f"{closed} is closed, and came after it. Open that one first.")
        row.state, row.frozen = StatementState.OPEN, None
        row.closed_at = row.approved_at = None
        row.closed_by = row.approved_by = ""
        row.save()
        moved = Entry.objects.filter(statement__in=later, cdr__isnull=False).exclude(
            kind=EntryKind.CHARGE, late=False
        )
        concerned = sorted(moved.order_by().values_list("cdr_id", flat=True).distinct())
        for first in range(0, len(concerned), _BATCH):
            book(concerned[first : first + _BATCH], anew=True)
        record(row, "reopened", f"{row.number}: opened again. {reason.strip()}", actor)
    return row


def annotate(statement: Statement, notes: str, *, actor: events.Actor) -> Statement:
    """What is to be said on the statement; refused once it is locked."""
    with transaction.atomic():
        row = locked_in(statement, *(set(StatementState) - {StatementState.LOCKED}))
        row.notes = notes.strip()
        row.save(update_fields=["notes"])
        record(row, "annotated", f"{row}: what it says was changed.", actor)
    return row


def _series(row: Statement) -> QuerySet[Statement]:
    return Statement.objects.filter(
        ours=row.ours_id,
        partner=row.partner_id,
        direction=row.direction,
        currency=row.currency,
    ).order_by("month")
