"""The life of a command as pure functions: where it is, what happened, where it is then.

    sending -> accepted -> succeeded | failed | timed out
    sending -> refused | unreachable

A result may come before the direct answer (``early``), after the deadline (``late``), twice (``repeated``), say
something else the second time (``contradicted``), or never. Every order of events leads to one end, which stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from charging.commands.choices import OPEN, CommandState

ACCEPTED = "ACCEPTED"
TIMEOUT = "TIMEOUT"
CANCELED_RESERVATION = "CANCELED_RESERVATION"


class Happened(StrEnum):
    """What can happen to a command."""

    ANSWERED = "answered"
    """The direct answer came, with its result (``ACCEPTED``, or why not)."""

    UNREACHED = "unreached"
    """The request certainly did not reach anybody."""

    UNANSWERED = "unanswered"
    """The request went out, and what became of it is not known: no answer, or none that says anything."""

    RESULT = "result"
    """What came of it was told, with the result (``ACCEPTED``, ``TIMEOUT``, or what went wrong)."""

    DEADLINE = "deadline"
    """Nothing came in time."""


@dataclass(frozen=True)
class Life:
    """All of a command that decides what happens next.

    ``response`` is the result of the direct answer, ``result`` the first that was told later; empty until then.
    ``late_result`` is what was told after the deadline, or instead of ``result`` the second time. ``canceled``:
    the reservation that this command made was taken back by its CPO.
    """

    state: CommandState = CommandState.SENDING
    response: str = ""
    result: str = ""
    late_result: str = ""
    early: bool = False
    late: bool = False
    repeated: bool = False
    contradicted: bool = False
    unanswered: bool = False
    canceled: bool = False

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


def after(life: Life, happened: Happened, result: str = "") -> Life:
    """The life of a command after something happened to it; the same one when that changes nothing.

    ``result`` is OCPI's word, of an answer or of a result.
    """
    if happened is Happened.ANSWERED:
        return _answered(life, result)
    if happened is Happened.RESULT:
        return _told(life, result)
    if happened is Happened.DEADLINE:
        return replace(life, state=CommandState.TIMED_OUT) if life.is_open else life
    if life.state is not CommandState.SENDING or life.response:
        return life
    if happened is Happened.UNREACHED:
        return replace(life, state=CommandState.UNREACHABLE)
    return replace(life, unanswered=True)


def _answered(life: Life, response: str) -> Life:
    """The first answer counts; one that came after the end is written down, and changes nothing."""
    if life.response:
        return life
    answered = replace(life, response=response, unanswered=False)
    if life.state is CommandState.SENDING:
        state = CommandState.ACCEPTED if response == ACCEPTED else CommandState.REFUSED
        return replace(answered, state=state)
    if life.result and response != ACCEPTED:
        return replace(answered, contradicted=True)
    return answered


def _told(life: Life, result: str) -> Life:
    if life.state is CommandState.SUCCEEDED and result == CANCELED_RESERVATION:
        return replace(life, canceled=True)
    if life.is_open:
        early = life.state is CommandState.SENDING
        return replace(life, state=_end(result), result=result, early=early)
    if life.result:
        if result == life.result:
            return replace(life, repeated=True)
        return replace(life, contradicted=True, late_result=result)
    if life.state is CommandState.TIMED_OUT:
        # The first that came late counts as what came late; others are repetitions or contradict it.
        if not life.late_result:
            return replace(life, late=True, late_result=result)
        if result == life.late_result:
            return replace(life, repeated=True)
    return replace(life, contradicted=True, late_result=life.late_result or result)


def _end(result: str) -> CommandState:
    if result == ACCEPTED:
        return CommandState.SUCCEEDED
    return CommandState.TIMED_OUT if result == TIMEOUT else CommandState.FAILED
