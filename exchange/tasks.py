"""What the workers do. A task loads by id, calls a service, returns nothing; losing one loses no data."""

from __future__ import annotations

import threading
import time
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down
from django.conf import settings
from django.db import connection as database
from django.db import models

from exchange import agreeing, copies, deliveries, imports, jobs, partitions, pulls, resync, wake
from exchange.models import Delivery, Job
from exchange.quality import figures, quarantine, retake
from parties.models import Connection

_LOCK_CLASS = 7001
_POLL_SECONDS = 0.1
_stopping = threading.Event()


@worker_shutting_down.connect
def _stop_soon(**kwargs: Any) -> None:
    """A worker that is to end finishes its requests, not everything that is due."""
    _stopping.set()


@shared_task(ignore_result=True)
def deliver(connection_id: int) -> None:
    """Deliver what is due to one connection, then linger a moment for what comes next."""
    connection = Connection.objects.deliverable().filter(pk=connection_id).first()
    if connection is None:
        return
    slot = _take_slot(connection)
    if slot is None:
        return
    try:
        _deliver_until_idle(connection)
    finally:
        _give_slot(connection, slot)


def _deliver_until_idle(connection: Connection) -> None:
    idle_since = time.monotonic()
    while time.monotonic() - idle_since < wake.LINGER_SECONDS and not _stopping.is_set():
        connection.refresh_from_db()
        if not Connection.objects.deliverable().filter(pk=connection.pk).exists():
            return
        drained = deliveries.drain(connection, stopping=_stopping.is_set)
        if drained.stop:
            return
        if drained.sent:
            idle_since = time.monotonic()
            if drained.sent >= deliveries.BATCH:
                wake.connections([connection.pk])
        else:
            time.sleep(_POLL_SECONDS)


def _take_slot(connection: Connection) -> int | None:
    """One of the connection's parallel places, as a PostgreSQL advisory lock of this session."""
    with database.cursor() as cursor:
        for slot in range(connection.max_parallel_requests):
            cursor.execute(
                "SELECT pg_try_advisory_lock(%s, %s)",
                [_LOCK_CLASS, _slot_key(connection, slot)],
            )
            if cursor.fetchone()[0]:
                return slot
    return None


def _give_slot(connection: Connection, slot: int) -> None:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_unlock(%s, %s)", [_LOCK_CLASS, _slot_key(connection, slot)]
        )


def _slot_key(connection: Connection, slot: int) -> int:
    return (connection.pk * 64 + slot) % 2**31


@shared_task(ignore_result=True)
def wake_due() -> None:
    """The beat tick: wake workers for every connection that has something due and is not on hold."""
    due = Delivery.objects.due().filter(connection=models.OuterRef("pk"))
    waiting = Connection.objects.deliverable().filter(models.Exists(due))
    wake.connections(list(waiting.values_list("pk", flat=True)))


@shared_task(ignore_result=True)
def keep_partitions() -> None:
    """Make the exchange log's partitions of the coming days and drop what is past its retention."""
    partitions.maintain()
    imports.drop_old_uploads()
    quarantine.forget_old()
    figures.forget_old()


@shared_task(ignore_result=True)
def run_pull(job_id: int) -> None:
    """Fetch what a partner offers, as its job says, once one of the places for pulls is free."""
    job = Job.objects.get(pk=job_id)
    if pulls.run(job, at_most=settings.PULL_PARALLEL, stopping=_stopping.is_set) is not None:
        jobs.queue_next(jobs.PULL)


@shared_task(ignore_result=True)
def run_import(job_id: int) -> None:
    """Take in an uploaded file, as its job says."""
    imports.run(Job.objects.get(pk=job_id))


@shared_task(ignore_result=True)
def run_sharing(job_id: int) -> None:
    """Change an agreement and mark what follows, as its job says."""
    agreeing.run(Job.objects.get(pk=job_id))


@shared_task(ignore_result=True)
def run_comparison(job_id: int) -> None:
    """Compare a partner's copies with ours, as its job says."""
    copies.run(Job.objects.get(pk=job_id))


@shared_task(ignore_result=True)
def run_retake(job_id: int) -> None:
    """Try again with what is in quarantine, as its job says."""
    retake.run(Job.objects.get(pk=job_id))


@shared_task(ignore_result=True)
def run_resync(job_id: int) -> None:
    """Tell a partner everything of a module again, as its job says."""
    resync.run(Job.objects.get(pk=job_id))


@shared_task(ignore_result=True)
def schedule_pulls() -> None:
    """Every minute: start the pulls that are due, and see to jobs that a worker or the broker lost."""
    jobs.fail_lost()
    jobs.end_holds()
    jobs.queue_forgotten()
    pulls.start_due()
