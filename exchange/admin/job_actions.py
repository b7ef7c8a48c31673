"""What staff can do about a job: start a failed one again, let one that rests go on, give one up."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from exchange import imports, jobs, pulls, registry
from exchange.admin.delivery_actions import PERMISSION as DELIVERY_PERMISSION
from exchange.choices import JobState
from exchange.models import Job
from staff.confirmed import Confirmed, acting
from staff.links import page_url
from staff.requests import user_of

PULL_PERMISSION = "parties.change_connection"
AGREEMENT_PERMISSION = "parties.change_agreement"


def _restart(request: HttpRequest, job: Job) -> str:
    if not request.user.has_perm(_permission(job)):
        raise PermissionDenied
    return page_url(jobs.restart(job, actor=user_of(request)))


def _permission(job: Job) -> str:
    """What it takes to start such a job in the first place."""
    kind = jobs.kind_of(job)
    if kind is not None:
        return kind.permission
    if job.kind == jobs.PULL:
        return PULL_PERMISSION
    if job.kind == jobs.SHARING:
        return AGREEMENT_PERMISSION
    if job.kind == jobs.COMPARISON:
        return DELIVERY_PERMISSION
    module = registry.find(job.parameters["module"])
    return module.import_permission if module else PULL_PERMISSION


def _can_restart(job: Any) -> bool:
    if job.state != JobState.FAILED:
        return False
    kind = jobs.kind_of(job)
    if kind is not None:
        return kind.can_restart
    if job.kind in (jobs.PULL, jobs.COMPARISON, jobs.RESYNC):
        return job.connection is not None and job.connection.is_connected
    if job.kind == jobs.SHARING:
        return True
    return bool(job.kind == jobs.IMPORT and imports.uploaded(job).exists())


def _what_restarts(job: Any) -> str:
    kind = jobs.kind_of(job)
    if kind is not None:
        return kind.explanation
    if job.kind == jobs.IMPORT:
        return "The same file is read from its beginning; what came in before is only compared."
    if job.kind == jobs.COMPARISON:
        return "It goes on where it stopped."
    if job.kind == jobs.RESYNC:
        return "Everything is sent again from the beginning."
    if job.kind == jobs.SHARING:
        return (
            "The agreement is changed, and partners are told what that makes appear or disappear."
        )
    if job.parameters.get("retire_any"):
        return "What the partner no longer lists is marked as gone, however much that is."
    return "It is a job of its own, which you can watch; what came in before stays."


def _can_go_on(job: Any) -> bool:
    return bool(job.kind == jobs.PULL and job.state == JobState.HELD)


def _can_give_up(job: Any) -> bool:
    waits = job.state in {JobState.WAITING, JobState.RUNNING, JobState.HELD}
    return bool(job.kind == jobs.PULL and waits)


RESTART = Confirmed(
    name="restart",
    label="Start again",
    permission="exchange.change_job",
    question="Start “{object}” again?",
    explanation=_what_restarts,
    perform=_restart,
    icon="replay",
    allowed=_can_restart,
    refusals=(ValueError,),
)
GO_ON = Confirmed(
    name="go-on",
    label="Go on now",
    permission=PULL_PERMISSION,
    question="Let “{object}” go on now?",
    explanation="It goes on where it stands, before the time it was to rest. If the partner asked to be"
    " left alone until then, it may refuse again.",
    perform=acting(pulls.go_on),
    done="It goes on.",
    icon="play_arrow",
    allowed=_can_go_on,
    refusals=(pulls.CannotPull,),
)
GIVE_UP = Confirmed(
    name="give-up",
    label="Give up",
    permission=PULL_PERMISSION,
    question="Give up “{object}”?",
    explanation="What came in stays, and nothing vanishes because of it. The next fetch covers the same time"
    " again, from its beginning.",
    perform=acting(pulls.give_up),
    done="Given up.",
    dangerous=True,
    icon="stop_circle",
    allowed=_can_give_up,
    refusals=(pulls.CannotPull,),
)
ALL = [RESTART, GO_ON, GIVE_UP]
