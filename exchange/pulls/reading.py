"""Reading one list from where its crawl stands to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from exchange import intake, jobs
from exchange.models import Crawl
from exchange.pulls import positions
from exchange.pulls.crawling import Walk, address_hash, content_hash, is_refusal
from exchange.pulls.line import Line
from exchange.pulls.resting import rest_until
from exchange.pulls.targets import Target
from exchange.registry import Module, Source
from ocpi.client import Page, PullFailed
from parties import services as parties
from parties.models import Connection

BetweenPages = Callable[[float], None]


class Rest(Exception):
    """The partner cannot go on now: ``reason`` is for staff, ``until`` when to ask again."""

    def __init__(self, reason: str, until: datetime) -> None:
        super().__init__(reason)
        self.reason = reason
        self.until = until


class Reader:
    """Takes in the pages of one list. ``between_pages`` gets the pause that the partner wants, in seconds."""

    def __init__(
        self,
        crawl: Crawl,
        module: Module,
        url: str,
        target: Target,
        line: Line,
        progress: jobs.Progress,
        between_pages: BetweenPages,
    ) -> None:
        self._crawl = crawl
        self._module = module
        self._line = line
        self._progress = progress
        self._between_pages = between_pages
        self._dialect = line.connection.dialect
        self._source = source(line.connection, crawl.job_id)
        self._walk = Walk(line, crawl, url, target.routing, self._dialect)
        self._done_before = progress.counts.total - crawl.read
        self._is_resumed = crawl.pages > 0

    def run(self) -> None:
        """Read to the end of the list. Raises ``PullFailed``, ``CannotPull``, :class:`Rest`."""
        crawl = self._crawl
        if not crawl.pages and not crawl.url:
            crawl.url = self._walk.first_address()
        while crawl.url:
            self._line.renew()
            asked_at = timezone.now()
            page = self._fetched()
            if page is None:
                crawl.url = ""
                crawl.save()
            else:
                self._take(page, asked_at)
                self._between_pages(self._dialect.pause_seconds if crawl.url else 0)

    def _fetched(self) -> Page | None:
        try:
            page = self._walk.fetch()
        except PullFailed as failure:
            if self._is_resumed and is_refusal(failure) and not self._crawl.begun_again:
                self._walk.begin_again()
                return self._fetched()
            self._rest(failure)
            raise
        self._is_resumed = False
        return page

    def _rest(self, failure: PullFailed) -> None:
        crawl, job = self._crawl, self._crawl.job
        until = rest_until(failure, self._dialect, rests=job.holds, pages=crawl.pages)
        if until is None:
            return
        crawl.save()
        where = f"after {crawl.pages} pages" if crawl.pages else "at the first page"
        reason = f"Interrupted {where}: {failure} It goes on where it stands."
        raise Rest(reason, until) from failure

    def _take(self, page: Page, asked_at: datetime) -> None:
        """One page, the objects with the position behind it: all of it is written, or nothing is."""
        source = replace(self._source, asked_at=asked_at)
        address, content = address_hash(page.url), content_hash(page.items_raw)
        astray: PullFailed | None = None
        with transaction.atomic():
            received = intake.take(self._module, page.items_raw, source)
            try:
                self._walk.advance(page, content)
            except PullFailed as failure:
                # The page is good, though what it says about the next one is not.
                astray = failure
            positions.took(self._crawl, address, content, received.object_ids, received.owner_ids)
            self._progress.counts += received.counts
            self._progress.total = self._total()
            self._progress.show()
        if astray is not None:
            raise astray

    def _total(self) -> int | None:
        if self._crawl.total is None:
            return None
        return max(self._done_before + self._crawl.total, self._progress.counts.total)


def source(connection: Connection, job_id: int) -> Source:
    """Where the objects come from: only of parties the connection speaks for.

    Before OCPI 2.2 objects name no owner; there they are the connection's only party's.
    """
    return Source(
        label=f"Pull from {connection.name}",
        version=connection.version,
        connection=connection,
        owners=frozenset(party.identity for party in parties.spoken_parties(connection)),
        owner=parties.only_owner(connection),
        job_id=job_id,
    )
