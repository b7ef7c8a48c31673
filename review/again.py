"""Checking CDRs of the past again: after checks were set anew, tariffs came, or an agreement was made.

What somebody decided stays decided, and what is in a statement that is closed stays as it is there. The work is a job
that goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from django.db import connection as database
from django.db import transaction
from django.db.models.functions import Now

from exchange import jobs
from exchange.models import Job
from exchange.registry import Counts
from parties import events
from parties.models import Party
from review import walking
from review.checking import Plan, draining, rows
from review.choices import ReviewState
from review.models import CDRReview
from review.services import NotPossible, deciding, noting
from review.services.noting import Moved
from review.walking import Stretch
from staff.links import list_url

log = structlog.get_logger(__name__)

KIND = "recheck"
CHECKED_AGAIN = (ReviewState.CLEAN, ReviewState.FLAGGED)
REASON = "Checked again"


def _task() -> jobs.Running:
    from review import tasks

    task: jobs.Running = tasks.check_again
    return task


JOBS = jobs.Kind(
    KIND,
    _task,
    "review.change_cdrreview",
    explanation="It goes on behind the last CDR that was checked.",
    about=lambda job: (list_url(CDRReview), "CDRs to review"),
)


def start(stretch: Stretch, *, actor: events.Actor) -> Job:
    """Queue that all CDRs of a time, of one partner or of all, are checked again."""
    partner = Party.objects.filter(pk=stretch.partner_id or 0).first()
    whose = f" of {partner}" if partner else ""
    with transaction.atomic():
        job = jobs.create(
            KIND,
            f"Check again: CDRs{whose} that ended from {stretch.since:%Y-%m-%d} to {stretch.until:%Y-%m-%d}",
            parameters=stretch.to_json(),
            actor=actor,
        )
        events.record(
            "review.recheck", f"{job.title}: begun.", actor=actor, subject=f"job:{job.pk}"
        )
        jobs.queue(job)
    return job


def run(job: Job) -> None:
    """Do what :func:`start` queued, from where it stood."""
    if not jobs.start(job):
        return
    progress = jobs.Progress.of(job)
    left = int(job.parameters.get("left", 0))
    try:
        left = _run(job, progress, left)
    except jobs.JobStopped:
        log.warning("recheck_stopped", job=job.pk)
        return
    except Exception:
        jobs.fail(job, "Something went wrong here; it has been logged.", progress.counts)
        raise
    counts = progress.counts
    said = f"{counts.updated:,} stand differently than before."
    if left:
        said += f" {left:,} are in statements that are closed, and stay as they were."
    jobs.finish(job, counts, said)


def _run(job: Job, progress: jobs.Progress, left: int) -> int:
    found = Stretch.of_json(job.parameters).reviews().filter(state__in=CHECKED_AGAIN)
    if progress.total is None:
        progress.total = walking.behind(found, job.parameters.get("place")).count()
    plan, actor = draining.usual_plan(), job.parameters.get("actor")
    for page in walking.pages(found, job.parameters.get("place")):
        changed, refused = check_again(page.ids, plan, actor=actor)
        left += refused
        job.parameters = {**job.parameters, "place": page.place, "left": left}
        Job.objects.filter(pk=job.pk, attempt=job.attempt).update(parameters=job.parameters)
        progress.add(Counts(updated=changed, unchanged=len(page.ids) - changed))
    return left


def check_again(
    ids: Sequence[int], plan: Plan, *, actor: events.Actor, reason: str = REASON
) -> tuple[int, int]:
    """Check these CDRs (primary keys) anew, whatever was found before, but not what somebody decided about.

    ``reason`` stands among the decisions of those that stand differently then. Returns how many stand differently
    now, and how many had to stay as they were.
    """
    try:
        return _check(ids, plan, actor, reason), 0
    except NotPossible as refusal:
        if len(ids) == 1:
            log.info("cdr_stays_as_it_was", cdr=ids[0], reason=str(refusal))
            CDRReview.objects.filter(pk=ids[0]).update(checked_at=Now())
            return 0, 1
    middle = len(ids) // 2
    halves = [
        check_again(half, plan, actor=actor, reason=reason) for half in (ids[:middle], ids[middle:])
    ]
    return sum(changed for changed, _ in halves), sum(refused for _, refused in halves)


@transaction.atomic
def _check(ids: Sequence[int], plan: Plan, actor: events.Actor, reason: str) -> int:
    taken = [row for row in rows.chosen(ids, lock=True) if row.facts.state in CHECKED_AGAIN]
    outcomes = draining.written(draining.examined(taken, plan))
    moved = [
        Moved(change, one.at_stake, one.cdr.currency, one.cdr.partner_id)
        for one in outcomes
        for change in draining.changes([one])
    ]
    noting.note_checks(moved, reason=reason, actor=actor)
    deciding.tell(one.change for one in moved)
    return len(moved)


def follow(most: int = 500) -> int:
    """Check again those to which something came after they were checked; returns how many stand differently.

    That is another version of the same CDR, the settling of such, or the original of a credit.
    """
    with database.cursor() as cursor:
        cursor.execute(_OUTDATED, {"most": most})
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return 0
    changed, _ = check_again(ids, draining.usual_plan(), actor=None)
    return changed


# Each part begins with what is little: open conflicts, and what is held up for one of these reasons.
_OUTDATED = """
    SELECT r.cdr_id FROM cdrs_cdrconflict c JOIN review_cdrreview r ON r.cdr_id = c.cdr_id
    WHERE c.settled_at IS NULL AND c.received_at > r.checked_at AND r.state IN ('clean', 'flagged')
    UNION
    SELECT r.cdr_id FROM review_cdrreview r
    WHERE r.state = 'flagged' AND r.reasons @> '{conflict}'::varchar[] AND NOT EXISTS (
        SELECT 1 FROM cdrs_cdrconflict c WHERE c.cdr_id = r.cdr_id AND c.settled_at IS NULL)
    UNION
    SELECT r.cdr_id FROM review_cdrreview r JOIN cdrs_cdr o ON o.id = r.cdr_id
    WHERE r.state = 'flagged' AND r.reasons @> '{credit_original}'::varchar[]
      AND o.credit_reference_key <> '' AND EXISTS (
        SELECT 1 FROM cdrs_cdr d WHERE d.owner_id = o.owner_id AND d.cdr_key = o.credit_reference_key)
    ORDER BY 1 LIMIT %(most)s
"""
