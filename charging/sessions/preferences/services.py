"""Charging preferences from a partner and from staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from charging.models import Session
from charging.sessions.preferences import asking, deciding
from charging.sessions.preferences.words import described
from ocpi.errors import ConnectionProblem
from parties import events
from parties.events import Actor
from parties.models import Connection


class CannotAsk(Exception):
    """Preferences cannot be sent, for a reason staff can read."""


def prefer(
    session: Session,
    preferences: Mapping[str, Any],
    *,
    caller: Connection,
    correlation_id: str | None = None,
) -> str:
    """The answer to a partner's canonical preferences: the CPO's, or without its system what its rule says.

    Never call it in a transaction. Raises OCPIError: what the EVSE or the CPO's system does not take.
    """
    evse = deciding.evse_of(session)
    deciding.check_capable(evse)
    if not session.is_live:
        return _noted(session, preferences, "NOT_POSSIBLE", connection=caller, actor="partner")
    system = asking.system_of(session, environment=caller.environment)
    if system is not None:
        answer = asking.ask(session, system, preferences, correlation_id=correlation_id)
    elif session.owner.is_ours:
        answer = deciding.without_system(session, evse, preferences)
    else:
        raise ConnectionProblem(
            f"There is no connection to {session.owner.identity} that takes charging preferences."
        )
    return _noted(session, preferences, answer, connection=caller, actor="partner")


def why_not(session: Session) -> str:
    """Why staff cannot send preferences for this session; empty when they can."""
    if not session.emsp.is_ours:
        return "The driver is not one of ours."
    if not session.is_live:
        return "It has ended."
    if asking.system_of(session) is None:
        return f"No connected system of {session.owner.identity} takes charging preferences."
    try:
        deciding.check_capable(deciding.evse_of(session))
    except deciding.NotCapable as refused:
        return refused.message
    return ""


def send(session: Session, preferences: Mapping[str, Any], *, actor: Actor) -> str:
    """Send canonical preferences in the name of our eMSP; the CPO's answer.

    Never call it in a transaction. Raises CannotAsk, and OCPIError for what the CPO answers otherwise.
    """
    reason = why_not(session)
    if reason:
        raise CannotAsk(reason)
    system = asking.system_of(session)
    if system is None:
        raise CannotAsk("The connection has just ended.")
    answer = asking.ask(session, system, preferences)
    return _noted(session, preferences, answer, connection=system, actor=actor)


def _noted(
    session: Session,
    preferences: Mapping[str, Any],
    answer: str,
    *,
    connection: Connection,
    actor: Actor,
) -> str:
    events.record(
        "session.preferences",
        f"Charging preferences: {described(preferences)}. Answer: {answer}.",
        connection=connection,
        actor=actor,
        subject=session.reference,
        detail={"answer": answer},
    )
    return answer
