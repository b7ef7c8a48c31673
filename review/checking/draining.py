"""Taking the CDRs that wait for their checks, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import DataError, InterfaceError, OperationalError, transaction

from review.checking import rows, writing
from review.checking.examining import Plan, examine
from review.checking.outcome import Outcome, failure
from review.checking.rows import Row
from review.checks import settings
from review.decided import Change
from review.services import deciding

BATCH = 500


def drain(*, most: int | None = None) -> int:
    """Check what waits, batch by batch, until nothing is left or ``most`` were checked; returns how many."""
    checked = 0
    while most is None or checked < most:
        size = BATCH if most is None else min(BATCH, most - checked)
        done = check_batch(size)
        checked += done
        if done < size:
            break
    return checked


@transaction.atomic
def check_batch(size: int) -> int:
    """Check up to ``size`` CDRs that wait and are not being checked elsewhere; returns how many."""
    taken = rows.waiting(size)
    outcomes = written(examined(taken, usual_plan()))
    deciding.tell(changes(outcomes))
    return len(taken)


def usual_plan() -> Plan:
    """The checks that are on, as they are set now."""
    set_now = settings.load()
    return Plan(set_now.enabled, set_now.rule_set)


def examined(taken: Sequence[Row], plan: Plan) -> list[Outcome]:
    """As :func:`examine`, but that what cannot even be loaded is found out and does not sink the rest.

    What has nothing to do with the CDRs is raised, such as a database that is gone, or a deadlock.
    """
    if not taken:
        return []
    try:
        with transaction.atomic():
            return examine(taken, plan)
    except (OperationalError, InterfaceError):
        raise
    except Exception as problem:
        if len(taken) == 1:
            return [failure(taken[0].facts, problem)]
    middle = len(taken) // 2
    return [*examined(taken[:middle], plan), *examined(taken[middle:], plan)]


def written(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Write what was found, and say what was written: a result that no column can keep is a failure of its own."""
    if not outcomes:
        return []
    try:
        with transaction.atomic():
            writing.write(outcomes)
    except DataError as problem:
        if len(outcomes) == 1:
            failed = [failure(outcomes[0].cdr, problem)]
            writing.write(failed)
            return failed
    else:
        return list(outcomes)
    middle = len(outcomes) // 2
    return [*written(outcomes[:middle]), *written(outcomes[middle:])]


def changes(outcomes: Sequence[Outcome]) -> list[Change]:
    """The states that differ from before."""
    return [
        Change(one.cdr.id, one.cdr.state, one.state.value)
        for one in outcomes
        if one.cdr.state != one.state.value
    ]
