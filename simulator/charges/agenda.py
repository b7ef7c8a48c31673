"""What is to happen later: work with a time, done by a few threads, or by a test that moves the clock."""

import heapq
import itertools
import logging
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from simulator.database import DatabaseClosedError

logger = logging.getLogger(__name__)

Now = Callable[[], datetime]
Work = Callable[[], object]
THREADS = 3


def system_clock() -> datetime:
    """The current time, aware."""
    return datetime.now(UTC)


class Agenda:
    """Does work when it is due. With `threads` 0 only `run_due` does it, in the caller's thread."""

    def __init__(self, now: Now = system_clock, threads: int = THREADS) -> None:
        self.now = now
        self._wake = threading.Condition()
        self._stopping = False
        self._numbers = itertools.count()
        self._due: list[tuple[datetime, int, Work]] = []
        self._threads = [
            threading.Thread(target=self._work, name=f"agenda-{n}", daemon=True)
            for n in range(threads)
        ]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float) -> None:
        """Do nothing more; work that waits for the partner ends with the process."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout)

    def after(self, seconds: float, work: Work) -> None:
        """Do this so many seconds from now."""
        with self._wake:
            due = self.now() + timedelta(seconds=seconds)
            heapq.heappush(self._due, (due, next(self._numbers), work))
            self._wake.notify()

    def next_due(self) -> datetime | None:
        """When there is something to do again."""
        with self._wake:
            return self._due[0][0] if self._due else None

    def run_due(self) -> int:
        """Do what is due now, in order, and return how much it was."""
        done = 0
        while (work := self._take()) is not None:
            _do(work)
            done += 1
        return done

    def _take(self) -> Work | None:
        with self._wake:
            if self._due and self._due[0][0] <= self.now():
                return heapq.heappop(self._due)[2]
            return None

    def _work(self) -> None:
        while True:
            with self._wake:
                while not self._stopping and not self._is_due():
                    self._wake.wait(self._seconds())
                if self._stopping:
                    return
                work = heapq.heappop(self._due)[2]
                self._wake.notify()
            _do(work)

    def _is_due(self) -> bool:
        return bool(self._due) and self._due[0][0] <= self.now()

    def _seconds(self) -> float | None:
        return max(0.0, (self._due[0][0] - self.now()).total_seconds()) if self._due else None


def _do(work: Work) -> None:
    try:
        work()
    except DatabaseClosedError:
        logger.debug("stopped meanwhile")
    except (ValueError, LookupError, sqlite3.Error):
        # One charge that fails must not end the thread that does all the others.
        logger.exception("Something on the agenda failed")
