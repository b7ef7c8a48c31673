"""One child process of the portal: started with its own log, started again when it dies."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from roaming.environment import CHECKOUT

from . import forks

LONGEST_LOG = 20 * 1024 * 1024
# A process that ran this long had started well; what follows is a new incident.
STEADY_SECONDS = 60.0
LONGEST_PAUSE = 30.0
ATTEMPTS = 6


class CannotStartError(Exception):
    """A child process keeps dying. The message names its log."""


def _in_child() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    # Without us, and soon without a database, there is nothing left to finish politely; and
    # nothing to lose, since what matters is in the database.
    forks.end_with_parent()


def _do_part(part: Callable[[], None], environment: Mapping[str, str]) -> None:
    os.environ.update(environment)
    part()


@dataclass
class ChildProcess:
    """A program that is kept running. `say` tells the console, in one line.

    `part` does what the command does, for a copy of this process that has loaded it already.
    """

    name: str
    command: list[str]
    log: Path
    say: Callable[[str], None]
    environment: Mapping[str, str] = field(default_factory=dict)
    patience: float = 15.0
    part: Callable[[], None] | None = None
    _process: "subprocess.Popen[bytes] | forks.Fork | None" = None
    _started: float = 0.0
    _failures: int = 0
    _was_steady: bool = False
    _due: float = 0.0

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches only us and we stop in order."""
        self.trim_log()
        with self.log.open("ab") as log:
            if self.part is not None and forks.POSSIBLE:
                self._process = forks.Fork(
                    f"portal-{self.name}", partial(_do_part, self.part, self.environment), log
                )
            else:
                self._process = self._start_program(log)
        self._started = time.monotonic()

    def _start_program(self, log: IO[bytes]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=CHECKOUT,
            env=os.environ | self.environment,
            start_new_session=True,
            preexec_fn=_in_child,
        )

    def watch(self) -> None:
        """Start it again when it died, later each time. Raises CannotStartError if in vain."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._due:
                self.start()
            return
        code = self._process.poll()
        if code is None:
            return
        self._end_group()
        self._process = None
        if now - self._started > STEADY_SECONDS:
            self._failures, self._was_steady = 0, True
        self._failures += 1
        # What has worked may work again when its cause is gone; what never did, won't.
        if self._failures >= ATTEMPTS and not self._was_steady:
            raise CannotStartError(f"{self.name} does not start ({_ending(code)}); see {self.log}")
        pause = min(0.5 * 2 ** (self._failures - 1), LONGEST_PAUSE)
        self._due = now + pause
        self.say(
            f"{self.name} ended ({_ending(code)}); starting it again in {pause:g} s; {self.log}"
        )

    def ask_to_stop(self) -> None:
        """Ask it to finish what it is doing and end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def stop(self) -> None:
        """End it: politely, then by force, and whatever it started as well."""
        if self._process is None:
            return
        self.ask_to_stop()
        try:
            self._process.wait(self.patience)
        except subprocess.TimeoutExpired:
            self.say(f"{self.name} does not end; killing it")
        self.kill()

    def kill(self) -> None:
        """End it and whatever it started at once."""
        if self._process is not None:
            self._end_group()
            self._process.wait()
            self._process = None

    def _end_group(self) -> None:
        if self._process is not None:
            # macOS denies what Linux does not find.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def trim_log(self) -> None:
        """Keep one older part of a log that has grown long. The child appends, so it goes on."""
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
