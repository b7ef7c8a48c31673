"""When each list is fetched: at the connection's interval, in full once a day, later after failures."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from exchange import registry
from exchange.intake import inbox_of
from exchange.models import Job, PullState
from exchange.pulls.starting import active, start_pull
from exchange.pulls.targets import targets
from parties import events
from parties.models import Connection

FULL_EVERY = timedelta(hours=24)
AGAIN_AFTER_FAILURE = timedelta(minutes=15)
LONGEST_AFTER_FAILURE = timedelta(hours=8)
SPLAY = 0.1
# The partner learns its token from our answer, which a request of ours must not overtake.
SETTLING = timedelta(seconds=30)


def next_time(connection: Connection) -> datetime | None:
    """When to pull again: after the connection's interval, and a little later so that not all do at once.

    ``None`` where only staff begin pulls.
    """
    if not connection.pull_interval_hours:
        return None
    return timezone.now() + _splayed(timedelta(hours=connection.pull_interval_hours))


def next_time_after(connection: Connection, failures: int) -> datetime | None:
    """When to pull again after so many failures in a row."""
    if not connection.pull_interval_hours:
        return None
    wait = AGAIN_AFTER_FAILURE * 2 ** min(max(failures - 1, 0), 10)
    return timezone.now() + min(_splayed(wait), LONGEST_AFTER_FAILURE)


def _splayed(wait: timedelta) -> timedelta:
    return wait * (1 + random.random() * SPLAY)  # noqa: S311


def start_due() -> list[Job]:
    """Queue every pull whose time has come; a connection's first one is due at once.

    A connection with an interval of 0 hours is only pulled by hand, and so is a list that staff paused.
    """
    settled = timezone.now() - SETTLING
    ready = Connection.objects.connected().exclude(pull_interval_hours=0)
    started = []
    for connection in ready.exclude(connected_at__gt=settled):
        for module in registry.pull_modules(connection.endpoints, connection.version):
            due = _due(connection, module)
            if due and active(connection, module) is None:
                started.append(_start(connection, module, due))
    return started


def _due(connection: Connection, module: str) -> Sequence[PullState]:
    declared, now = registry.get(module), timezone.now()
    states = [target.state(connection, declared) for target in targets(connection, declared)]
    return [s for s in states if not s.paused and (s.next_at is None or s.next_at <= now)]


def _start(connection: Connection, module: str, due: Sequence[PullState]) -> Job:
    long_ago = timezone.now() - FULL_EVERY
    full = inbox_of(registry.get(module)).reach is None and any(
        state.full_at is None or state.full_at <= long_ago for state in due
    )
    # Should the job be lost altogether, the schedule goes on.
    PullState.objects.filter(pk__in=[state.pk for state in due]).update(
        next_at=timezone.now() + AGAIN_AFTER_FAILURE
    )
    parties = [state.party_id for state in due]
    return start_pull(connection, module, parties=parties, full=full, actor="schedule")


def pause(state: PullState, *, actor: events.Actor = None) -> None:
    """Let the schedule pass this list over; a pull under way goes on."""
    _set_paused(state, True, "pull.paused", f"{state}: not fetched by itself any more.", actor)


def unpause(state: PullState, *, actor: events.Actor = None) -> None:
    """Fetch this list on schedule again, at once."""
    state.next_at = None
    _set_paused(state, False, "pull.unpaused", f"{state}: fetched on schedule again.", actor)


def _set_paused(
    state: PullState, paused: bool, name: str, message: str, actor: events.Actor
) -> None:
    state.paused = paused
    with transaction.atomic():
        state.save(update_fields=["paused", "next_at"])
        events.record(name, message, connection=state.connection, actor=actor)
