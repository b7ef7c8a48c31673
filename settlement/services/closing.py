"""The life of a statement: closed by one person, approved by another, locked for good; opened again before that."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from ocpi.tariff_table import money
from parties import events
from parties.models import Party
from settlement import months, selectors
from settlement.choices import EntryKind, StatementState
from settlement.figures import Figures, of_tallies
from settlement.models import Entry, SettlementTerms, Statement
from settlement.services.booking import book
from settlement.services.numbering import next_number

_BATCH = 500


class NotPossible(ValueError):
    """It cannot be done now; the message says why."""


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
    """Close an open statement: its figures are frozen and it gets its number. Reads tallies, not entries.

    Raises :class:`Unreviewed` where CDRs of the month are not reviewed, unless ``knowingly`` or ``seen`` says how
    many the person saw, and :class:`NotPossible` where it is not open, empty, or its month is not over.
    """
    with transaction.atomic():
        row = _locked(statement, StatementState.OPEN)
        terms = selectors.terms_of(row.ours_id, row.partner_id)
        if not months.is_over(row.month, months.zone_of(terms.time_zone), timezone.now()):
            raise NotPossible(f"{row.month:%B %Y} is not over yet in {terms.time_zone}.")
        found = of_tallies(row.currency, row.tallies.all())
        if not found.rates and not row.number:
            raise NotPossible("Nothing is on it.")
        unreviewed = [one for one in selectors.not_on_it(row, selectors.UNREVIEWED) if one.is_open]
        waiting = sum(one.cdrs for one in unreviewed)
        if waiting and not knowingly and waiting != seen:
            raise Unreviewed(row, waiting, sum((one.amount for one in unreviewed), Decimal(0)))
        row.frozen = _frozen(row, found, terms)
        row.number = row.number or next_number(row.ours, row.month)
        row.state = StatementState.DRAFT
        row.closed_at, row.closed_by = timezone.now(), _name(actor)
        row.save()
        left = f", with {waiting:,} CDRs not reviewed" if waiting else ""
        _record(row, "closed", f"{row.number}: closed{left}.", actor)
    return row


def approve(statement: Statement, *, actor: events.Actor) -> Statement:
    """Approve a closed statement; raises :class:`NotPossible` for whoever closed it."""
    with transaction.atomic():
        row = _locked(statement, StatementState.DRAFT)
        if row.closed_by == _name(actor):
            raise NotPossible("You closed it yourself: somebody else has to approve it.")
        now = of_tallies(row.currency, row.tallies.all())
        if row.frozen is None or Figures.from_json(row.frozen) != now:
            raise NotPossible("Its entries are not what was closed. Open it again and look at it.")
        row.state = StatementState.APPROVED
        row.approved_at, row.approved_by = timezone.now(), _name(actor)
        row.save()
        _record(row, "approved", f"{row.number}: approved.", actor)
    return row


def lock(statement: Statement, *, actor: events.Actor) -> Statement:
    """Lock an approved statement for good: from now on the database refuses every change."""
    with transaction.atomic():
        row = _locked(statement, StatementState.APPROVED)
        row.state = StatementState.LOCKED
        row.locked_at, row.locked_by = timezone.now(), _name(actor)
        row.save()
        _record(row, "locked", f"{row.number}: locked.", actor)
    return row


def reopen(statement: Statement, *, reason: str, actor: events.Actor) -> Statement:
    """Open a closed or approved statement again; it keeps its number.

    What was corrected or came late meanwhile moves back to it. Raises :class:`NotPossible` without a reason, for a
    locked one, and where a later month is closed, which may have corrected it.
    """
    if not reason.strip():
        raise NotPossible("Say why: a reason is needed.")
    with transaction.atomic():
        row = _locked(statement, StatementState.DRAFT, StatementState.APPROVED)
        later = _series(row).filter(month__gt=row.month)
        closed = later.exclude(state=StatementState.OPEN).first()
        if closed is not None:
            raise NotPossible(f"{closed} is closed, and came after it. Open that one first.")
        row.state, row.frozen = StatementState.OPEN, None
        row.closed_at = row.approved_at = None
        row.closed_by = row.approved_by = ""
        row.save()
        moved = Entry.objects.filter(statement__in=later).exclude(kind=EntryKind.CHARGE, late=False)
        concerned = sorted(moved.order_by().values_list("cdr_id", flat=True).distinct())
        for first in range(0, len(concerned), _BATCH):
            book(concerned[first : first + _BATCH], anew=True)
        _record(row, "reopened", f"{row.number}: opened again. {reason.strip()}", actor)
    return row


def annotate(statement: Statement, notes: str, *, actor: events.Actor) -> Statement:
    """What is to be said on the statement; refused once it is locked."""
    with transaction.atomic():
        row = _locked(statement, *(set(StatementState) - {StatementState.LOCKED}))
        row.notes = notes.strip()
        row.save(update_fields=["notes"])
        _record(row, "annotated", f"{row}: what it says was changed.", actor)
    return row


def subject(statement: Statement) -> str:
    """How the stream of events names it."""
    return f"statement:{statement.pk}"


def _locked(statement: Statement, *states: StatementState) -> Statement:
    row = (
        Statement.objects.select_for_update(of=("self",), no_key=True)
        .select_related("ours", "partner")
        .get(pk=statement.pk)
    )
    if row.state not in states:
        raise NotPossible(f"It is “{row.get_state_display().lower()}” now.")
    return row


def _series(row: Statement) -> Any:
    return Statement.objects.filter(
        ours=row.ours_id,
        partner=row.partner_id,
        direction=row.direction,
        currency=row.currency,
    ).order_by("month")


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


def _name(actor: events.Actor) -> str:
    return events.actor_name(actor)[:150]


def _record(row: Statement, what: str, message: str, actor: events.Actor) -> None:
    events.record(f"statement.{what}", message, actor=actor, subject=subject(row))
