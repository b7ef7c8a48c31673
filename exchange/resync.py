"""Telling one partner everything of a module once more: a job that staff can watch."""

from __future__ import annotations

import structlog
from django.db import connection as database
from django.db import transaction

from exchange import announce, jobs, registry
from exchange.models import Job
from exchange.registry import Counts
from parties import events
from parties.models import Connection
from parties.sight import sight

log = structlog.get_logger(__name__)

BATCH = 1000


class CannotResync(ValueError):
    """Nothing can be told again, for a reason that staff can read."""


def takers(module: str) -> list[Connection]:
    """The partners that take a module's changes from us, by name."""
    return [
        connection
        for connection in Connection.objects.connected().order_by("name")
        if module in connection.push_modules
    ]


def start(connection: Connection, module: str, *, actor: events.Actor = None) -> Job:
    """Queue that everything of a module the partner may see is told again, whole."""
    declared = registry.find(module)
    if declared is None or declared.outbox is None:
        raise CannotResync(f"{module} are not sent to partners.")
    if not connection.is_connected or module not in connection.push_modules:
        raise CannotResync(f"{connection} does not take {declared.label.lower()} from us.")
    with transaction.atomic():
        job = jobs.create(
            jobs.RESYNC,
            f"Send all {declared.label.lower()} to {connection}",
            connection=connection,
            parameters={"module": module},
            actor=actor,
        )
        events.record(
            "deliveries.resync",
            f"{job.title}: begun.",
            connection=connection,
            actor=actor,
            subject=f"job:{job.pk}",
        )
        jobs.queue(job)
    return job


def run(job: Job) -> None:
    """Do what :func:`start` queued: mark a delivery of each object; they go out as any others do."""
    if not jobs.start(job):
        return
    connection, module = job.connection, registry.find(job.parameters["module"])
    if connection is None or module is None or module.outbox is None:
        jobs.fail(job, "The connection is gone.")
        return
    progress = jobs.Progress(job)
    try:
        _tell(connection, module.identifier, module.outbox, progress)
        number = progress.counts.total
        jobs.finish(job, progress.counts, f"{number:,} are to be sent; see the deliveries.")
    except jobs.JobStopped:
        log.warning("resync_stopped", job=job.pk)
    except Exception:
        jobs.fail(job, "Something went wrong here; it has been logged.", progress.counts)
        raise


def _tell(
    connection: Connection, module: str, outbox: registry.Outbox, progress: jobs.Progress
) -> None:
    seen = sight(outbox.visibility, connection)
    table = f"FROM {outbox.visibility.table} o WHERE {seen.sql} AND {outbox.pushed}"
    with database.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {table}", seen.parameters)
        progress.total = cursor.fetchone()[0]
    after = 0
    while True:
        with database.cursor() as cursor:
            cursor.execute(
                f"SELECT o.id {table} AND o.id > %(after)s ORDER BY o.id LIMIT {BATCH}",
                {**seen.parameters, "after": after},
            )
            ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        with transaction.atomic():
            announce.again(module, ids, connection)
        progress.add(Counts(updated=len(ids)))
        after = ids[-1]
