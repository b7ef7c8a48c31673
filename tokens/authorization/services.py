"""The one entry: may this card charge here, now?"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ocpi.errors import (
    ConnectionProblem,
    ForwardedRequestTimeout,
    InvalidParameters,
    NotEnoughInformation,
    OCPIError,
    ServerError,
    UnknownLocation,
)
from ocpi.status import StatusCode
from parties import services as parties
from parties.choices import Role
from parties.models import Party
from tokens.authorization import asking, planning, selectors, store, strangers
from tokens.authorization.choices import Allowed, How, Reply
from tokens.authorization.questions import (
    Answered,
    Asking,
    Document,
    Outcome,
    Plan,
    Question,
    Verdict,
)

_REFUSALS: dict[int, type[OCPIError]] = {
    StatusCode.NOT_ENOUGH_INFORMATION: NotEnoughInformation,
    StatusCode.UNKNOWN_LOCATION: UnknownLocation,
}
_SILENT = frozenset({Reply.TIMEOUT, Reply.UNREACHABLE, Reply.FAILED, Reply.NOT_ASKED})


def authorize(question: Question) -> Outcome:
    """Decide a question, asking whom it takes, and keep the decision.

    Not to be called in a transaction: it may wait for partners.
    """
    outcome = decide(question)
    keep(question, outcome)
    return outcome


def decide(question: Question) -> Outcome:
    """Decide a question without keeping it: :func:`keep` has to follow, and may share a transaction.

    What is answered whitelisted, or by our own tokens, asks nobody. The outcome's verdict has either ``allowed``
    or an ``error`` to raise.
    """
    at, started = datetime.now(UTC), time.monotonic()
    plan = planning.plan(question)
    asked = asking.ask_all(question, plan.asking) if plan.asking else []
    verdict = _conclude(question, plan, asked) if plan.asking else plan.verdict
    verdict = _with_reference(verdict)
    took = round((time.monotonic() - started) * 1000)
    return Outcome(at, plan, verdict, tuple(asked), took)


def keep(question: Question, outcome: Outcome) -> None:
    """Keep a decision, and that nobody knew the card."""
    plan, asked = outcome.plan, outcome.asked
    if plan.stranger and plan.asking and outcome.verdict.allowed is None:
        strangers.remember(question, certain=not any(a.reply in _SILENT for a in asked))
    store.record(question, outcome)


def for_staff(uid: str, type_: str, location: Document | None, actor: str) -> Question:
    """A question of staff, for the charge points of our own CPOs."""
    cpos = tuple(Party.objects.ours().filter(role=Role.CPO))
    return Question(uid, type_, location, cpos=cpos, actor=actor)


def info_of(question: Question, verdict: Verdict) -> Document:
    """The canonical AuthorizationInfo of a verdict without error."""
    if verdict.answer is not None:
        return verdict.answer
    assert verdict.token is not None and verdict.allowed is not None  # noqa: S101, PT018
    token = selectors.document(verdict.token)
    info: Document = {"allowed": verdict.allowed.value, "token": token}
    if verdict.location is not None and verdict.allowed == Allowed.ALLOWED:
        info["location"] = verdict.location
    if verdict.reference:
        info["authorization_reference"] = verdict.reference
    if verdict.text:
        info["info"] = {"language": "en", "text": verdict.text}
    return info


def _with_reference(verdict: Verdict) -> Verdict:
    """Who decides gives the reference: what an eMSP answered is passed on as it is."""
    if verdict.error is not None or verdict.reference:
        return verdict
    if verdict.answer is not None:
        given = verdict.answer.get("authorization_reference")
        return replace(verdict, reference=str(given or ""))
    return replace(verdict, reference=str(uuid.uuid4()))


def _conclude(question: Question, plan: Plan, asked: Sequence[Answered]) -> Verdict:
    """The first that allows it; else what somebody decided; else that nobody knows it, or answered."""
    pairs = list(zip(plan.asking, asked, strict=True))
    verdicts = [v for v in (_verdict(one, answer) for one, answer in pairs) if v is not None]
    if plan.verdict.allowed is not None and not plan.stranger:
        at_once = {id(one.silent) for one in plan.asking}
        if id(plan.verdict) not in at_once:
            verdicts.append(plan.verdict)
    for verdict in verdicts:
        if verdict.allowed == Allowed.ALLOWED:
            return verdict
    answered = [v for v in verdicts if v.how != How.OFFLINE]
    if answered or verdicts:
        return (answered or verdicts)[0]
    if not any(answer.reply in _SILENT | {Reply.REFUSED} for answer in asked):
        return planning.unknown(question)
    return _no_answer(question, asked)


def _verdict(one: Asking, answer: Answered) -> Verdict | None:
    """What an eMSP's reply comes to; nothing when it does not know the card, or told us nothing."""
    if answer.info is not None:
        allowed = Allowed(answer.info["allowed"])
        owner = one.token.owner if one.token else _owner(one, answer.info)
        return Verdict(How.ASKED, allowed, owner, one.token, answer=answer.info)
    if answer.reply == Reply.UNKNOWN:
        return None
    if answer.reply == Reply.REFUSED and answer.status_code in _REFUSALS:
        return None
    return one.silent


def _owner(one: Asking, info: Document) -> Party | None:
    """Whose the card is: as the answer says where its sender may speak for that party, else who was asked."""
    named = asking.owner_in(info)
    if named is not None:
        spoken = parties.spoken_parties(one.target.connection).filter(
            role=Role.EMSP, country_code=named.country_code, party_id=named.party_id
        )
        if (found := spoken.first()) is not None:
            return found
    return one.target.party


def _no_answer(question: Question, asked: Sequence[Answered]) -> Verdict:
    """Nobody said anything about the card, and somebody could have."""
    for answer in asked:
        refusal = _REFUSALS.get(answer.status_code or 0)
        if answer.reply == Reply.REFUSED and refusal is not None:
            message = f"{answer.target}: {answer.sentence}"
            return Verdict(How.REFUSED, owner=answer.target.party, error=refusal(message))
    owner = asked[0].target.party if len(asked) == 1 else None
    names = ", ".join(str(answer.target) for answer in asked if answer.reply in _SILENT)
    return Verdict(How.TIMEOUT, owner=owner, error=_unanswered(question, asked, names))


def _unanswered(question: Question, asked: Sequence[Answered], names: str) -> OCPIError:
    """Our back office is told as by a hub (4002, 4003); to a partner our eMSP has failed (3000)."""
    if not question.is_for_us:
        return ServerError(
            f"Token {question.uid} could not be looked up in time; please try again."
        )
    if any(answer.reply in {Reply.TIMEOUT, Reply.NOT_ASKED} for answer in asked):
        return ForwardedRequestTimeout(f"No answer in time from {names}.")
    if all(answer.reply == Reply.REFUSED for answer in asked):
        return InvalidParameters("; ".join(f"{a.target}: {a.sentence}" for a in asked))
    return ConnectionProblem(f"No usable answer from {names}.")
