"""What can be answered from what is stored, and who has to be asked: reads, and changes nothing.

Staff see the same steps that an answer to a partner is made of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from exchange.why import NO, NOTE, YES, Step
from ocpi.errors import NotEnoughInformation, OCPIError, UnknownLocation, UnknownToken
from ocpi.ids import ci_key
from parties.choices import AuthorizationRule
from tokens.authorization import agreed, commanded, places, selectors, strangers, table
from tokens.authorization.choices import NEVER_ASKED, Allowed, How
from tokens.authorization.questions import Asking, Plan, Question, Target, Verdict
from tokens.models import Token

NOBODY_ASKED = "Your charge card provider could not be asked. Please try again."
START_WITH_APP = "Please start the charge in your provider's app."
ELSEWHERE = "This card may not charge in this country."
_UNKNOWN = "Is the card known here?"


def plan(question: Question) -> Plan:
    """What is known of a question before anybody is asked."""
    tokens = selectors.stored(question)
    if question.is_for_us:
        verdict = _commanded(question)
        if verdict is not None:
            return Plan((_command_step(verdict),), verdict, tokens=tuple(tokens))
    if tokens:
        return _of_stored(question, tokens)
    return _of_stranger(question)


def unknown(question: Question) -> Verdict:
    """HTTP 404 with 2004 and no data: OCPI 2.2.1, mod_tokens, POST. 2.1.1 has no 2004."""
    code = 2000 if question.version == "2.1.1" else None
    error = UnknownToken(
        f"Token {question.uid} of type {question.type} is not known.",
        http_status=404,
        status_code=code,
    )
    return Verdict(How.UNKNOWN, error=error)


# --- A command came before ------------------------------------------------------------------------


def _commanded(question: Question) -> Verdict | None:
    """A token that an eMSP has just sent with a command is allowed already."""
    if question.location is None and question.type not in NEVER_ASKED:
        return None
    location_key = ci_key(question.location_id) if question.location else ""
    evse_keys = [ci_key(uid) for uid in question.evse_uids]
    found = commanded.latest(question.uid_key, question.type, location_key, evse_keys)
    if found is None:
        return None
    if question.type not in NEVER_ASKED and found.at < timezone.now() - commanded.WITHIN:
        return None
    answer = {
        "allowed": Allowed.ALLOWED.value,
        "token": found.token,
        **({"location": question.location} if question.location else {}),
        **(
            {"authorization_reference": found.authorization_reference}
            if found.authorization_reference
            else {}
        ),
    }
    return Verdict(
        How.COMMAND,
        Allowed.ALLOWED,
        found.owner,
        answer=answer,
        reference=found.authorization_reference,
    )


def _command_step(verdict: Verdict) -> Step:
    owner = verdict.owner.identity if verdict.owner else "Its eMSP"
    return Step(
        "Did a command come before?",
        YES,
        f"{owner} sent this token with a command for this place, and has allowed it by that. It is not asked again.",
    )


# --- Stored tokens ----------------------------------------------------------------------------------


class _Judged(NamedTuple):
    steps: list[Step]
    verdict: Verdict
    asking: Asking | None = None


def _of_stored(question: Question, tokens: list[Token]) -> Plan:
    judged = [_judge(question, token) for token in tokens]
    steps = [_known(question, tokens)]
    for one in judged:
        steps += one.steps
    at_once = [one.verdict for one in judged if one.asking is None]
    allowed = next((v for v in at_once if v.allowed == Allowed.ALLOWED), None)
    if allowed is not None:
        return Plan(tuple(steps), allowed, tokens=tuple(tokens))
    asking = tuple(one.asking for one in judged if one.asking is not None)
    verdict = next(iter(at_once), judged[0].verdict)
    return Plan(tuple(steps), verdict, asking[: settings.AUTHORIZE_ASKED], tokens=tuple(tokens))


def _known(question: Question, tokens: list[Token]) -> Step:
    owners = ", ".join(f"{token.owner.identity}" for token in tokens)
    several = (
        " Each of them counts; the first that is allowed wins, in this order."
        if len(tokens) > 1
        else ""
    )
    return Step(_UNKNOWN, YES, f"It is a card of {owners}.{several}", "token")


def _judge(question: Question, token: Token) -> _Judged:
    owner, steps = token.owner, list[Step]()
    for check in (_app_user, _elsewhere):
        found = check(question, token, steps)
        if found is not None:
            return _Judged(steps, found)
    rule = AuthorizationRule(owner.authorization_rule) if owner.is_ours else None
    row = table.row(token.whitelist, valid=token.valid)
    if rule == AuthorizationRule.TOKENS:
        sentence = f"{owner.identity} is ours, and set to decide by the tokens here only."
        steps.append(Step("Who decides?", NOTE, sentence, "party"))
        return _decided(question, token, row, steps)
    asks = row.asks or rule == AuthorizationRule.BACK_OFFICE
    steps.append(_who_decides(row, rule, owner.identity))
    if not asks:
        return _decided(question, token, row, steps)
    target = selectors.target(question, owner)
    if target is None and rule == AuthorizationRule.WHITELIST:
        sentence = "No back office is connected for it, so that the tokens here decide."
        steps.append(Step("Can it be asked?", NOTE, sentence, "party"))
        return _decided(question, token, row, steps)
    silent = _silent(question, token, row)
    steps.append(_can_be_asked(target, row))
    if target is None:
        return _Judged(steps, silent)
    return _Judged(steps, silent, Asking(target, token, silent))


def _who_decides(row: table.Row, rule: AuthorizationRule | None, owner: object) -> Step:
    question = "Does the whitelist let us answer?"
    if rule == AuthorizationRule.BACK_OFFICE:
        sentence = f"{owner} is ours, and set to have its back office decide every time."
        return Step(question, NO, sentence, "party")
    return Step(question, NO if row.asks else YES, f"{row.sentence}", "token")


def _can_be_asked(target: Target | None, row: table.Row) -> Step:
    question = "Can its eMSP be asked?"
    otherwise = f"Without an answer it is: {row.silent.label.lower()}."
    if target is None:
        sentence = f"It has no connection here that takes such questions. {otherwise}"
        return Step(question, NO, sentence, "connection")
    return Step(question, YES, f"Through {target.connection}. {otherwise}", "connection")


def _decided(question: Question, token: Token, row: table.Row, steps: list[Step]) -> _Judged:
    """The stored token decides; of ours the place is checked as well."""
    how = How.OURS if token.owner.is_ours else How.WHITELIST
    allowed = _state(token, row.stored)
    steps.append(
        Step(
            "Is the token valid?",
            YES if allowed == Allowed.ALLOWED else NO,
            "It is." if allowed == Allowed.ALLOWED else _why_not(allowed),
            "token",
        )
    )
    if allowed != Allowed.ALLOWED:
        return _Judged(steps, Verdict(how, allowed, token.owner, token))
    references = question.location
    if token.owner.is_ours:
        try:
            references = _place(question, steps)
        except UnknownLocation as error:
            return _Judged(steps, _refused(token, error))
    return _Judged(steps, Verdict(how, allowed, token.owner, token, references))


def _state(token: Token, allowed: Allowed) -> Allowed:
    if allowed == Allowed.ALLOWED and selectors.expired(token):
        return Allowed.EXPIRED
    return allowed


def _why_not(allowed: Allowed) -> str:
    if allowed == Allowed.EXPIRED:
        return "Its eMSP says that it has ended."
    return "Its eMSP has marked it as not valid."


def _silent(question: Question, token: Token, row: table.Row) -> Verdict:
    """What holds when its eMSP cannot be asked."""
    allowed = _state(token, row.silent)
    location = question.location if allowed == Allowed.ALLOWED else None
    text = NOBODY_ASKED if allowed == Allowed.NOT_ALLOWED else ""
    return Verdict(How.OFFLINE, allowed, token.owner, token, location, text=text)


def _place(question: Question, steps: list[Step]) -> dict[str, object] | None:
    if question.location is None:
        return None
    try:
        place = places.find(question)
    except UnknownLocation as error:
        steps.append(Step("Is the place known?", NO, error.message, "location"))
        raise
    sentence = (
        "It is; opening hours and the status of EVSEs are none of an eMSP's business."
        if place.held is not None
        else f"{question.location_id} is not listed here: a private charger, which is no reason to refuse."
    )
    steps.append(Step("Is the place known?", YES if place.held else NOTE, sentence, "location"))
    return place.references


def _app_user(question: Question, token: Token, steps: list[Step]) -> Verdict | None:
    """App users start by command; at a charge point of ours their tokens are never asked about."""
    if not question.is_for_us or question.type not in NEVER_ASKED:
        return None
    row = table.row(token.whitelist, valid=token.valid)
    allowed = Allowed.NOT_ALLOWED if row.asks else _state(token, row.stored)
    sentence = "A token of an app comes with a command, and none came. Its eMSP must not be asked about it."
    steps.append(Step("Did a command come before?", NO, sentence))
    text = START_WITH_APP if allowed == Allowed.NOT_ALLOWED else ""
    location = question.location if allowed == Allowed.ALLOWED else None
    return Verdict(How.WHITELIST, allowed, token.owner, token, location, text=text)


def _elsewhere(question: Question, token: Token, steps: list[Step]) -> Verdict | None:
    """Tokens of ours that an agreement limits to countries."""
    if question.is_for_us or not token.owner.is_ours:
        return None
    limits = agreed.countries(token.owner, question.cpos)
    if limits is None:
        return None
    names = ", ".join(sorted(limits))
    asked = "May it charge in that country?"
    if question.location is None:
        message = f"LocationReferences are needed: cards of {token.owner.identity} may charge in {names} only."
        steps.append(Step(asked, NO, message, "agreement"))
        return _refused(token, NotEnoughInformation(message))
    held = places.held(question)
    if held is None:
        message = (
            f"location_id: {question.location_id} is not known here, and cards of {token.owner.identity}"
            f" may charge in {names} only."
        )
        steps.append(Step(asked, NO, message, "agreement"))
        return _refused(token, UnknownLocation(message))
    inside = held.country in limits
    sentence = f"The location is in {held.country}; by agreement the cards may charge in {names}."
    steps.append(Step(asked, YES if inside else NO, sentence, "agreement"))
    if inside:
        return None
    return Verdict(How.OURS, Allowed.NOT_ALLOWED, token.owner, token, text=ELSEWHERE)


def _refused(token: Token, error: OCPIError) -> Verdict:
    return Verdict(How.REFUSED, None, token.owner, token, error=error)


# --- A card that is not stored ------------------------------------------------------------------


def _of_stranger(question: Question) -> Plan:
    nobody = unknown(question)
    steps = [
        Step(_UNKNOWN, NO, f"No {question.type} token with the number {question.uid} is here.")
    ]
    checks: tuple[Callable[[Question], str], ...] = (
        _never_asked,
        strangers.just_asked,
        strangers.too_many,
    )
    for check in checks:
        reason = check(question)
        if reason:
            steps.append(Step("Can others be asked?", NO, reason))
            return Plan(tuple(steps), nobody, stranger=True)
    targets = selectors.everyone(question)
    asking = tuple(Asking(target) for target in targets[: settings.AUTHORIZE_ASKED])
    steps.append(_others(targets))
    return Plan(tuple(steps), nobody, asking, stranger=True)


def _never_asked(question: Question) -> str:
    if question.is_for_us and question.type in NEVER_ASKED:
        return "A token of an app comes with a command, and none came."
    return ""


def _others(targets: list[Target]) -> Step:
    question = "Can others be asked?"
    if not targets:
        return Step(question, NO, "No eMSP that could know it takes such questions.", "connection")
    names = ", ".join(str(target) for target in targets[: settings.AUTHORIZE_ASKED])
    left = len(targets) - settings.AUTHORIZE_ASKED
    more = f" {left} more are left out, because only so many are asked." if left > 0 else ""
    return Step(question, YES, f"{names}.{more}", "connection")
