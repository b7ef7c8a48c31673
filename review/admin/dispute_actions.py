"""What staff can do with a case."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from charging.words import amount
from review.admin import dispute_forms as forms
from review.choices import DisputeOutcome, DisputeState
from review.disputes import crediting, steps
from review.disputes import services as disputes
from review.disputes.terms import terms_of
from review.models import Dispute
from review.services import NotPossible
from staff.confirmed import Confirmed
from staff.requests import user_of

CHANGE = "review.change_dispute"
Given = dict[str, Any]


def _tell(request: HttpRequest, case: Dispute, given: Given) -> None:
    deadline = forms.end_of(given["deadline"])
    disputes.tell(case, contact=given["contact"], deadline=deadline, actor=user_of(request))


def _answered(request: HttpRequest, case: Dispute, given: Given) -> None:
    disputes.answered(case, **given, actor=user_of(request))


def _ask_again(request: HttpRequest, case: Dispute, given: Given) -> None:
    deadline = forms.end_of(given["deadline"])
    disputes.ask_again(case, text=given["text"], deadline=deadline, actor=user_of(request))


def _postpone(request: HttpRequest, case: Dispute, given: Given) -> None:
    deadline = forms.end_of(given["deadline"])
    if deadline is not None:
        disputes.postpone(case, deadline=deadline, reason=given["reason"], actor=user_of(request))


def _note(request: HttpRequest, case: Dispute, given: Given) -> None:
    disputes.note(case, text=given["text"], actor=user_of(request))


def _close(request: HttpRequest, case: Dispute, given: Given) -> None:
    disputes.close(case, **given, actor=user_of(request))


def _take_back(request: HttpRequest, case: Dispute, given: Given) -> None:
    disputes.take_back(case, reason=given["reason"], actor=user_of(request))


def _reopen(request: HttpRequest, case: Dispute, given: Given) -> None:
    disputes.reopen(case, reason=given["reason"], actor=user_of(request))


def proposal_of(case: Dispute) -> crediting.Proposal | None:
    return crediting.proposal(case, steps.reviews_of(case))


def _close_as_proposed(request: HttpRequest, case: Dispute) -> None:
    found = proposal_of(case)
    if found is None:
        raise NotPossible("A Credit CDR is missing.")
    disputes.close(
        case,
        outcome=found.outcome,
        agreed=found.agreed,
        reason=found.words,
        actor=user_of(request),
    )


def _what_is_proposed(case: Dispute) -> str:
    found = proposal_of(case)
    if found is None:
        return "A Credit CDR is missing."
    return (
        f"{found.words} The case ends as “{DisputeOutcome(found.outcome).label}”,"
        f" {amount(found.agreed, case.currency)} less before tax. The CDRs are settled together with their"
        " Credit CDRs, so that both cancel out."
    )


def _when_told(case: Dispute) -> str:
    terms = terms_of(case.partner)
    to = f" Usually {terms.contact} is told." if terms.contact else ""
    return (
        "OCPI has no message for a dispute: tell them by mail, phone or portal, with the evidence, and write"
        f" down here that you did.{to} They have {terms.answer_days} days to answer, unless you say otherwise."
    )


def _running(case: Any) -> bool:
    return bool(case.state != DisputeState.CLOSED)


ACTIONS = (
    Confirmed(
        name="tell",
        label="Mark as told",
        permission=CHANGE,
        question="Was the partner told of {object}?",
        explanation=_when_told,
        perform=_tell,
        form=forms.TellForm,
        done="It waits for the partner now.",
        icon="outgoing_mail",
        allowed=lambda case: case.state == DisputeState.DRAFT,
        refusals=(NotPossible,),
    ),
    Confirmed(
        name="close-as-proposed",
        label="Close as proposed",
        permission=CHANGE,
        question="Close {object}?",
        explanation=_what_is_proposed,
        perform=_close_as_proposed,
        done="The case is closed.",
        icon="task_alt",
        allowed=lambda case: proposal_of(case) is not None,
        refusals=(NotPossible,),
    ),
    Confirmed(
        name="answered",
        label="They answered",
        permission=CHANGE,
        question="What does the partner say to {object}?",
        explanation="From then on it waits for us.",
        perform=_answered,
        form=forms.AnswerForm,
        done="It waits for us now.",
        icon="forward_to_inbox",
        allowed=lambda case: case.state in {DisputeState.OPEN, DisputeState.ANSWERED},
        refusals=(NotPossible,),
    ),
    Confirmed(
        name="ask-again",
        label="We asked again",
        permission=CHANGE,
        question="Was the partner asked again about {object}?",
        explanation="It waits for the partner again, with a new deadline.",
        perform=_ask_again,
        form=forms.AskForm,
        done="It waits for the partner now.",
        icon="reply",
        allowed=lambda case: case.state in {DisputeState.OPEN, DisputeState.ANSWERED},
        refusals=(NotPossible,),
    ),
    Confirmed(
        name="postpone",
        label="Other deadline",
        permission=CHANGE,
        question="Until when may the partner answer {object}?",
        perform=_postpone,
        form=forms.PostponeForm,
        done="The deadline is another one now.",
        icon="event",
        allowed=lambda case: case.state == DisputeState.OPEN,
        refusals=(NotPossible,),
    ),
    Confirmed(
        name="note",
        label="Note",
        permission=CHANGE,
        question="A note about {object}",
        perform=_note,
        form=forms.NoteForm,
        done="Noted.",
        icon="edit_note",
        refusals=(NotPossible,),
    ),
    Confirmed(
        name="close",
        label="Close",
        permission=CHANGE,
        question="How did {object} end?",
        explanation=(
            "Accepted as it is, or credited in part: its CDRs are settled as they are stated; what was agreed comes"
            " as a Credit CDR or outside OCPI. Credited: they are settled together with their Credit CDRs, and where"
            " there is none nobody pays them. Dropped: nobody pays them. CDRs that were decided otherwise"
            " meanwhile stay as they are."
        ),
        perform=_close,
        form=forms.CloseForm,
        done="The case is closed.",
        icon="gavel",
        allowed=_running,
        refusals=(NotPossible,),
    ),
    Confirmed(
        name="take-back",
        label="Take back",
        permission=CHANGE,
        question="Take {object} back?",
        explanation="Nobody was told of it. Its CDRs are to be reviewed again.",
        perform=_take_back,
        form=forms.ReasonForm,
        done="The case was taken back.",
        dangerous=True,
        icon="undo",
        allowed=lambda case: case.state == DisputeState.DRAFT,
        refusals=(NotPossible,),
    ),
    Confirmed(
        name="reopen",
        label="Open again",
        permission=CHANGE,
        question="Go on with {object}?",
        explanation="Its CDRs are disputed again, and settled by nobody until it ends. It waits for us.",
        perform=_reopen,
        form=forms.ReasonForm,
        done="The case is open again.",
        icon="replay",
        allowed=lambda case: case.state == DisputeState.CLOSED,
        refusals=(NotPossible,),
    ),
)
