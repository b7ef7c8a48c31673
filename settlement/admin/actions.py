"""What staff can do about a statement, each after a question."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest

from settlement import selectors, services, words
from settlement.choices import StatementState
from settlement.models import Statement
from staff import theme
from staff.confirmed import Confirmed, acting
from staff.requests import user_of

CHANGE = "settlement.change_statement"
APPROVE = "settlement.approve_statement"


class KnowinglyForm(forms.Form):
    """How many CDRs are left out, typed by whoever closes a month nonetheless."""

    seen = forms.IntegerField(
        label="Number of CDRs left out",
        min_value=1,
        widget=theme.TextWidget(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="Type their number, to close it although they are not reviewed.",
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Reason", max_length=300, widget=theme.TextareaWidget(attrs={"rows": 3})
    )


def unreviewed(statement: Statement) -> tuple[int, Decimal]:
    """How many CDRs of its month wait for somebody, and what they come to before tax."""
    rows = [row for row in selectors.not_on_it(statement, selectors.UNREVIEWED) if row.is_open]
    return sum(row.cdrs for row in rows), sum((row.amount for row in rows), Decimal(0))


def _is_ready(statement: Any) -> bool:
    return statement.state == StatementState.OPEN and not unreviewed(statement)[0]


def _is_held_up(statement: Any) -> bool:
    return statement.state == StatementState.OPEN and bool(unreviewed(statement)[0])


def _what_is_left(statement: Any) -> str:
    cdrs, amount = unreviewed(statement)
    return (
        f"{words.count(cdrs)} of {words.month(statement.month)} ({words.money(amount, statement.currency)} before"
        f" tax) {'is' if cdrs == 1 else 'are'} not reviewed yet. Close it, and what is accepted after"
        " that goes onto a later statement, marked as late."
    )


def _close_knowingly(request: HttpRequest, statement: Statement, given: dict[str, Any]) -> None:
    services.close(statement, actor=user_of(request), seen=given["seen"])


def _reopen(request: HttpRequest, statement: Statement, given: dict[str, Any]) -> None:
    services.reopen(statement, reason=given["reason"], actor=user_of(request))


_QUESTION = "Close the statement of {object}?"
_REOPENING = (
    "Its totals are no longer frozen, and CDRs come and go as they are reviewed. It keeps its number. What was"
    " corrected or came late on later statements since moves back to it."
)

CLOSE = Confirmed(
    name="close",
    label="Close",
    permission=CHANGE,
    question=_QUESTION,
    explanation="Its totals are frozen and it gets its number. Somebody else has to approve it.",
    perform=acting(services.close),
    done="It is closed, and waits for somebody else to approve it.",
    icon="task_alt",
    allowed=_is_ready,
    refusals=(services.NotPossible,),
)
CLOSE_KNOWINGLY = Confirmed(
    name="close-knowingly",
    label="Close",
    permission=CHANGE,
    question=_QUESTION,
    explanation=_what_is_left,
    perform=_close_knowingly,
    done="It is closed, and waits for somebody else to approve it.",
    icon="task_alt",
    form=KnowinglyForm,
    allowed=_is_held_up,
    refusals=(services.NotPossible,),
)
APPROVING = Confirmed(
    name="approve",
    label="Approve",
    permission=APPROVE,
    question="Approve {object}?",
    explanation="You say that its totals are right. Whoever closed it cannot approve it.",
    perform=acting(services.approve),
    done="{object} is approved. Lock it when it is sent.",
    icon="verified",
    allowed=lambda statement: statement.state == StatementState.DRAFT,
    refusals=(services.NotPossible,),
)
LOCK = Confirmed(
    name="lock",
    label="Lock",
    permission=CHANGE,
    question="Lock {object} for good?",
    explanation="Nobody can change it after that, not even in the database. What turns out wrong is corrected on a"
    " later statement.",
    perform=acting(services.lock),
    done="{object} is locked.",
    icon="lock",
    allowed=lambda statement: statement.state == StatementState.APPROVED,
    refusals=(services.NotPossible,),
)
REOPEN = Confirmed(
    name="reopen",
    label="Open again",
    permission=CHANGE,
    question="Open {object} again?",
    explanation=_REOPENING,
    perform=_reopen,
    done="It is open again.",
    icon="lock_open",
    form=ReasonForm,
    dangerous=True,
    allowed=lambda statement: statement.state == StatementState.DRAFT,
    refusals=(services.NotPossible,),
)
WITHDRAW = Confirmed(
    name="withdraw",
    label="Withdraw the approval",
    permission=APPROVE,
    question="Open {object} again, although it is approved?",
    explanation=_REOPENING,
    perform=_reopen,
    done="It is open again.",
    icon="lock_open",
    form=ReasonForm,
    dangerous=True,
    allowed=lambda statement: statement.state == StatementState.APPROVED,
    refusals=(services.NotPossible,),
)
ALL = [CLOSE, CLOSE_KNOWINGLY, APPROVING, LOCK, REOPEN, WITHDRAW]
