"""Invoices of ours: partners are told which CDRs they charge, of every change, and where one was an error."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from exchange import announce
from ocpi.ids import ci_key
from parties import events
from parties.models import Party
from settlement import words
from settlement.choices import Billing
from settlement.models.statements import SettlementTerms, Statement
from settlement.reconciliation import selectors, sides
from settlement.reconciliation.choices import Origin, Way
from settlement.reconciliation.documents import Line, RecordParts, made, take_apart
from settlement.reconciliation.models import InvoiceRecord
from settlement.reconciliation.recipients import takers
from settlement.reconciliation.services import writing
from settlement.reconciliation.services.writing import Source
from settlement.reconciliation.visibility import MODULE

LONGEST_ID = 39


class NotPossible(ValueError):
    """It cannot be done; the message says why, for staff."""


@transaction.atomic
def issue(
    ours: Party,
    partner: Party,
    invoice_id: str,
    cdrs: Sequence[int],
    *,
    statement: Statement | None = None,
    actor: events.Actor = None,
) -> InvoiceRecord:
    """Say that an invoice of ours charges these CDRs (primary keys); its recipient is told where it can be.

    ``ours`` as CPO bills directly, as eMSP in reverse. Raises :class:`NotPossible`.
    """
    if not ours.is_ours:
        raise NotPossible(f"{ours} is not one of ours.")
    try:
        between = sides.of_parties(ours, partner)
    except sides.Unclear as unclear:
        raise NotPossible(str(unclear)) from None
    named = named_as(invoice_id)
    same = InvoiceRecord.objects.filter(owner=ours, invoice_key=named.upper(), deleted_at=None)
    if same.exists():
        raise NotPossible(f"There is an invoice {named} of {ours.identity} already.")
    parts = _parts(ours, str(uuid.uuid4()), named, listed_of(between, cdrs))
    source = Source(Origin.HERE, None, actor)
    listed = [Line(cdr) for cdr in parts.cdrs]
    record = writing.create(parts, between, source, listed, statement=statement)
    told = len(takers(record))
    said = f"{told} partner{'s'[: told != 1]} told" if told else "to be sent as a file"
    events.record(
        "invoice.issued",
        f"Invoice {record} to {partner.identity}, {len(parts.cdrs)} CDRs, {said}.",
        actor=actor,
        subject=record.reference,
    )
    return record


@transaction.atomic
def issue_statement(
    statement: Statement, *, invoice_id: str = "", actor: events.Actor = None
) -> InvoiceRecord:
    """Say that an invoice charges what is on one of our statements and on no invoice of ours yet.

    Without ``invoice_id`` it is called as the statement. Raises :class:`NotPossible`.
    """
    named = invoice_id or statement.number
    if not named:
        raise NotPossible("The statement has no number yet: say what the invoice is called.")
    if not statement.ours.is_ours:
        raise NotPossible(f"{statement.ours} is not one of ours.")
    if not is_ours_to_issue(statement):
        raise NotPossible(
            f"By the terms with {statement.partner}, it writes the invoice about this statement."
        )
    cdrs = list(selectors.unlisted(statement.pk).values_list("cdr_id", flat=True))
    if not cdrs:
        raise NotPossible("Every CDR of this statement is on an invoice already.")
    return issue(statement.ours, statement.partner, named, cdrs, statement=statement, actor=actor)


def is_ours_to_issue(statement: Statement) -> bool:
    """Whether we write the invoice about a statement, by the terms it was closed by or else those of now."""
    frozen = (statement.frozen or {}).get("terms") or {}
    billing = frozen.get("billing")
    if billing is None:
        rows = SettlementTerms.objects.filter(ours=statement.ours_id, partner=statement.partner_id)
        billing = rows.values_list("billing", flat=True).first() or Billing.DIRECT
    return words.is_ours_to_write(statement.direction, billing)


@transaction.atomic
def revise(
    record: InvoiceRecord,
    *,
    invoice_id: str | None = None,
    cdrs: Sequence[int] | None = None,
    actor: events.Actor = None,
) -> InvoiceRecord:
    """Say another number, or other CDRs (primary keys), of an invoice of ours; its recipient is told."""
    current = _locked(record)
    listed = list(current.lines.order_by("position").values_list("listed_id", flat=True))
    if cdrs is not None:
        between = sides.Sides(current.owner, current.cpo, current.emsp)
        listed = listed_of(between, cdrs)
    parts = _parts(
        current.owner, current.record_id, named_as(invoice_id or current.invoice_id), listed
    )
    writing.replace(
        current, parts, Source(Origin.HERE, None, actor), [Line(cdr) for cdr in parts.cdrs]
    )
    return current


@transaction.atomic
def withdraw(record: InvoiceRecord, *, actor: events.Actor = None) -> None:
    """Take an invoice of ours back as an error; partners are told to delete its record."""
    writing.remove(_locked(record), Source(Origin.HERE, None, actor))


@transaction.atomic
def resend(record: InvoiceRecord, *, actor: events.Actor = None) -> int:
    """Tell everybody that takes it once more; returns how many. Raises :class:`NotPossible` where nobody does."""
    current = _locked(record)
    connections = takers(current)
    if not connections:
        raise NotPossible("No partner takes it over OCPI: send it as a file.")
    for connection in connections:
        announce.again(MODULE, [current.pk], connection)
    names = ", ".join(connection.name for connection in connections)
    events.record(
        "invoice.resent", f"Invoice {current} is sent to {names} again.", actor=actor,
        subject=current.reference,
    )  # fmt: skip
    return len(connections)


def listed_of(between: sides.Sides, cdrs: Sequence[int]) -> list[str]:
    """The ids of CDRs (primary keys) between these parties, in the order of their end; NotPossible for others."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT o.cdr_id, o.owner_id, o.emsp_id FROM cdrs_cdr o WHERE o.id = ANY(%s)"
            " ORDER BY o.end_date_time, o.id",
            [list(cdrs)],
        )
        rows = cursor.fetchall()
    if not rows:
        raise NotPossible("An invoice charges one CDR at least.")
    for cdr_id, owner_id, emsp_id in rows:
        if owner_id != between.cpo.pk or (between.emsp and emsp_id != between.emsp.pk):
            raise NotPossible(
                f"CDR {cdr_id} is not one of {between.cpo.identity} for drivers of"
                f" {between.emsp.identity if between.emsp else 'anybody'}."
            )
        if len(cdr_id) > LONGEST_ID:
            raise NotPossible(f"CDR {cdr_id} has a longer ID than OCPI allows ({LONGEST_ID}).")
    return [row[0] for row in rows]


def _locked(record: InvoiceRecord) -> InvoiceRecord:
    rows = InvoiceRecord.objects.select_for_update(of=("self",), no_key=True)
    current = rows.select_related("owner", "cpo", "emsp").get(pk=record.pk)
    if current.way != Way.SENT:
        raise NotPossible("It is the partner's: only its owner changes it.")
    if current.deleted_at is not None:
        raise NotPossible("It was withdrawn.")
    return current


def named_as(invoice_id: str) -> str:
    """The number of an invoice, trimmed; raises :class:`NotPossible` for what is none."""
    text = invoice_id.strip()
    try:
        ci_key(text)
    except ValueError as error:
        raise NotPossible(f"The number of the invoice: {error}.") from None
    if not text or len(text) > 255:
        raise NotPossible("The number of the invoice has 1 to 255 characters.")
    return text


def _parts(owner: Party, record_id: str, invoice_id: str, listed: Sequence[str]) -> RecordParts:
    return take_apart(made(owner.identity, record_id, invoice_id, listed, timezone.now()))
