"""Asking whoever runs a CPO about the charging profile of a session. No transaction is open meanwhile."""

from __future__ import annotations

from charging.commands import sending
from charging.commands.choices import AnsweredBy, CommandType
from charging.commands.life import Happened
from charging.commands.sending import NOT_SUPPORTED, REJECTED, Asked, Reply
from charging.models import Command
from charging.profiles.visibility import MODULE
from ocpi import convert
from ocpi.versioned import Kind
from parties.choices import CommandRule, ConnectionState
from parties.models import Connection, ConnectionParty, Party

RESULTS: dict[str, Kind] = {
    CommandType.SET_PROFILE: "charging_profile_result",
    CommandType.GET_PROFILE: "active_charging_profile_result",
    CommandType.CLEAR_PROFILE: "clear_profile_result",
}
"""What comes of each request later."""

RESPONSE: Kind = "charging_profile_response"


def runner(owner: Party, *, environment: str = "") -> tuple[Connection | None, str]:
    """Who carries out what is asked of a CPO: a connection, or the rule of a party of ours."""
    return sending.runner(owner, MODULE, environment=environment)


def carry_out(command: Command) -> tuple[Command, Reply]:
    """Send a request that was just placed to whoever runs its CPO, or answer it by rule."""
    executor = command.executed_by
    reply = _by_rule(command) if executor is None else _sent(command, executor)
    return sending.settled(command, reply), reply


def declined(result: str, sentence: str) -> Reply:
    """A direct answer of ours that says no: a ChargingProfileResponse."""
    return Reply(Happened.ANSWERED, result, {"result": result, "timeout": 0}, sentence=sentence)


def _by_rule(command: Command) -> Reply:
    """Nobody can set a charging profile by hand: where staff carry out commands, it is not supported."""
    if command.answered_by == CommandRule.REJECTED:
        return declined(REJECTED, "This CPO takes no charging profiles at the moment.")
    if command.answered_by != AnsweredBy.PORTAL:
        return declined(NOT_SUPPORTED, "This CPO takes no charging profiles.")
    reached = (
        ConnectionParty.objects.reachable()
        .filter(party=command.owner, approved=True, connection__state=ConnectionState.CONNECTED)
        .select_related("connection")
        .first()
    )
    if reached is None:
        return Reply(Happened.UNREACHED, sentence="No connection runs this CPO.")
    version = reached.connection.version
    if version == "2.1.1":
        return declined(
            NOT_SUPPORTED, "This CPO speaks OCPI 2.1.1, which has no charging profiles."
        )
    return declined(NOT_SUPPORTED, "The system of this CPO has no address for charging profiles.")


def _sent(command: Command, connection: Connection) -> Reply:
    document = command.document
    session, url = (
        str(document["session_id"]),
        sending.our_response_url(command, connection.version),
    )
    if command.type == CommandType.SET_PROFILE:
        said = {"charging_profile": document["charging_profile"], "response_url": url}
        body = convert.from_canonical(connection.version, "set_charging_profile", said).document
        asked = Asked("PUT", (session,), body, kind=RESPONSE)
    elif command.type == CommandType.GET_PROFILE:
        query = {"duration": str(document["duration"]), "response_url": url}
        asked = Asked("GET", (session,), query=query, kind=RESPONSE)
    else:
        asked = Asked("DELETE", (session,), query={"response_url": url}, kind=RESPONSE)
    return sending.ask(command, connection, asked)
