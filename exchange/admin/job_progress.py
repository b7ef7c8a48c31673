"""How far a job is, for its page, which asks again every two seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from exchange.choices import BADGES, CRAWL_BADGES, CrawlState, JobState
from exchange.models import Crawl, Job
from exchange.pulls.targets import whose
from staff import badges, fragments

COUNTS = {
    "created_count": "new",
    "updated_count": "changed",
    "unchanged_count": "unchanged",
    "rejected_count": "in quarantine",
    "warning_count": "deviations",
}
# Before that, a speed says nothing.
WORTH_MEASURING = timedelta(seconds=3)


def progress(job: Job) -> dict[str, Any]:
    """The job as JSON; ``percent`` is empty while nobody knows how much there is."""
    percent = None
    if job.total:
        percent = min(100, round(100 * job.done / job.total))
    if job.state == JobState.DONE:
        percent = 100
    return {
        "state": job.state,
        "badge": str(badges.badge(job.state, JobState, BADGES)),
        "running": job.state in (JobState.WAITING, JobState.RUNNING, JobState.HELD),
        "moving": job.state == JobState.RUNNING,
        "done": job.done,
        "total": job.total,
        "percent": percent,
        "counts": {name: getattr(job, name) for name in COUNTS},
        "message": job.message,
        "took": took(job),
        "now": now(job),
        "speed": speed_words(job),
    }


def took(job: Job) -> str:
    if job.started_at is None:
        return fragments.EMPTY
    return fragments.span((job.finished_at or timezone.now()) - job.started_at)


def now(job: Job) -> str:
    """What it is at: ``NL*ABC, page 34``; when it goes on, if it rests."""
    crawl = (
        Crawl.objects.filter(job=job, status=CrawlState.RUNNING)
        .select_related("state__party", "state__connection")
        .first()
    )
    if job.state == JobState.HELD and job.resume_at is not None:
        return f"goes on at {timezone.localtime(job.resume_at):%H:%M %Z}"
    if crawl is None or job.state != JobState.RUNNING:
        return ""
    return f"{whose(crawl.state)}, page {crawl.pages + 1}"


def speed(job: Job) -> float | None:
    """Objects per second since this worker has it; ``None`` while that cannot be said."""
    if job.state != JobState.RUNNING or job.resumed_at is None or job.progressed_at is None:
        return None
    length = job.progressed_at - job.resumed_at
    done = job.done - job.done_before
    if length < WORTH_MEASURING or done <= 0:
        return None
    return done / length.total_seconds()


def speed_words(job: Job) -> str:
    """``1 240 a second, 3 min to go``; empty while nobody knows."""
    rate = speed(job)
    if rate is None:
        return ""
    words = f"{rate:,.0f} a second".replace(",", "\u202f")
    if not job.total or job.total <= job.done:
        return words
    return f"{words}, {fragments.span(timedelta(seconds=(job.total - job.done) / rate))} to go"


def crawls(job: Job) -> list[dict[str, Any]]:
    """The lists that a pull has read, and the one it is at."""
    found = (
        Crawl.objects.filter(job=job)
        .select_related("state__party", "state__connection")
        .order_by("id")
    )
    return [
        {
            "crawl": crawl,
            "party": whose(crawl.state),
            "badge": badges.badge(crawl.status, CrawlState, CRAWL_BADGES),
            "url": reverse("admin:exchange_pullstate_change", args=[crawl.state_id]),
            "vanishing": crawl.state.vanishing if crawl.state.vanishing_job_id == job.pk else 0,
        }
        for crawl in found
    ]
