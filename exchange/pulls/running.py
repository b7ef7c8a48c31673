"""Doing a pull: one list after the other, page by page, each page in a transaction with where it stands."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from exchange import jobs
from exchange.choices import CrawlState
from exchange.models import Crawl, Job
from exchange.pulls import conclusions, positions
from exchange.pulls.line import Line
from exchange.pulls.reading import Reader, Rest
from exchange.pulls.resting import concerns_all
from exchange.pulls.starting import CannotPull, check
from exchange.pulls.targets import Target, targets
from exchange.registry import Counts, Module
from ocpi.client import PullFailed
from parties import services as parties
from parties.models import Connection

log = structlog.get_logger(__name__)

Watch = Callable[[Counts], None]


class Stopping(Exception):
    """This worker is to end; another one goes on."""


def run(
    job: Job,
    watch: Watch | None = None,
    *,
    at_most: int | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Counts | None:
    """Do a pull that waits, from where it stands; how it ended is in the job, and what came in stays.

    ``watch`` is called with the counts so far after every page. With ``at_most`` only while fewer pulls than
    that run. When ``stopping`` says so, it is left to another worker. ``None`` when it did not begin.
    """
    if job.connection is None or not jobs.start(job, at_most=at_most):
        return None
    pull = Pull(job, job.connection, watch, stopping)
    try:
        _run(pull)
    except jobs.JobStopped:
        log.warning("pull_given_up", job=job.pk)
    return pull.progress.counts


def _run(pull: Pull) -> None:
    try:
        pull.run()
    except CannotPull as error:
        pull.fail(str(error))
    except jobs.JobStopped:
        raise
    except Exception:
        pull.fail("Something went wrong here; it has been logged.")
        raise


class Pull:
    """One pull under way."""

    def __init__(
        self, job: Job, connection: Connection, watch: Watch | None, stopping: Callable[[], bool]
    ) -> None:
        connection.refresh_from_db()
        self.job, self.connection = job, connection
        self.progress = jobs.Progress.of(job)
        self._watch, self._stopping = watch, stopping
        self._notes: list[str] = []
        self._failures: list[str] = []
        self._several = False

    def run(self) -> None:
        """Every list that this job is for. Raises :class:`CannotPull` when the connection has none."""
        module, url = check(self.connection, self.job.parameters["module"])
        chosen = self._targets(module)
        self._several = len(chosen) > 1
        line = Line(self.connection, module.identifier)
        try:
            for target in chosen:
                if self._one(module, url, target, line):
                    break
        except Rest as rest:
            jobs.hold(self.job, rest.reason, rest.until)
        except Stopping:
            jobs.release(self.job)
        else:
            self._end()
        finally:
            line.close()

    def _targets(self, module: Module) -> list[Target]:
        begun = Crawl.objects.filter(job=self.job).select_related("state")
        if any(conclusions.covers_all(crawl) for crawl in begun):
            return []
        every = targets(self.connection, module)
        wanted = self.job.parameters.get("parties")
        chosen = [t for t in every if wanted is None or (t.party.pk if t.party else None) in wanted]
        return chosen or every

    def _one(self, module: Module, url: str, target: Target, line: Line) -> bool:
        """Fetch one list, unless this job has done so; whether the pull ends with it.

        Raises :class:`CannotPull`, ``Rest`` and :class:`Stopping`.
        """
        state = target.state(self.connection, module)
        crawl = positions.open_crawl(self.job, state)
        if crawl.status == CrawlState.RUNNING:
            reader = Reader(crawl, module, url, target, line, self.progress, self._between_pages)
            try:
                reader.run()
            except PullFailed as error:
                conclusions.failed(crawl, str(error))
                self._remember(crawl)
                return concerns_all(error)
            parties.reached(self.connection)
            conclusions.conclude(crawl, module, target)
        self._remember(crawl)
        return conclusions.covers_all(crawl)

    def _remember(self, crawl: Crawl) -> None:
        """What the job's message says of a crawl that has ended."""
        party = crawl.state.party
        whose = f"{party.identity}: " if party and self._several else ""
        failed = crawl.status in {CrawlState.FAILED, CrawlState.GIVEN_UP}
        if crawl.message:
            (self._failures if failed else self._notes).append(f"{whose}{crawl.message}")

    def _between_pages(self, pause: float) -> None:
        """After every page: tell how far it is, pause as the partner wants it, and stop when we have to."""
        if self._watch is not None:
            self._watch(self.progress.counts)
        until = time.monotonic() + pause
        while not self._stopping():
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 1.0))
            jobs.still_alive(self.job)
        raise Stopping

    def _end(self) -> None:
        message = " ".join([*self._failures, *self._notes])
        if self._failures:
            jobs.fail(self.job, message, self.progress.counts)
        else:
            jobs.finish(self.job, self.progress.counts, message)

    def fail(self, reason: str) -> None:
        """The pull ended before its end; the watermarks stay, so that the next one covers it again."""
        for crawl in Crawl.objects.filter(job=self.job, status=CrawlState.RUNNING):
            conclusions.failed(crawl, reason)
        jobs.fail(self.job, reason, self.progress.counts)
