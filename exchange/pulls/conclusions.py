"""What follows when a crawl has come to its end, or has not."""

from __future__ import annotations

from django.db import transaction

from exchange.choices import CrawlState
from exchange.models import Crawl
from exchange.pulls import positions, vanishing
from exchange.pulls.observations import observe
from exchange.pulls.reading import source
from exchange.pulls.schedule import next_time, next_time_after
from exchange.pulls.targets import Target
from exchange.registry import Module
from parties import events

INCOMPLETE = (
    "The list became shorter while it was read, so some of it may have been passed over;"
    " nothing was retired, and the next pull covers the same time again."
)


def conclude(crawl: Crawl, module: Module, target: Target) -> None:
    """After the last page: the watermark moves on, and of a full list what it lacks is seen to.

    Where something may have been passed over, what came in is good, but it is not known to be all.
    """
    with transaction.atomic():
        # A worker that was taken for dead may be at the same: the second one finds it done.
        status = Crawl.objects.select_for_update().values_list("status", flat=True).get(pk=crawl.pk)
        if status != CrawlState.RUNNING:
            crawl.refresh_from_db()
            return
        crawl.state.refresh_from_db()
        if not crawl.complete:
            _failed_state(crawl, INCOMPLETE)
            positions.close(crawl, CrawlState.INCOMPLETE, INCOMPLETE)
            return
        notes = ["The partner did not accept where it stood; it began again from the first page."]
        notes = notes if crawl.begun_again else []
        notes += observe(crawl, module, target)
        if crawl.full:
            given = crawl.job.parameters
            notes += vanishing.conclude(
                crawl,
                module,
                source(crawl.state.connection, crawl.job_id),
                retire_any=bool(given.get("retire_any")),
            )
        _succeeded_state(crawl)
        positions.close(crawl, CrawlState.DONE, " ".join(notes))


def failed(crawl: Crawl, reason: str) -> None:
    """The list was not read to its end; its watermark stays, so that the next pull covers it again."""
    crawl.state.refresh_from_db()
    with transaction.atomic():
        _failed_state(crawl, reason)
        positions.close(crawl, CrawlState.FAILED, reason)
        events.record(
            "pull.failed",
            f"Pulling {crawl.state} failed: {reason}"[:400],
            connection=crawl.state.connection,
            actor=crawl.job.parameters.get("actor"),
            subject=f"job:{crawl.job_id}",
        )


def covers_all(crawl: Crawl) -> bool:
    """Whether a complete full crawl of one party's list has brought the other parties' objects as well."""
    state = crawl.state
    return crawl.full and crawl.status == CrawlState.DONE and state.lists_all


def _succeeded_state(crawl: Crawl) -> None:
    state = crawl.state
    state.watermark = crawl.began_at
    if crawl.full:
        state.full_at = crawl.began_at
    state.last_error, state.failures = "", 0
    state.next_at = next_time(state.connection)
    state.save()


def _failed_state(crawl: Crawl, reason: str) -> None:
    state = crawl.state
    state.last_error = reason[:400]
    state.failures += 1
    state.next_at = next_time_after(state.connection, state.failures)
    state.save()
