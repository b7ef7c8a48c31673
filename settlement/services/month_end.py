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
    """Do what :func:`start` queued, a statement at a time, each in a transaction of its own."""
    if not jobs.start(job):
        return
    month = date.fromisoformat(job.parameters["month"])
    rows = Statement.objects.filter(month=month, state=StatementState.OPEN).order_by("pk")
    statements = list(rows.select_related("ours", "partner"))
    progress = jobs.Progress(job, total=len(statements))
    left: list[dict[str, object]] = []
    try:
        for statement in statements:
            problem = _close(
                statement, knowingly=job.parameters["knowingly"], actor=job.parameters["actor"]
            )
            if problem:
                left.append({"statement": statement.pk, "name": str(statement), "why": problem})
            progress.add(Counts(unchanged=1) if problem else Counts(updated=1))
        _finish(job, progress.counts, left)
    except jobs.JobStopped:
        log.warning("closing_stopped", job=job.pk)
    except Exception:
        jobs.fail(job, "Something went wrong here; it has been logged.", progress.counts)
        raise


def _close(statement: Statement, *, knowingly: bool, actor: str) -> str:
    """Close one; returns why it stays open, if it does."""
    try:
        closing.close(statement, actor=actor, knowingly=knowingly)
    except closing.NotPossible as problem:
        return str(problem)
    return ""


def _finish(job: Job, counts: Counts, left: list[dict[str, object]]) -> None:
    Job.objects.filter(pk=job.pk).update(parameters={**job.parameters, "left": left[:REASONS_KEPT]})
    said = f"{counts.updated:,} closed"
    if left:
        said += f", {len(left):,} left open: " + " ".join(
            f"{one['name']}: {one['why']}" for one in left[:3]
        )
    jobs.finish(job, counts, said if left else f"{said}.")
