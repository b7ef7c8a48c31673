"""Looking at all IDs, now or as a job."""

from __future__ import annotations

import time

import structlog
from django.db import transaction
from django.db.models import Count

from exchange import jobs
from exchange.models import Job
from exchange.registry import Counts
from parties import events
from registers.audit import contracts, evses
from registers.audit.models import AuditFinding, AuditRun
from registers.models import RegisterEntry

log = structlog.get_logger(__name__)

KIND = "id_audit"
PERMISSION = "registers.change_register"
KEPT = 50


@transaction.atomic
def start(actor: events.Actor) -> Job:
    """Queue an audit; one that waits or runs already is returned instead."""
    waiting = jobs.active().filter(kind=KIND).first()
    if waiting is not None:
        return waiting
    job = jobs.create(KIND, "Look at all IDs", actor=actor)
    jobs.queue(job)
    return job


def run(job: Job) -> None:
    """Do what :func:`start` queued."""
    if not jobs.start(job):
        return
    progress = jobs.Progress(job)
    try:
        made = look(job.parameters["actor"])
        progress.add(Counts(unchanged=made.evses + made.tokens))
        jobs.finish(job, progress.counts, f"Looked at in {made.seconds:.1f} s.")
    except jobs.JobStopped:
        log.warning("audit_stopped", job=job.pk)
    except Exception:
        jobs.fail(job, "Something went wrong here; it has been logged.", progress.counts)
        raise


@transaction.atomic
def look(actor: events.Actor) -> AuditRun:
    """Look at every EVSE ID and contract ID there is; what was found before is replaced."""
    began = time.perf_counter()
    read = RegisterEntry.objects.filter(vanished_at=None).exists()
    made = AuditRun.objects.create(by=events.actor_name(actor), registers_read=read)
    AuditFinding.objects.all()._raw_delete(AuditFinding.objects.db)
    seen = evses.look(made)
    made.evses, made.duplicates, made.shapes = seen
    made.tokens = contracts.look(made)
    groups = AuditFinding.objects.order_by("subject", "owner", "fault", "reason")
    counted = groups.values_list("subject", "owner", "fault", "reason").annotate(Count("pk"))
    made.counts = [list(row) for row in counted]
    made.seconds = time.perf_counter() - began
    made.save()
    AuditRun.objects.filter(pk__lte=made.pk - KEPT).delete()
    return made
