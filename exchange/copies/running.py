"""Comparing everything of a module that was sent to a partner: a job that goes on where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from exchange import egress, jobs, objects, registry
from exchange.copies.one import CannotCompare, Outcome, address_of, compare
from exchange.copies.results import forget_old, rows_of, summary
from exchange.models import Comparison, ComparisonDifference, Job
from exchange.objects import Named
from exchange.registry import Counts
from exchange.standing import STILL_TO_WITHDRAW
from parties import events
from parties.models import Connection

log = structlog.get_logger(__name__)

BATCH = 50
FAILURES_IN_A_ROW = 5
Pause = Callable[[float], None]


def start(connection: Connection, module: str, *, actor: events.Actor = None) -> Job:
    """Queue the comparison of everything of a module that was sent. Raises :class:`CannotCompare`."""
    declared = registry.find(module)
    if declared is None:
        raise CannotCompare(f"There is no module {module}.")
    address_of(connection, declared)
    comparison = Comparison.objects.create(connection=connection, module=module)
    return _queued(comparison, declared, actor)


def resume(job: Job, *, actor: events.Actor = None) -> Job:
    """Go on where a comparison stopped; a new one where it is gone."""
    module, connection = job.parameters["module"], job.connection
    if connection is None:
        raise CannotCompare("The connection is gone.")
    stopped = Comparison.objects.filter(
        pk=job.parameters.get("comparison"), finished_at=None
    ).first()
    declared = registry.find(module)
    if stopped is None or declared is None:
        return start(connection, module, actor=actor)
    address_of(connection, declared)
    return _queued(stopped, declared, actor)


def _queued(comparison: Comparison, module: registry.Module, actor: events.Actor) -> Job:
    connection = comparison.connection
    job = jobs.create(
        jobs.COMPARISON,
        f"Compare {module.label.lower()} with {connection}",
        connection=connection,
        parameters={"module": comparison.module, "comparison": comparison.pk},
        actor=actor,
    )
    comparison.job = job
    comparison.save(update_fields=["job"])
    events.record(
        "comparison.started",
        f"{job.title}: begun.",
        connection=connection,
        actor=actor,
        subject=f"job:{job.pk}",
    )
    jobs.queue(job)
    return job


def run(job: Job, *, pause: Pause = time.sleep) -> None:
    """Do what :func:`start` queued; how it ended is in the job."""
    if not jobs.start(job):
        return
    comparison = Comparison.objects.filter(pk=job.parameters["comparison"]).first()
    module = registry.find(job.parameters["module"])
    if comparison is None or module is None:
        jobs.fail(job, "This comparison is gone; start another.")
        return
    try:
        _Run(job, comparison, module, pause).run()
    except CannotCompare as error:
        jobs.fail(job, str(error))
    except jobs.JobStopped:
        log.warning("comparison_stopped", job=job.pk)
    except Exception:
        jobs.fail(job, "Something went wrong here; it has been logged.")
        raise


class _Run:
    """One comparison under way."""

    def __init__(
        self, job: Job, comparison: Comparison, module: registry.Module, pause: Pause
    ) -> None:
        self.job, self.comparison, self.module, self.pause = job, comparison, module, pause
        self.connection = comparison.connection
        self.url = address_of(self.connection, module)
        self.progress = jobs.Progress(job)
        self.failures = 0

    def run(self) -> None:
        self.progress.total = self.comparison.compared + self._count()
        self.progress.counts = Counts(unchanged=self.comparison.compared)
        with egress.client(self.connection) as client:
            while batch := self._next():
                for object_id in batch:
                    if not self._one(client, object_id):
                        return
        self.comparison.finished_at = timezone.now()
        self.comparison.save(update_fields=["finished_at"])
        jobs.finish(self.job, self.progress.counts, summary(self.comparison))
        forget_old(self.connection, self.module.identifier)

    def _one(self, client: egress.PartnerClient, object_id: int) -> bool:
        target = objects.by_id(self.module, object_id)
        outcome = (
            Outcome() if target is None else compare(client, self.connection, target, self.url)
        )
        if outcome.failure:
            return self._failed(client, object_id, outcome.failure)
        self.failures = 0
        if target is not None:
            self._keep(target, outcome)
        self.progress.add(Counts(unchanged=1))
        if self.connection.dialect.pause_seconds:
            self.pause(self.connection.dialect.pause_seconds)
        return True

    def _failed(self, client: egress.PartnerClient, object_id: int, reason: str) -> bool:
        """An answer that says nothing: asked again, and given up after several in a row."""
        self.failures += 1
        if self.failures >= FAILURES_IN_A_ROW:
            jobs.fail(
                self.job,
                f"{FAILURES_IN_A_ROW} requests in a row got no usable answer: {reason}"
                " Start it again to go on where it stopped.",
                self.progress.counts,
            )
            return False
        self.pause(max(1.0, self.connection.dialect.pause_seconds) * self.failures)
        return self._one(client, object_id)

    def _keep(self, target: Named, outcome: Outcome) -> None:
        name = outcome.found or "equal"
        with transaction.atomic():
            ComparisonDifference.objects.bulk_create(rows_of(self.comparison, target, outcome))
            Comparison.objects.filter(pk=self.comparison.pk).update(
                cursor=target.id, compared=F("compared") + 1, **{name: F(name) + 1}
            )
        self.comparison.refresh_from_db()

    def _next(self) -> list[int]:
        return self._ids("o.object_id", f"ORDER BY o.object_id LIMIT {BATCH}")

    def _count(self) -> int:
        return self._ids("count(*)", "")[0]

    def _ids(self, columns: str, end: str) -> list[int]:
        """What was sent to the partner and not withdrawn, behind the cursor."""
        with database.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns} FROM exchange_delivery o WHERE o.connection_id = %s"  # noqa: S608
                f" AND o.module = %s AND o.object_id > %s AND {STILL_TO_WITHDRAW.format(row='o')} {end}",
                [self.connection.pk, self.module.identifier, self.comparison.cursor],
            )
            return [row[0] for row in cursor.fetchall()]
