"""Long work that staff can watch: an import, a pull, another try with what is in quarantine.

The row is the truth. A worker claims a waiting job. One that shows no progress for :data:`LOST_AFTER` has
lost its worker: a pull waits for another one and goes on where it stood, an import is shown as failed and may
be started again. A worker that comes back from the dead learns so at its next :meth:`Progress.show` and
stops. A pull may also be held: it goes on by itself at a time, or when staff say so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import structlog
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection as database
from django.db import models, transaction
from django.db.models.functions import Coalesce, Now
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
RESYNC = "resync"
RESUMABLE = frozenset({PULL})
LOST_AFTER = timedelta(minutes=5)
# A pull shows progress after every page, for which a partner has half a minute.
LOST_PULL_AFTER = timedelta(minutes=2)
MAX_STALLS = 3
QUEUED_AGAIN_AFTER = timedelta(seconds=30)
PROGRESS_SECONDS = 0.5
LOST_MESSAGE = "The worker stopped before the work was done; what came before stays."
GOES_ON_MESSAGE = "The worker stopped; it goes on where it stood as soon as another one is free."
GIVEN_UP_MESSAGE = "Given up by staff; what came before stays."
_PLACES_LOCK = 7003


class Running(Protocol):
    """The Celery task of a kind of job; it takes the job's primary key."""

    def apply_async(self, args: list[int], retry: bool) -> Any: ...


@dataclass(frozen=True)
class Kind:
    """A kind of job that an app above brings: its task, what staff need to start one, and whether a failed one
    may simply be started again with the same parameters.

    ``about`` gives the address and name of the page on which its result is seen, for one that takes nothing in; an
    empty address where there is none.
    """

    name: str
    task: Callable[[], Running]
    permission: str
    can_restart: bool = True
    explanation: str = "It begins anew; what was done before is only looked at again."
    about: Callable[[Job], tuple[str, str]] | None = None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Called once per kind, from the app's ``ready()``."""
    _kinds[kind.name] = kind


def kind_of(job: Job) -> Kind | None:
    """The registered kind of a job; ``None`` for those of ``exchange`` itself."""
    return _kinds.get(job.kind)


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


def start(job: Job, *, at_most: int | None = None) -> bool:
    """Claim a waiting job for this worker; ``False`` when another one has it.

    With ``at_most`` also when so many jobs of the kind run already, on all machines: it goes on waiting.
    """
    with transaction.atomic():
        if at_most is not None and not _is_place_free(job.kind, at_most):
            return False
        claimed = Job.objects.filter(pk=job.pk, state=JobState.WAITING).update(
            state=JobState.RUNNING,
            started_at=Coalesce("started_at", Now()),
            resumed_at=Now(),
            progressed_at=Now(),
            done_before=models.F("done"),
            attempt=models.F("attempt") + 1,
            message="",
        )
    job.refresh_from_db()
    return claimed == 1


