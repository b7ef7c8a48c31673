"""What staff can do about an invoice; each asks first and leaves an event."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from settlement.reconciliation import recipients, services
from settlement.reconciliation.choices import RecordState, Way
from settlement.reconciliation.models import InvoiceRecord
from staff import theme
from staff.confirmed import Confirmed, acting
from staff.requests import user_of

CHANGE = "settlement.change_invoicerecord"
_REFUSALS = (services.NotPossible,)


class AcceptForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=1000,
        widget=theme.TextareaWidget(attrs={"rows": 3}),
        help_text="Needed where anything differs: why it is accepted all the same.",
    )


class DisputeForm(forms.Form):
    reason = forms.CharField(
        label="What is wrong",
        max_length=1000,
        widget=theme.TextareaWidget(attrs={"rows": 3, "autofocus": True}),
        help_text="For the partner and for colleagues.",
    )


def _is_ours(record: InvoiceRecord) -> bool:
    return record.way == Way.SENT and record.deleted_at is None


def _is_open(record: InvoiceRecord) -> bool:
    theirs = record.way == Way.RECEIVED and record.deleted_at is None
    return theirs and record.state == RecordState.OPEN


def _is_decided(record: InvoiceRecord) -> bool:
    return record.deleted_at is None and record.state != RecordState.OPEN


def _accept(request: HttpRequest, record: InvoiceRecord, given: dict[str, Any]) -> None:
    services.accept(record, reason=given["reason"], actor=user_of(request))


def _dispute(request: HttpRequest, record: InvoiceRecord, given: dict[str, Any]) -> str | None:
    return services.dispute(record, reason=given["reason"], actor=user_of(request)) or None


def _disputing(record: InvoiceRecord) -> str:
    result = getattr(record, "result", None)
    if result is None:
        return ""
    concerned = result.amount + result.held
    return (
        f"Of its CDRs {concerned} have another amount or are not to be settled: those that can be are disputed, and"
        " are on no statement until that ends. CDRs that are not here, or are charged twice, have to be settled with"
        " the partner by the invoice."
    )


def _told(record: InvoiceRecord) -> str:
    names = ", ".join(connection.name for connection in recipients.takers(record))
    return f"{names} is told." if names else "No partner takes it over OCPI: tell it yourself."


ACTIONS = [
    Confirmed(
        name="accept",
        label="Accept",
        permission=CHANGE,
        question="Accept invoice {object}?",
        explanation="It says that the invoice may be paid. Nothing is paid from here, and its CDRs stay as they are.",
        form=AcceptForm,
        perform=_accept,
        done="Invoice {object} was accepted.",
        icon="task_alt",
        allowed=_is_open,
        refusals=_REFUSALS,
    ),
    Confirmed(
        name="dispute",
        label="Dispute the differences",
        permission=CHANGE,
        question="Dispute what differs on invoice {object}?",
        explanation=_disputing,
        form=DisputeForm,
        perform=_dispute,
        done="Invoice {object} is disputed.",
        dangerous=True,
        icon="gavel",
        allowed=_is_open,
        refusals=_REFUSALS,
    ),
    Confirmed(
        name="reopen",
        label="Take the decision back",
        permission=CHANGE,
        question="Check invoice {object} again?",
        explanation="What was decided about the invoice is forgotten. Disputes of its CDRs go on.",
        perform=acting(services.reopen),
        done="Invoice {object} is to be checked.",
        icon="undo",
        allowed=_is_decided,
        refusals=_REFUSALS,
    ),
    Confirmed(
        name="match",
        label="Match again",
        permission=CHANGE,
        question="Match invoice {object} with what is here now?",
        explanation="That happens by itself when CDRs come and reviews change. Nothing is decided by it.",
        perform=acting(services.match_again),
        done="Invoice {object} was matched.",
        icon="rule",
        allowed=lambda record: record.deleted_at is None,
        refusals=_REFUSALS,
    ),
    Confirmed(
        name="resend",
        label="Send again",
        permission=CHANGE,
        question="Send invoice {object} to its recipient again?",
        explanation=_told,
        perform=acting(services.resend),
        done="Invoice {object} is on its way.",
        icon="send",
        allowed=_is_ours,
        refusals=_REFUSALS,
    ),
    Confirmed(
        name="withdraw",
        label="Withdraw",
        permission=CHANGE,
        question="Withdraw invoice {object}?",
        explanation=lambda record: (
            "The record of the invoice was an error: its CDRs are on no invoice any more. The invoice itself is taken"
            f" back by your accounting. {_told(record)}"
        ),
        perform=acting(services.withdraw),
        done="Invoice {object} was withdrawn.",
        dangerous=True,
        icon="delete",
        allowed=_is_ours,
        refusals=_REFUSALS,
    ),
]
