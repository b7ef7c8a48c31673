"""The direct answer to whoever sent a command."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from charging.commands import services
from charging.commands.choices import CommandModule, CommandState
from charging.commands.life import ACCEPTED, Happened
from charging.commands.sending import REJECTED, Reply, declined
from charging.commands.services import Document
from charging.models import Command
from exchange.views import Answer
from ocpi import convert
from ocpi.errors import ConnectionProblem, ForwardedRequestTimeout
from ocpi.status import StatusCode
from ocpi.versioned import Kind
from parties.choices import ConnectionKind
from parties.models import Connection

_KINDS: dict[str, Kind] = {
    CommandModule.COMMANDS: "command_response",
    CommandModule.CHARGING_PROFILES: "charging_profile_response",
}
IN_TIME = "No answer came in time, so that the command may or may not have arrived."


def answer(command: Command, reply: Reply, connection: Connection, version: str) -> Answer:
    """What the requester is told, in its version, and that it was told so.

    To a partner we are the CPO: whom we could not reach has refused. To our back office we are a hub: raises
    ConnectionProblem (4003) and ForwardedRequestTimeout (4002).
    """
    said = _said(reply)
    told = said["result"]
    if reply.happened is not Happened.ANSWERED:
        told = REJECTED
    elif command.state == CommandState.TIMED_OUT and not command.result:
        # It was given up before its answer came.
        said, told = _rejected(IN_TIME), REJECTED
    services.told(command.pk, told)
    if reply.happened is not Happened.ANSWERED and connection.kind == ConnectionKind.BACK_OFFICE:
        if reply.timed_out:
            raise ForwardedRequestTimeout(f"{command.owner.identity}: {reply.sentence}")
        raise ConnectionProblem(f"{command.owner.identity}: {reply.sentence}")
    kind = _KINDS[command.module]
    return encoded(said, version, reply.status_code, reply.sentence, kind)


def again(command: Command, connection: Connection, version: str) -> Answer:
    """The answer to a request that was here a moment ago: what was answered then."""
    kind = _KINDS[command.module]
    if command.response:
        answered = Reply(Happened.ANSWERED, command.response, command.response_document)
        return encoded(_said(answered), version, StatusCode.SUCCESS, "", kind)
    if command.state == CommandState.UNREACHABLE:
        sentence = command.notes[-1] if command.notes else "It could not be reached."
        reply = Reply(Happened.UNREACHED, sentence=sentence)
        return answer(command, reply, connection, version)
    timed_out = Reply(Happened.UNANSWERED, sentence=IN_TIME, timed_out=True)
    if connection.kind == ConnectionKind.BACK_OFFICE:
        raise ForwardedRequestTimeout(f"{command.owner.identity}: {timed_out.sentence}")
    return encoded(_said(timed_out), version, StatusCode.SUCCESS, "", kind)


def encoded(
    document: Document,
    version: str,
    status_code: int,
    sentence: str,
    kind: Kind = "command_response",
) -> Answer:
    """A canonical CommandResponse (or ChargingProfileResponse) as a version says it, in an envelope."""
    if kind != "command_response":
        document = {name: document[name] for name in document if name != "message"}
    data: Any = convert.from_canonical(version, kind, document).document
    message = sentence if status_code != StatusCode.SUCCESS else None
    return Answer(data, status_code=status_code, status_message=message)


def _said(reply: Reply) -> Document:
    if reply.happened is not Happened.ANSWERED or reply.document is None:
        return _rejected(reply.sentence or "It could not be reached.")
    if reply.result != ACCEPTED:
        return {**reply.document, "timeout": reply.document.get("timeout") or 0}
    # Whoever asked waits a little longer than we do, so that our TIMEOUT still reaches it in time.
    timeout = services.bounded(int(reply.document.get("timeout") or 0))
    return {**reply.document, "timeout": timeout + settings.COMMAND_MARGIN_SECONDS}


def _rejected(sentence: str) -> Document:
    return declined(REJECTED, sentence).document or {}
