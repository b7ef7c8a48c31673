"""The life of a command: every order of events leads to one end."""

from __future__ import annotations

from itertools import pairwise, permutations, product

import pytest

from charging.commands.choices import CommandState
from charging.commands.life import Happened, Life, after

State = CommandState
Event = tuple[Happened, str]

ANSWERS: list[Event] = [(Happened.ANSWERED, "ACCEPTED"), (Happened.ANSWERED, "REJECTED")]
NO_ANSWERS: list[Event] = [(Happened.UNREACHED, ""), (Happened.UNANSWERED, "")]
RESULTS: list[Event] = [
    (Happened.RESULT, result)
    for result in ("ACCEPTED", "FAILED", "TIMEOUT", "CANCELED_RESERVATION")
]
DEADLINE: Event = (Happened.DEADLINE, "")


def lived(*events: Event) -> list[Life]:
    """The life after each of the events."""
    lives = [Life()]
    for happened, result in events:
        lives.append(after(lives[-1], happened, result))
    return lives


def test_the_usual_life() -> None:
    answered, told = ANSWERS[0], RESULTS[0]
    assert [life.state for life in lived(answered, told)] == [
        State.SENDING,
        State.ACCEPTED,
        State.SUCCEEDED,
    ]
    assert lived(answered, RESULTS[1])[-1].state is State.FAILED
    assert lived(answered, RESULTS[2])[-1].state is State.TIMED_OUT
    assert lived(answered, DEADLINE)[-1].state is State.TIMED_OUT
    assert lived(ANSWERS[1])[-1].state is State.REFUSED
    assert lived(NO_ANSWERS[0])[-1].state is State.UNREACHABLE


def test_without_an_answer_it_waits_for_a_result_or_the_clock() -> None:
    unanswered = lived(NO_ANSWERS[1])[-1]
    assert (unanswered.state, unanswered.unanswered) == (State.SENDING, True)
    assert lived(NO_ANSWERS[1], RESULTS[0])[-1].state is State.SUCCEEDED
    assert lived(NO_ANSWERS[1], DEADLINE)[-1].state is State.TIMED_OUT


def test_early_late_twice_and_something_else() -> None:
    """X-032."""
    early = lived(RESULTS[0], ANSWERS[0])[-1]
    assert (early.state, early.early, early.response) == (State.SUCCEEDED, True, "ACCEPTED")
    assert lived(RESULTS[0], ANSWERS[1])[-1].contradicted
    late = lived(ANSWERS[0], DEADLINE, RESULTS[0])[-1]
    assert (late.state, late.late, late.late_result) == (State.TIMED_OUT, True, "ACCEPTED")
    twice = lived(ANSWERS[0], RESULTS[0], RESULTS[0])[-1]
    assert (twice.state, twice.repeated, twice.contradicted) == (State.SUCCEEDED, True, False)
    other = lived(ANSWERS[0], RESULTS[0], RESULTS[1])[-1]
    assert (other.state, other.contradicted, other.result) == (State.SUCCEEDED, True, "ACCEPTED")
    canceled = lived(ANSWERS[0], RESULTS[0], RESULTS[3])[-1]
    assert (canceled.state, canceled.canceled, canceled.contradicted) == (
        State.SUCCEEDED,
        True,
        False,
    )


EVERYTHING = [*ANSWERS, *NO_ANSWERS, *RESULTS, DEADLINE]


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_every_order_of_events_leads_to_one_end(length: int) -> None:
    """Whatever happens in whatever order, and however often: an end stays, and the clock always brings one."""
    for events in product(EVERYTHING, repeat=length):
        lives = lived(*events)
        for before, now in pairwise(lives):
            if not before.is_open:
                assert now.state is before.state, events
                assert (now.result, now.early) == (before.result, before.early), events
            if before.response:
                assert now.response == before.response, events
            for flag in ("early", "late", "repeated", "contradicted", "canceled"):
                assert getattr(now, flag) >= getattr(before, flag), events
        assert not after(lives[-1], *DEADLINE).is_open, events


def test_the_order_of_answer_and_result_does_not_matter_for_the_end() -> None:
    for result in RESULTS:
        ends = {
            lived(*order)[-1].state
            for order in permutations([ANSWERS[0], result, DEADLINE])
            if order.index(DEADLINE) == 2
        }
        assert len(ends) == 1, result


def test_what_happens_again_changes_nothing() -> None:
    for events in product(EVERYTHING, repeat=2):
        life = lived(*events)[-1]
        for happened, result in EVERYTHING:
            once = after(life, happened, result)
            again = after(once, happened, result)
            if happened is Happened.RESULT:
                again = after(again, happened, result)
                once = after(after(once, happened, result), happened, result)
            assert again == once, (events, happened, result)
