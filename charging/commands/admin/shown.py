"""The life of a command in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.html import format_html

from charging import records, words
from charging.commands.choices import BADGES, AnsweredBy, CommandState, CommandType
from charging.models import Command, Session
from exchange.admin import links
from exchange.models import Delivery
from parties.models import Party
from staff import badges, fragments
from staff.links import page_url

SEEN_WITHIN = timedelta(hours=2)
SESSIONS_SHOWN = 5
RESULTS = {
    "ACCEPTED": "done",
    "CANCELED_RESERVATION": "the CPO took the reservation back",
    "EVSE_OCCUPIED": "the EVSE is occupied",
    "EVSE_INOPERATIVE": "the EVSE is out of order",
    "FAILED": "it was tried and failed",
    "NOT_SUPPORTED": "not supported",
    "REJECTED": "rejected",
    "TIMEOUT": "the charge point did not answer",
    "UNKNOWN_RESERVATION": "there is no such reservation",
    "UNKNOWN_SESSION": "there is no such session",
    "UNKNOWN": "there is nothing to say about it",
    "TOO_OFTEN": "asked too often",
}


class Step(NamedTuple):
    """One thing that happened: when (aware), what, and who did it."""

    at: datetime
    message: str
    actor: str


def state_badge(command: Command) -> str:
    return badges.badge(command.state, CommandState, BADGES)


def flags(command: Command) -> list[str]:
    """What was odd, as badges."""
    said = {
        "early": ("Result before the answer", "info"),
        "late": ("Late result", "warning"),
        "repeated": ("Result sent twice", "info"),
        "contradicted": ("Contradicts itself", "danger"),
        "unanswered": ("No answer", "warning"),
        "canceled": ("Reservation taken back", "warning"),
    }
    return [badges.label_badge(*badge) for name, badge in said.items() if getattr(command, name)]


def requester(command: Command) -> str:
    if command.requested_by is not None:
        return links.partner(command.requested_by)
    return command.actor or "the portal"


def executor(command: Command) -> str:
    if command.executed_by is not None:
        return links.partner(command.executed_by)
    return AnsweredBy(command.answered_by).label if command.answered_by else fragments.EMPTY


def party_words(party: Party) -> str:
    return format_html('<span title="{}">{}</span>', party.name or party, party.identity)


def result_words(result: str) -> str:
    return RESULTS.get(result, result)


def messages_of(document: dict[str, Any]) -> list[str]:
    """What was said in words, in all languages."""
    found = document.get("message") or []
    return [str(one.get("text") or "") for one in found if isinstance(one, dict)]


def sentence(command: Command) -> str:
    """Where it stands, in one sentence."""
    who = _runner(command)
    match command.state:
        case CommandState.SENDING:
            if command.unanswered:
                return f"{who} did not answer, so that the command may or may not have arrived."
            return f"It is on its way to {who}."
        case CommandState.ACCEPTED:
            if command.answered_by == AnsweredBy.STAFF:
                return "Somebody here has to carry it out and report what came of it."
            return f"{who} has accepted it; what the charge point did is still to come."
        case CommandState.SUCCEEDED:
            taken_back = " Later its CPO took the reservation back." if command.canceled else ""
            return f"The charge point has done it.{taken_back}"
        case CommandState.FAILED:
            return f"It was accepted, but {result_words(command.result)}."
        case CommandState.TIMED_OUT:
            if command.late_result:
                late = result_words(command.late_result)
                return f"It had timed out when the result came at last: {late}."
            return "Nothing was heard of it in time. A session may start nevertheless."
        case CommandState.REFUSED:
            return f"{who} refused it: {result_words(command.response)}."
    return f"{who} could not be reached; nothing was asked of the charge point."


def _runner(command: Command) -> str:
    if command.executed_by is not None:
        return command.executed_by.name
    return str(command.owner.identity)


def steps(command: Command) -> list[Step]:
    """Everything that happened, in its order."""
    asked_by = command.requested_by.name if command.requested_by else command.actor or "the portal"
    who = _runner(command)
    found = [Step(command.created_at, f"{command.get_type_display()} was asked for.", asked_by)]
    if command.answered_at is not None:
        within = ""
        if command.timeout is not None:
            within = f" The result may take {fragments.span(command.timeout)}."
        texts = " ".join(f"“{text}”" for text in messages_of(command.response_document))
        answer = "accepted" if command.response == "ACCEPTED" else result_words(command.response)
        found.append(Step(command.answered_at, f"Answered: {answer}.{within} {texts}".strip(), who))
    if command.result_at is not None:
        texts = " ".join(f"“{text}”" for text in messages_of(command.result_document))
        early = " That was before the answer to the request." if command.early else ""
        told = f"The result came: {result_words(command.result)}.{early} {texts}".strip()
        found.append(Step(command.result_at, told, who))
    elif command.state == CommandState.TIMED_OUT and command.finished_at is not None:
        found.append(Step(command.finished_at, "Nothing came in time: given up.", "the clock"))
    found += _told(command)
    found += _charges(command)
    return sorted(found, key=lambda step: step.at)


def _told(command: Command) -> Iterable[Step]:
    if command.requested_by is None:
        return
    row = Delivery.objects.filter(
        connection=command.requested_by, module=command.module, object_id=command.pk
    ).first()
    if row is None or row.last_attempt_at is None:
        return
    told = row.wanted_version <= row.sent_version
    outcome = "was told the result" if told else f"could not be told the result: {row.last_error}"
    name = command.requested_by.name
    yield Step(row.last_attempt_at, f"{name} {outcome}.", "the portal")


def _charges(command: Command) -> Iterable[Step]:
    found = sessions(command)
    said = records.of(found)
    for session in found:
        if command.type in (CommandType.START_SESSION, CommandType.RESERVE_NOW):
            seen = f"Session {session.session_id} appeared."
            yield Step(session.created_at, seen, str(session.owner.identity))
        for record in said.get(session.pk, ()):
            came = f"CDR {record.reference} came."
            yield Step(record.received_at, came, str(session.owner.identity))


def charge_lines(command: Command) -> list[dict[str, Any]]:
    """The sessions of a command and their CDRs, each linked."""
    found = sessions(command)
    said = records.of(found)
    return [
        {
            "link": fragments.link(page_url(session), session.session_id),
            "status": session.get_status_display().lower(),
            "energy": words.energy(session.kwh),
            "records": [
                fragments.link(record.url, record.reference) for record in said.get(session.pk, ())
            ],
        }
        for session in found
    ]


def sessions(command: Command) -> list[Session]:
    """The sessions that a command is about, or that came of it."""
    rows = Session.objects.filter(owner=command.owner).select_related("owner")
    if command.session_key:
        rows = rows.filter(session_key=command.session_key)
    elif command.token_key:
        same_card = Q(
            token_key=command.token_key,
            location_key=command.location_key,
            started_at__gte=command.created_at - timedelta(minutes=1),
            started_at__lte=command.created_at + SEEN_WITHIN,
        )
        if command.authorization_key:
            rows = rows.filter(Q(authorization_key=command.authorization_key) | same_card)
        else:
            rows = rows.filter(same_card)
    else:
        return []
    return list(rows.order_by("started_at")[:SESSIONS_SHOWN])
