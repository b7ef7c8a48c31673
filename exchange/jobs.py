"""Long work that staff can watch: an import, a pull, another try with what is in quarantine.

The row is the truth. A worker claims a waiting job; one that shows no progress for
:data:`LOST_AFTER` has lost its worker, is shown as failed and may be started again. A worker that comes back
from the dead learns so at its next :meth:`Progress.show` and stops.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils import timezone
from kombu.exceptions import OperationalError

from exchange.choices import JobState
from exchange.models import Job
from exchange.registry import Counts
from parties import events
from parties.models import Connection

log = structlog.get_logger(__name__)

PULL = "pull"
IMPORT = "import"
SHARING = "sharing"
COMPARISON = "comparison"
RETAKE = "retake"
LOST_AFTER = timedelta(minutes=5)
QUEUED_AGAIN_AFTER = timedelta(seconds=30)
PROGRESS_SECONDS = 0.5
LOST_MESSAGE = "The worker stopped before the work was done; what came before stays."


class JobStopped(Exception):
    """The job was given up (its worker seemed dead), so nothing more may be done in its name."""


def create(
    kind: str,
    title: str,
    *,
    connection: Connection | None = None,
    parameters: dict[str, Any] | None = None,
    actor: events.Actor = None,
) -> Job:
    """A job that waits for a worker; ``parameters`` are what it needs to begin, as JSON."""
    return Job.objects.create(
        kind=kind,
        title=title[:200],
        connection=connection,
        parameters={**(parameters or {}), "actor": events.actor_name(actor)},
        created_by_id=actor.pk if isinstance(actor, AbstractBaseUser) else None,
    )


def start(job: Job) -> bool:
    """Claim a waiting job for this worker; ``False`` when another one has it."""
    claimed = Job.objects.filter(pk=job.pk, state=JobState.WAITING).update(
        state=JobState.RUNNING, started_at=Now(), progressed_at=Now(), message=""
    )
    job.refresh_from_db()
    return claimed == 1


@dataclass
class Progress:
    """Reports how far a job is, at most twice a second; also the sign that its worker lives."""

    job: Job | None
    counts: Counts = field(default_factory=Counts)
    total: int | None = None
    _shown_at: float = float("-inf")

    def add(self, counts: Counts) -> None:
        """Count what came in and show it when it is time. :class:`JobStopped` when the job was given up."""
        self.counts += counts
        if time.monotonic() - self._shown_at >= PROGRESS_SECONDS:
            self.show()

    def show(self) -> None:
        self._shown_at = time.monotonic()
        if self.job is not None:
            _update(self.job, total=self.total, **_columns(self.counts))


def finish(job: Job, counts: Counts, message: str = "") -> None:
    """The work is done; ``message`` says what staff should know beside the counts."""
    _update(
        job,
        state=JobState.DONE,
        finished_at=timezone.now(),
        message=message[:400],
        **_columns(counts),
    )


def fail(job: Job, message: str, counts: Counts | None = None) -> None:
    """The work ended before its end, for a reason that staff can read; what was done stays."""
    columns = _columns(counts) if counts else {}
    _update(
        job, state=JobState.FAILED, finished_at=timezone.now(), message=message[:400], **columns
    )


def fail_lost() -> int:
    """Give up the jobs whose worker shows no sign of life; returns how many."""
    limit = Now() - LOST_AFTER
    return Job.objects.filter(state=JobState.RUNNING, progressed_at__lt=limit).update(
        state=JobState.FAILED, finished_at=Now(), message=LOST_MESSAGE
    )


def queue(job: Job) -> None:
    """Hand a waiting job to the workers once this transaction is committed."""
    transaction.on_commit(partial(_send, job.pk, job.kind))


def queue_forgotten() -> int:
    """Hand jobs that still wait to the workers once more: a broker may lose what PostgreSQL knows."""
    waiting = Job.objects.filter(
        state=JobState.WAITING, created_at__lt=Now() - QUEUED_AGAIN_AFTER
    ).order_by("id")
    for job in waiting:
        queue(job)
    return len(waiting)


def restart(job: Job, *, actor: events.Actor = None) -> Job:
    """Start the work of an ended job anew, as a job of its own. ``ValueError`` when that is impossible."""
    if job.state not in {JobState.FAILED, JobState.DONE}:
        raise ValueError(f"{job.title}: it has not ended yet.")
    again = _again(job, actor)
    events.record(
        "job.restarted",
        f"{job.title}: started again.",
        connection=job.connection,
        actor=actor,
        subject=f"job:{again.pk}",
    )
    return again


def _again(job: Job, actor: events.Actor) -> Job:
    from exchange import comparing, imports, pull

    given = job.parameters
    if job.kind == SHARING:
        again = create(job.kind, job.title, parameters=given, actor=actor)
        queue(again)
        return again
    if job.kind == COMPARISON and job.connection is not None:
        return comparing.start(job.connection, given["module"], actor=actor)
    if job.kind == PULL and job.connection is not None:
        return pull.start_pull(
            job.connection,
            given["module"],
            full=bool(given.get("full")),
            retire_any=bool(given.get("retire_any")),
            actor=actor,
        )
    if job.kind == RETAKE or (job.kind == IMPORT and imports.uploaded(job).exists()):
        again = create(
            job.kind, job.title, connection=job.connection, parameters=given, actor=actor
        )
        queue(again)
        return again
    raise ValueError(f"{job.title}: the file is gone; upload it again.")


def active() -> models.QuerySet[Job]:
    """Jobs that wait or run."""
    return Job.objects.filter(state__in=[JobState.WAITING, JobState.RUNNING])


def _send(job_id: int, kind: str) -> None:
    if not settings.WAKE_WORKERS:
        return
    from exchange import tasks

    task = {
        PULL: tasks.run_pull,
        IMPORT: tasks.run_import,
        RETAKE: tasks.run_retake,
        SHARING: tasks.run_sharing,
        COMPARISON: tasks.run_comparison,
    }[kind]
    try:
        task.apply_async(args=[job_id], retry=False)
    except (OperationalError, OSError) as error:
        log.warning("broker_unreachable", job=job_id, error=str(error))


def _columns(counts: Counts) -> dict[str, Any]:
    return {
        "done": counts.total,
        "created_count": counts.created,
        "updated_count": counts.updated,
        "unchanged_count": counts.unchanged,
        "rejected_count": counts.rejected,
        "warning_count": counts.warnings,
    }


def _update(job: Job, **columns: Any) -> None:
    columns["progressed_at"] = timezone.now()
    if not Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(**columns):
        raise JobStopped(LOST_MESSAGE)
    for name, value in columns.items():
        setattr(job, name, value)
