"""Open statements are made anew, as the terms say now: a job that staff can watch."""

from __future__ import annotations

from array import array

import structlog
from django.db import transaction

from exchange import jobs
from exchange.models import Job
from exchange.registry import Counts
from parties import events
from parties.models import Party
from settlement.choices import StatementState
from settlement.models import Entry, Statement
from settlement.services.booking import book

log = structlog.get_logger(__name__)

KIND = "rebooking"
BATCH = 500


def start(ours: Party, partner: Party, *, actor: events.Actor) -> Job | None:
    """Queue that the open statements with a partner are made anew; nothing where there are none."""
    if not _open(ours.pk, partner.pk):
        return None
    with transaction.atomic():
        job = jobs.create(
            KIND,
            f"Open statements of {ours} with {partner} by the new terms",
            parameters={"ours": ours.pk, "partner": partner.pk},
            actor=actor,
        )
        jobs.queue(job)
    return job


def run(job: Job) -> None:
    """Do what :func:`start` queued, some CDRs at a time; doing it again is harmless."""
    if not jobs.start(job):
        return
    cdrs = _cdrs(job.parameters["ours"], job.parameters["partner"])
    progress = jobs.Progress(job, total=len(cdrs))
    try:
        for first in range(0, len(cdrs), BATCH):
            book(cdrs[first : first + BATCH], anew=True)
            progress.add(Counts(updated=len(cdrs[first : first + BATCH])))
        jobs.finish(job, progress.counts, f"{progress.counts.total:,} entries were made anew.")
    except jobs.JobStopped:
        log.warning("rebooking_stopped", job=job.pk)
    except Exception:
        jobs.fail(job, "Something went wrong here; it has been logged.", progress.counts)
        raise


def _open(ours: int, partner: int) -> list[int]:
    rows = Statement.objects.filter(ours=ours, partner=partner, state=StatementState.OPEN)
    return list(rows.values_list("pk", flat=True))


def _cdrs(ours: int, partner: int) -> array[int]:
    """The CDRs on the open statements, eight bytes each."""
    entries = Entry.objects.filter(statement__in=_open(ours, partner), cdr__isnull=False).order_by(
        "statement", "ended_at"
    )
    return array("q", entries.values_list("cdr_id", flat=True).iterator(chunk_size=10_000))
