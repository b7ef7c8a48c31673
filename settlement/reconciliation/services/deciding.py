"""What staff decide about an invoice, and what only they know about it."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from parties import events
from settlement.reconciliation import matching
from settlement.reconciliation.choices import Finding, RecordState
from settlement.reconciliation.disputing import open_dispute
from settlement.reconciliation.models import InvoiceRecord, InvoiceRecordCDR
from settlement.reconciliation.services.issuing import NotPossible

DISPUTED_AT_MOST = 5000


@transaction.atomic
def accept(
    record: InvoiceRecord, *, reason: str = "", version: int | None = None, actor: events.Actor
) -> None:
    """The invoice is right, or good enough for a ``reason``: one is needed where anything differs.

    ``version`` is that of the record the person saw. Raises :class:`NotPossible`.
    """
    current = _open(record, version)
    if current.match_due:
        raise NotPossible("It is being matched: look again in a moment.")
    differs = current.result.differences or bool(current.unexplained)
    if differs and not reason.strip():
        raise NotPossible("It differs from what is here: say why it is accepted all the same.")
    _decide(current, RecordState.ACCEPTED, reason, actor)
    events.record(
        "invoice.accepted",
        f"Invoice {current} was accepted.{f' {reason.strip()}' if reason.strip() else ''}",
        actor=actor,
        subject=current.reference,
    )


@transaction.atomic
def dispute(
    record: InvoiceRecord, *, reason: str, version: int | None = None, actor: events.Actor
) -> str:
    """Say that the invoice is wrong: its CDRs that differ are disputed; returns the address of the case, if any.

    Raises :class:`NotPossible`.
    """
    current = _open(record, version)
    if not reason.strip():
        raise NotPossible("Say what is wrong: a reason is needed.")
    wrong = InvoiceRecordCDR.objects.filter(
        record=current, finding__in=[Finding.AMOUNT, Finding.HELD], cdr__isnull=False
    ).order_by("position")
    ids = list(wrong.values_list("cdr_id", flat=True)[: DISPUTED_AT_MOST + 1])
    if len(ids) > DISPUTED_AT_MOST:
        raise NotPossible(
            f"More than {DISPUTED_AT_MOST} CDRs differ: ask for another invoice instead."
        )
    where = open_dispute(current, ids, reason=reason, actor=actor)
    _decide(current, RecordState.DISPUTED, reason, actor)
    events.record(
        "invoice.disputed",
        f"Invoice {current} is disputed. {reason.strip()}",
        actor=actor,
        subject=current.reference,
    )
    return where


@transaction.atomic
def reopen(record: InvoiceRecord, *, actor: events.Actor) -> None:
    """Take the decision back: the invoice is to be checked again."""
    current = _locked(record)
    if current.state == RecordState.OPEN:
        raise NotPossible("Nothing was decided about it.")
    _decide(current, RecordState.OPEN, "", actor)
    events.record(
        "invoice.reopened",
        f"Invoice {current} is to be checked again.",
        actor=actor,
        subject=current.reference,
    )


@transaction.atomic
def enter_amounts(
    record: InvoiceRecord,
    *,
    currency: str,
    before_tax: Decimal | None,
    after_tax: Decimal | None,
    actor: events.Actor,
) -> None:
    """What the invoice itself says it comes to; OCPI does not tell. Raises :class:`NotPossible`."""
    current = _locked(record)
    if (before_tax is not None or after_tax is not None) and not currency:
        raise NotPossible("Say the currency of the invoice.")
    current.currency = currency.upper()
    current.total_before_tax, current.total_after_tax = before_tax, after_tax
    current.unexplained = matching.unexplained(current)
    current.save(update_fields=["currency", "total_before_tax", "total_after_tax", "unexplained"])
    events.record(
        "invoice.amounts",
        f"The amounts of invoice {current} were entered.",
        actor=actor,
        subject=current.reference,
    )


def match_again(record: InvoiceRecord, *, actor: events.Actor) -> None:
    """Match the invoice with what is here now; nothing is decided by that."""
    matching.match(record.pk)
    events.record(
        "invoice.matched",
        f"Invoice {record} was matched again.",
        actor=actor,
        subject=record.reference,
    )


def _open(record: InvoiceRecord, version: int | None) -> InvoiceRecord:
    current = _locked(record)
    if version is not None and current.version != version:
        raise NotPossible("The invoice changed meanwhile. Look at it once more.")
    if current.state != RecordState.OPEN:
        raise NotPossible(f"It is “{current.get_state_display().lower()}” already.")
    return current


def _locked(record: InvoiceRecord) -> InvoiceRecord:
    rows = InvoiceRecord.objects.select_for_update(of=("self",), no_key=True)
    current = rows.select_related("owner", "cpo", "emsp").get(pk=record.pk)
    if current.deleted_at is not None:
        raise NotPossible("It was withdrawn.")
    return current


def _decide(record: InvoiceRecord, state: RecordState, reason: str, actor: events.Actor) -> None:
    is_open = state == RecordState.OPEN
    record.state, record.reason = state, reason.strip()
    record.decided_at = None if is_open else timezone.now()
    record.decided_by = "" if is_open else events.actor_name(actor)[:150]
    record.save(update_fields=["state", "reason", "decided_at", "decided_by"])
