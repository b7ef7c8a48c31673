"""Asking whoever runs a CPO, and understanding the direct answer. No transaction is open meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings

from charging.commands import services
from charging.commands.choices import AnsweredBy, CommandType
from charging.commands.life import ACCEPTED, Happened
from charging.commands.services import Document
from charging.models import Command
from exchange import egress
from ocpi import convert
from ocpi.convert.v2_1_1.commands import ASSUMED_TIMEOUT
from ocpi.errors import OCPIError
from ocpi.headers import RoutingHeaders
from ocpi.responses import OCPIResponse
from ocpi.status import StatusCode
from ocpi.urls import join, with_query
from ocpi.versioned import Kind, validate_document
from ocpi.versions import InterfaceRole
from parties import services as parties
from parties.choices import CommandRule
from parties.models import Connection, Party

MODULE = "commands"
KINDS: dict[str, Kind] = {
    CommandType.START_SESSION: "start_session",
    CommandType.STOP_SESSION: "stop_session",
    CommandType.RESERVE_NOW: "reserve_now",
    CommandType.CANCEL_RESERVATION: "cancel_reservation",
    CommandType.UNLOCK_CONNECTOR: "unlock_connector",
}
NOT_SUPPORTED, REJECTED = "NOT_SUPPORTED", "REJECTED"
_REFUSING = frozenset({404, 405, 501})
_UNREACHED = frozenset({StatusCode.UNKNOWN_RECEIVER, StatusCode.CONNECTION_PROBLEM})


class Reply(NamedTuple):
    """What came of asking: what happened to the command, the answer (canonical), and in words what went wrong.

    ``status_code`` is the OCPI status of the answer; ``timed_out`` says that we waited in vain.
    """

    happened: Happened
    result: str = ""
    document: Document | None = None
    status_code: int = StatusCode.SUCCESS
    sentence: str = ""
    timed_out: bool = False


class Asked(NamedTuple):
    """A request of a command: below the partner's endpoint, its body in the partner's version."""

    method: str
    segments: Sequence[str]
    body: Any = None
    query: Mapping[str, str] | None = None
    kind: Kind = "command_response"


def runner(owner: Party, module: str, *, environment: str = "") -> tuple[Connection | None, str]:
    """Who carries out what is asked of a CPO: a connection, or the rule of a party of ours (``AnsweredBy``)."""
    found = parties.running_connection(
        owner, module, InterfaceRole.RECEIVER, environment=environment
    )
    if found is not None:
        return found, ""
    return None, owner.command_rule if owner.is_ours else AnsweredBy.PORTAL.value


def our_response_url(command: Command, version: str) -> str:
    """Where the result of a command is to be sent to."""
    kind = f"sender/{command.module}/{command.type}"
    return f"{settings.BASE_URL}/ocpi/{version}/{kind}/{command.public_id}"


def carry_out(command: Command) -> tuple[Command, Reply]:
    """Send a command that was just placed to whoever runs its CPO, or answer it by rule."""
    executor = command.executed_by
    reply = by_rule(command) if executor is None else _sent(command, executor)
    return settled(command, reply), reply


def settled(command: Command, reply: Reply) -> Command:
    """What the direct answer makes of the command."""
    document = reply.document or {}
    return services.happen(
        command.pk,
        reply.happened,
        reply.result,
        document=document,
        timeout=int(document.get("timeout") or 0),
        note=reply.sentence,
    )


def by_rule(command: Command) -> Reply:
    """The answer of a party that no connection runs."""
    rule = command.answered_by
    if rule == AnsweredBy.PORTAL:
        return Reply(
            Happened.UNREACHED, sentence="No connection that takes commands runs this CPO."
        )
    if rule == CommandRule.STAFF:
        document = {"result": ACCEPTED, "timeout": settings.COMMAND_STAFF_SECONDS}
        return Reply(Happened.ANSWERED, ACCEPTED, document)
    return declined(rule, "This CPO takes no commands at the moment.")


def declined(result: str, sentence: str, status_code: int = StatusCode.SUCCESS) -> Reply:
    """A direct answer of ours that says no."""
    document = {
        "result": result,
        "timeout": 0,
        "message": [{"language": "en", "text": sentence[:512]}],
    }
    return Reply(Happened.ANSWERED, result, document, status_code, sentence)


def _sent(command: Command, connection: Connection) -> Reply:
    kind = KINDS[command.type]
    document = {**command.document, "response_url": our_response_url(command, connection.version)}
    if command.reservation is not None:
        document["reservation_id"] = command.reservation.number
    try:
        body = convert.from_canonical(connection.version, kind, document).document
    except convert.Refused as refused:
        return declined(NOT_SUPPORTED, f"{refused.reason}.")
    return ask(command, connection, Asked("POST", (command.type,), body))


def ask(command: Command, connection: Connection, asked: Asked) -> Reply:
    """One request, never repeated, and what its answer means. The partner's misbehaviour is in the reply."""
    endpoint = connection.endpoint_url(command.module, InterfaceRole.RECEIVER) or ""
    try:
        url = with_query(join(endpoint, *asked.segments), asked.query or {})
    except ValueError as error:
        return Reply(Happened.UNREACHED, sentence=f"It cannot be asked: {error}.")
    with egress.client(
        connection,
        total_deadline=settings.COMMAND_SECONDS,
        max_bytes=egress.PUSH_LIMIT_BYTES,
        correlation_id=command.correlation_id or None,
    ) as client:
        response = client.request(
            asked.method,
            url,
            module=command.module,
            reference=command.reference,
            data=asked.body,
            routing=RoutingHeaders(to=command.owner.identity, from_=command.sender.identity),
        )
    return understood(connection.version, asked.kind, response)


