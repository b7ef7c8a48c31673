"""What staff can do about one list of a partner: fetch it, pause it, decide about what it no longer holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from exchange import pulls, registry
from exchange.models import PullState
from exchange.pulls import missing, schedule, vanishing
from staff.confirmed import Confirmed, acting
from staff.links import page_url
from staff.requests import user_of

PERMISSION = "parties.change_connection"


def _fetch(*, full: bool) -> Callable[[HttpRequest, PullState], str]:
    def perform(request: HttpRequest, state: PullState) -> str:
        job = pulls.start_pull(
            state.connection,
            state.module,
            parties=[state.party_id],
            full=full,
            actor=user_of(request),
        )
        return page_url(job)

    return perform


def _number(state: Any) -> str:
    module = registry.find(state.module)
    number = missing.count(state, module) if module and module.inbox else 0
    return f"{number:,}".replace(",", "\u202f")


def _is_connected(state: Any) -> bool:
    return bool(state.connection.is_connected)


def _is_undecided(state: Any) -> bool:
    module = registry.find(state.module)
    return bool(module and module.inbox and missing.count(state, module))


FETCH = Confirmed(
    name="fetch",
    label="Fetch now",
    permission=PERMISSION,
    question="Fetch {object} now?",
    explanation="What changed since the last time; the first time everything. You can watch it.",
    perform=_fetch(full=False),
    icon="cloud_download",
    allowed=_is_connected,
    refusals=(pulls.CannotPull,),
)
FETCH_ALL = Confirmed(
    name="fetch-all",
    label="Fetch everything",
    permission=PERMISSION,
    question="Fetch all {object}?",
    explanation="The whole list is read. What it no longer holds is dealt with as the connection's settings say.",
    perform=_fetch(full=True),
    icon="cloud_sync",
    allowed=_is_connected,
    refusals=(pulls.CannotPull,),
)
PAUSE = Confirmed(
    name="pause",
    label="Pause",
    permission=PERMISSION,
    question="Stop fetching {object} by themselves?",
    explanation="The schedule passes this list over until you resume it. Fetching by hand goes on working.",
    perform=acting(schedule.pause),
    icon="pause",
    allowed=lambda state: not state.paused,
)
UNPAUSE = Confirmed(
    name="unpause",
    label="Resume",
    permission=PERMISSION,
    question="Fetch {object} on schedule again?",
    explanation="The list is due at once.",
    perform=acting(schedule.unpause),
    icon="play_arrow",
    allowed=lambda state: bool(state.paused),
)
RETIRE = Confirmed(
    name="retire-missing",
    label="Retire these",
    permission=PERMISSION,
    question=lambda state: f"Retire {_number(state)} {state.module} that are no longer listed?",
    explanation="They are marked as gone and no longer shown to anyone; partners who were shown them are told"
    " so. One that is listed or pushed again comes back by itself.",
    perform=acting(vanishing.retire),
    done="They are retired.",
    dangerous=True,
    icon="delete_sweep",
    allowed=_is_undecided,
)
KEEP = Confirmed(
    name="keep-missing",
    label="Keep these",
    permission=PERMISSION,
    question=lambda state: f"Keep {_number(state)} {state.module} that are no longer listed?",
    explanation="They stay as they are, and nobody is asked about them again. What goes missing later is asked"
    " about as before.",
    perform=acting(vanishing.keep),
    done="They are kept.",
    icon="bookmark_added",
    allowed=_is_undecided,
)
ALWAYS = [FETCH, FETCH_ALL, PAUSE, UNPAUSE]
DECISIONS = [RETIRE, KEEP]
ALL = [*ALWAYS, *DECISIONS]
