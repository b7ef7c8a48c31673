"""Where crawls stand: opened, moved on page by page, and forgotten when they are over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from exchange import registry
from exchange.choices import CrawlState
from exchange.intake import inbox_of
from exchange.models import Crawl, CrawlPage, Job, PullState

OVERLAP = timedelta(minutes=10)
# What was read longer ago says nothing about the list of now.
TOO_OLD = timedelta(hours=24)


def open_crawl(job: Job, state: PullState) -> Crawl:
    """The crawl of this list that ``job`` has begun, be it over or not, or a new one.

    One that rested for a day begins anew. What another job left behind is ended.
    """
    crawl = Crawl.objects.filter(job=job, state=state).order_by("-id").first()
    if crawl is not None and not _is_stale(crawl):
        crawl.job, crawl.state = job, state
        return crawl
    _end_left_behind(state)
    full, since = _from(job, state)
    made = Crawl.objects.create(job=job, state=state, full=full, date_from=since)
    # By the database's clock, like the times of what comes in.
    made.refresh_from_db(fields=["began_at"])
    return made


def _from(job: Job, state: PullState) -> tuple[bool, datetime | None]:
    """Whether the list is to be read as a whole, and else from when on."""
    full = bool(job.parameters.get("full")) or state.watermark is None
    since = state.watermark - OVERLAP if state.watermark is not None and not full else None
    reach = inbox_of(registry.get(state.module)).reach
    if reach is not None:
        return False, since or timezone.now() - reach
    if not state.connection.dialect.date_filters:
        return True, None
    return full, since


def _is_stale(crawl: Crawl) -> bool:
    return crawl.status == CrawlState.RUNNING and crawl.began_at < timezone.now() - TOO_OLD


def _end_left_behind(state: PullState) -> None:
    for crawl in Crawl.objects.filter(state=state, status=CrawlState.RUNNING):
        close(crawl, CrawlState.GIVEN_UP, "It was left behind; another one began anew.")


def took(
    crawl: Crawl, address: bytes, content: bytes, object_ids: Sequence[int], owner_ids: set[int]
) -> None:
    """A page was taken in; call it in the transaction that did, after the position has moved on."""
    crawl.pages += 1
    crawl.owner_ids = sorted({*crawl.owner_ids, *owner_ids})
    CrawlPage.objects.create(
        crawl=crawl,
        number=crawl.pages,
        address=address,
        content=content,
        object_ids=list(object_ids),
    )
    crawl.save()


def close(crawl: Crawl, status: CrawlState, message: str = "") -> None:
    """The crawl is over; where it stood is forgotten."""
    CrawlPage.objects.filter(crawl=crawl).delete()
    crawl.status, crawl.message, crawl.ended_at = status, message[:400], timezone.now()
    crawl.save()


def under_way(job: Job) -> Crawl | None:
    """The crawl that ``job`` is at, or where it rests."""
    return (
        Crawl.objects.filter(Q(job=job), status=CrawlState.RUNNING)
        .select_related("state__party")
        .first()
    )