def _is_place_free(kind: str, places: int) -> bool:
    """Whether fewer than ``places`` jobs of this kind run; nobody else can claim one until the commit."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_PLACES_LOCK])
    return Job.objects.filter(kind=kind, state=JobState.RUNNING).count() < places


@dataclass
class Progress:
    """Reports how far a job is, at most twice a second; also the sign that its worker lives."""

    job: Job | None
    counts: Counts = field(default_factory=Counts)
    total: int | None = None
    _shown_at: float = float("-inf")

    @classmethod
    def of(cls, job: Job) -> Progress:
        """The progress of a job that another worker may have begun."""
        so_far = Counts(
            created=job.created_count,
            updated=job.updated_count,
            unchanged=job.unchanged_count,
            rejected=job.rejected_count,
            warnings=job.warning_count,
        )
        return cls(job, so_far, job.total)

    def add(self, counts: Counts) -> None:
        """Count what came in and show it when it is time. :class:`JobStopped` when the job was given up."""
        self.counts += counts
        if time.monotonic() - self._shown_at >= PROGRESS_SECONDS:
            self.show()

    def show(self) -> None:
        self._shown_at = time.monotonic()
        if self.job is not None:
            columns = {"total": self.total, "stalls": 0, "holds": 0, **_columns(self.counts)}
            _update(self.job, **columns)


def still_alive(job: Job) -> None:
    """A sign of life without progress. :class:`JobStopped` when the job was given up."""
    _update(job)


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


def hold(job: Job, reason: str, resume_at: datetime) -> None:
    """The work rests until ``resume_at``, for a reason that staff can read; what was done stays."""
    _update(
        job,
        state=JobState.HELD,
        message=reason[:400],
        resume_at=resume_at,
        holds=job.holds + 1,
    )


def release(job: Job) -> None:
    """This worker is to end: let another one go on."""
    _update(job, state=JobState.WAITING, message=GOES_ON_MESSAGE)
    queue(job)


def go_on(job: Job, *, hand_out: bool = True) -> bool:
    """Let a held job wait for a worker now; ``False`` when it is not held any more.

    Without ``hand_out`` whoever calls is the worker.
    """
    freed = Job.objects.filter(pk=job.pk, state=JobState.HELD).update(
        state=JobState.WAITING, resume_at=None
    )
    job.refresh_from_db()
    if freed and hand_out:
        queue(job)
    return bool(freed)


def give_up(job: Job, message: str = GIVEN_UP_MESSAGE) -> bool:
    """End a job that waits, runs or is held; its worker learns so at its next step."""
    ended = (
        active()
        .filter(pk=job.pk)
        .update(state=JobState.FAILED, finished_at=Now(), resume_at=None, message=message)
    )
    job.refresh_from_db()
    return bool(ended)


def end_holds() -> int:
    """Let the held jobs go on whose time has come; returns how many."""
    due = Job.objects.filter(state=JobState.HELD, resume_at__lte=Now()).order_by("id")
    return sum(go_on(job) for job in due)


def fail_lost() -> int:
    """See to the jobs whose worker shows no sign of life; returns how many failed.

    Those that can be resumed wait for another worker instead, unless that happened too often in one place.
    """
    running = Job.objects.filter(state=JobState.RUNNING)
    lost_pulls = running.filter(kind__in=RESUMABLE, progressed_at__lt=Now() - LOST_PULL_AFTER)
    lost_pulls.filter(stalls__lt=MAX_STALLS - 1).update(
        state=JobState.WAITING, stalls=models.F("stalls") + 1, message=GOES_ON_MESSAGE
    )
    lost = models.Q(progressed_at__lt=Now() - LOST_AFTER) & ~models.Q(kind__in=RESUMABLE)
    lost |= models.Q(progressed_at__lt=Now() - LOST_PULL_AFTER, kind__in=RESUMABLE)
    return running.filter(lost).update(
        state=JobState.FAILED, finished_at=Now(), message=LOST_MESSAGE
    )


def queue(job: Job) -> None:
    """Hand a waiting job to the workers once this transaction is committed."""
    transaction.on_commit(partial(_send, job.pk, job.kind))


def queue_forgotten() -> int:
    """Hand jobs that still wait to the workers once more: a broker may lose what PostgreSQL knows."""
    waiting = Job.objects.filter(state=JobState.WAITING, created_at__lt=Now() - QUEUED_AGAIN_AFTER)
    pulls = waiting.filter(kind=PULL).order_by("id")[: settings.PULL_PARALLEL]
    handed_out = [*pulls, *waiting.exclude(kind=PULL).order_by("id")]
    for job in handed_out:
        queue(job)
    return len(handed_out)


def queue_next(kind: str) -> None:
    """A place is free: hand the oldest waiting job of this kind to the workers."""
    waiting = Job.objects.filter(state=JobState.WAITING, kind=kind).order_by("id").first()
    if waiting is not None:
        queue(waiting)


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
    from exchange import copies, imports, pulls, resync

    given = job.parameters
    kind = kind_of(job)
    if job.kind == SHARING or (kind is not None and kind.can_restart):
        again = create(job.kind, job.title, parameters=given, actor=actor)
        queue(again)
        return again
    if job.kind == COMPARISON and job.connection is not None:
        return copies.resume(job, actor=actor)
    if job.kind == RESYNC and job.connection is not None:
        return resync.start(job.connection, given["module"], actor=actor)
    if job.kind == PULL and job.connection is not None:
        return pulls.start_pull(
            job.connection,
            given["module"],
            parties=given.get("parties"),
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
    """Jobs that wait, run or are held."""
    return Job.objects.filter(state__in=[JobState.WAITING, JobState.RUNNING, JobState.HELD])


def _send(job_id: int, kind: str) -> None:
    if not settings.WAKE_WORKERS:
        return
    from exchange import tasks

    registered = _kinds.get(kind)
    task: Running = (
        registered.task()
        if registered
        else {
            PULL: tasks.run_pull,
            IMPORT: tasks.run_import,
            RETAKE: tasks.run_retake,
            RESYNC: tasks.run_resync,
            SHARING: tasks.run_sharing,
            COMPARISON: tasks.run_comparison,
        }[kind]
    )
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
    mine = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempt=job.attempt)
    if not mine.update(**columns):
        raise JobStopped(LOST_MESSAGE)
    for name, value in columns.items():
        setattr(job, name, value)
