"""What staff can do about a job that has ended: start a failed one again, let vanish what it kept."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse

from exchange import imports, jobs, pull, registry
from exchange.admin.delivery_actions import PERMISSION as DELIVERY_PERMISSION
from exchange.choices import JobState
from exchange.models import Job
from staff.confirmed import Confirmed, Refused
from staff.links import page_url
from staff.requests import user_of

PULL_PERMISSION = "parties.change_connection"
AGREEMENT_PERMISSION = "parties.change_agreement"


def allow_url(job: Job) -> str:
    """Where it is asked whether what ``job`` kept may vanish."""
    return reverse("admin:exchange_job_allow-vanishing", args=[job.pk])


def _restart(request: HttpRequest, job: Job) -> str:
    if not request.user.has_perm(_permission(job)):
        raise PermissionDenied
    try:
        return page_url(jobs.restart(job, actor=user_of(request)))
    except ValueError as problem:
        raise Refused(str(problem)) from None


def _permission(job: Job) -> str:
    """What it takes to start such a job in the first place."""
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
    if job.kind in (jobs.PULL, jobs.COMPARISON):
        return job.connection is not None and job.connection.is_connected
    if job.kind == jobs.SHARING:
        return True
    return bool(job.kind == jobs.IMPORT and imports.uploaded(job).exists())


def _what_restarts(job: Any) -> str:
    if job.kind == jobs.IMPORT:
        return "The same file is read from its beginning; what came in before is only compared."
    if job.kind == jobs.COMPARISON:
        return "It goes on where it stopped."
    if job.kind == jobs.SHARING:
        return (
            "The agreement is changed, and partners are told what that makes appear or disappear."
        )
    if job.parameters.get("retire_any"):
        return "What the partner no longer lists is marked as gone, however much that is."
    return "It is a job of its own, which you can watch; what came in before stays."


def _allow(request: HttpRequest, job: Job) -> str:
    try:
        return page_url(pull.allow_vanishing(job, actor=user_of(request)))
    except pull.CannotPull as problem:
        raise Refused(str(problem)) from None


def _can_allow(job: Any) -> bool:
    state = pull.vanishing(job)
    return state is not None and state.connection.is_connected


def _how_many(job: Any) -> str:
    state = pull.vanishing(job)
    number = state.vanishing if state else 0
    module = job.parameters["module"]
    return f"Let {number:,} {module} of {job.connection} vanish?".replace(",", "\u202f")


def _why_kept(job: Any) -> str:
    return (
        f"The last complete list did not hold them. That was more than"
        f" {settings.PULL_VANISH_LIMIT_PERCENT} % of what is here, or all of it, so everything was kept."
        " Everything is fetched once more now, and whatever is not listed then is marked as gone,"
        " however much that is."
    )


RESTART = Confirmed(
    name="restart",
    label="Start again",
    permission="exchange.change_job",
    question="Start “{object}” again?",
    explanation=_what_restarts,
    perform=_restart,
    icon="replay",
    allowed=_can_restart,
)
ALLOW = Confirmed(
    name="allow-vanishing",
    label="Allow it",
    permission=PULL_PERMISSION,
    question=_how_many,
    explanation=_why_kept,
    perform=_allow,
    dangerous=True,
    icon="delete_sweep",
    allowed=_can_allow,
)
ALL = [RESTART, ALLOW]
