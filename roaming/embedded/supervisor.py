"""Runs the portal's processes: starts them, keeps them running, stops them in order."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from .processes import ChildProcess

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TICK = 0.2
LOGS_EVERY = 300


class Supervisor:
    """The processes of one portal. Stop signals end `run`, a second one ends it at once."""

    def __init__(
        self,
        processes: Sequence[ChildProcess],
        *,
        revive_database: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self._processes = list(processes)
        self._revive_database = revive_database
        self._say = say
        self.stopping = False

    def run(self, *, is_ready: Callable[[], bool], when_ready: Callable[[], None]) -> None:
        """Run until a stop signal; leaves no process behind. Raises CannotStartError."""
        with self._signals():
            try:
                for process in self._processes:
                    process.start()
                self._watch(is_ready, when_ready)
            finally:
                self._stop()

    def _watch(self, is_ready: Callable[[], bool], when_ready: Callable[[], None]) -> None:
        announced = False
        ticks = 0
        while not self.stopping:
            self._revive_database()
            for process in self._processes:
                process.watch()
            if not announced and is_ready():
                announced = True
                when_ready()
            ticks += 1
            if ticks % LOGS_EVERY == 0:
                for process in self._processes:
                    process.trim_log()
            time.sleep(TICK)

    def _stop(self) -> None:
        try:
            self._say("Stopping …")
            for process in self._processes:
                process.stop()
        except KeyboardInterrupt:
            self._say("Stopping at once …")
        finally:
            # Also when nobody hears what is said any more: who is left would be waited for.
            for process in self._processes:
                process.kill()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        before = {number: signal.getsignal(number) for number in STOPPING}
        for number, handler in before.items():
            # nohup ignores SIGHUP on purpose; SIGINT may be ignored only because of a shell's `&`.
            if number != signal.SIGHUP or handler != signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        try:
            yield
        finally:
            for number in STOPPING:
                signal.signal(number, before[number])

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # The first asks, the second insists; the second may only interrupt the waiting.
        if self.stopping:
            raise KeyboardInterrupt
        self.stopping = True