def understood(version: str, kind: Kind, response: OCPIResponse) -> Reply:
    """What the answer to a command's request means."""
    if response.failure is not None:
        happened = Happened.UNREACHED if response.failure.is_clean else Happened.UNANSWERED
        return Reply(happened, sentence=response.diagnosis, timed_out=not response.failure.is_clean)
    code = response.status_code
    said = read(version, kind, response.data)
    if said is not None and (response.ok or (code is not None and 2000 <= code < 3000)):
        return _answer(said, code, "" if response.ok else response.diagnosis)
    if response.http_status in _REFUSING:
        return _no(NOT_SUPPORTED, response)
    if code in _UNREACHED:
        return Reply(Happened.UNREACHED, sentence=response.diagnosis)
    if code == StatusCode.FORWARDED_REQUEST_TIMEOUT:
        return Reply(Happened.UNANSWERED, sentence=response.diagnosis, timed_out=True)
    if response.ok or (code is None and (response.http_status or 0) >= 500):
        sentence = "Its answer does not say what becomes of the command."
        return Reply(Happened.UNANSWERED, sentence=sentence if response.ok else response.diagnosis)
    return _no(REJECTED, response)


def _answer(said: Document, code: int | None, sentence: str) -> Reply:
    status = StatusCode.SUCCESS if code is None or code < 2000 else code
    return Reply(Happened.ANSWERED, said["result"], said, status, sentence)


def _no(result: str, response: OCPIResponse) -> Reply:
    reply = declined(result, response.diagnosis)
    if response.status_code == StatusCode.UNKNOWN_LOCATION:
        return reply._replace(status_code=StatusCode.UNKNOWN_LOCATION)
    return reply


def read(version: str, kind: Kind, data: Any) -> Document | None:
    """A direct answer as canonical, or ``None`` for what is none.

    A driver waits: what is wrong with its lesser parts is left out, and a word that we do not know is a refusal.
    """
    if not isinstance(data, dict) or not isinstance(data.get("result"), str):
        return None
    given = data.get("timeout")
    timeout = given if isinstance(given, int) and given >= 0 else ASSUMED_TIMEOUT
    for attempt in (
        data,
        {"result": data["result"].strip().upper(), "timeout": timeout},
        {"result": REJECTED, "timeout": 0},
    ):
        try:
            valid = validate_document(version, kind, attempt)
            return convert.to_canonical(version, kind, valid).document
        except (OCPIError, convert.Refused):
            continue
    return None
