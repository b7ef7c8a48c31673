"""Closing a month for all partners: a job that staff can watch."""

from __future__ import annotations

from datetime import date

import structlog
from django.db import transaction

from exchange import jobs
from exchange.models import Job
from exchange.registry import Counts
from parties import events
from settlement.choices import StatementState
from settlement.models import Statement
from settlement.services import closing

log = structlog.get_logger(__name__)

KIND = "closing"
BATCH = 50
REASONS_KEPT = 200


def start(month: date, *, knowingly: bool, actor: events.Actor) -> Job:
    """Queue that every open statement of ``month`` (its first day) is closed.

    With ``knowingly`` also those of which CDRs are not reviewed yet; without, these stay open, and the job says why.
    """
    with transaction.atomic():
        job = jobs.create(
            KIND,
            f"Close {month:%B %Y} for all partners",
            parameters={"month": month.isoformat(), "knowingly": knowingly},
            actor=actor,
        )
        events.record(
            "statement.month_end", f"{job.title}: begun.", actor=actor, subject=f"job:{job.pk}"
        )
        jobs.queue(job)
    return job


def run(job: Job) -> None:
    """Do what :func:`start` queued, some statements at a time."""
    if not jobs.start(job):
        return
    month = date.fromisoformat(job.parameters["month"])
    rows = Statement.objects.filter(month=month, state=StatementState.OPEN).order_by("pk")
    statements = list(rows.select_related("ours", "partner"))
    progress = jobs.Progress(job, total=len(statements))
    left: list[dict[str, object]] = []
    try:
        for first in range(0, len(statements), BATCH):
            outcomes = closing.close_many(
                statements[first : first + BATCH],
                actor=job.parameters["actor"],
                knowingly=job.parameters["knowingly"],
            )
            stay = [
                {"statement": row.pk, "name": str(row), "why": str(problem)}
                for row, problem in outcomes
                if problem is not None
            ]
            left += stay
            progress.add(Counts(updated=len(outcomes) - len(stay), unchanged=len(stay)))
        _finish(job, progress.counts, left)
    except jobs.JobStopped:
        log.warning("closing_stopped", job=job.pk)
    except Exception:
        jobs.fail(job, "Something went wrong here; it has been logged.", progress.counts)
        raise


def _finish(job: Job, counts: Counts, left: list[dict[str, object]]) -> None:
    Job.objects.filter(pk=job.pk).update(parameters={**job.parameters, "left": left[:REASONS_KEPT]})
    said = f"{counts.updated:,} closed"
    if left:
        said += f", {len(left):,} left open: " + " ".join(
            f"{one['name']}: {one['why']}" for one in left[:3]
        )
    jobs.finish(job, counts, said if left else f"{said}.")
