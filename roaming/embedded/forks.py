"""Processes that begin as a copy of this one: what it has loaded they need not load again.

Loading the portal takes seconds of a processor, and it runs as several processes. Who makes copies has neither
threads nor connections, which a copy cannot share: what needs a database is done in a copy as well.

Only on Linux: elsewhere libraries of the system do not survive it.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from subprocess import TimeoutExpired
from typing import IO, Any, TypeVar

from django.core.exceptions import ImproperlyConfigured

POSSIBLE = sys.platform == "linux"
PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
LONGEST_NAME = 15
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Answer = TypeVar("Answer")


def end_with_parent(number: signal.Signals = signal.SIGKILL) -> None:
    """Ask Linux for a signal when the parent goes, however it goes. Elsewhere without effect."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


class Fork:
    """A copy of this process that does one thing; as much of `subprocess.Popen` as is asked of it here.

    It has a session of its own, and writes where it is told. `name` is what ``ps -e`` and ``top`` show.
    """

    def __init__(
        self, name: str, does: Callable[[], None], output: IO[bytes] | None = None
    ) -> None:
        process = multiprocessing.get_context("fork").Process(
            target=_begin, args=(name, does, output.fileno() if output else None), name=name
        )
        # A signal that comes before the copy has handlers of its own waits for them.
        with _signals_later():
            process.start()
        self._process = process
        self.pid: int = process.pid or 0

    def poll(self) -> int | None:
        """The exit code, as of `subprocess`; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended. Raises TimeoutExpired."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise TimeoutExpired(self._process.name, timeout or 0.0)
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.join()


def _begin(name: str, does: Callable[[], None], output: int | None) -> None:
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    if output is not None:
        for number in (1, 2):
            os.dup2(output, number)
    ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:LONGEST_NAME])
    _settle()
    does()


def _settle() -> None:
    # As a program that was started: whatever the parent does about signals is its own affair.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    # Without the parent, and soon without a database, there is nothing left to finish politely; and nothing to lose,
    # since what matters is in the database.
    end_with_parent()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


@contextmanager
def _signals_later() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def answer_of(function: Callable[[], Answer]) -> Answer:
    """What a function answers that is done in a copy, so that nothing it opens stays here.

    Where no copies are made it is done here. Raises ImproperlyConfigured as the function does; whatever else it
    raises is shown by the copy and ends this process.
    """
    if not POSSIBLE:
        return function()
    context = multiprocessing.get_context("fork")
    answers, teller = context.Pipe(duplex=False)
    process = context.Process(target=_tell, args=(function, teller))
    with _signals_later():
        process.start()
    teller.close()
    try:
        succeeded, answer = answers.recv()
    except EOFError:
        raise SystemExit(1) from None
    finally:
        process.kill()
        process.join()
        answers.close()
    if not succeeded:
        raise ImproperlyConfigured(answer)
    return answer  # type: ignore[no-any-return]


def _tell(function: Callable[[], Any], teller: Connection) -> None:
    _settle()
    # Ctrl-C reaches the parent as well, which says what is to be said.
    with suppress(KeyboardInterrupt):
        try:
            teller.send((True, function()))
        except ImproperlyConfigured as error:
            teller.send((False, str(error)))


def beside(name: str, does: Callable[[], None]) -> Fork | None:
    """Have something done beside, in a copy; where no copies are made, in a thread that ends with this process."""
    if POSSIBLE:
        return Fork(name, does)
    threading.Thread(target=does, name=name, daemon=True).start()
    return None


def command_line(main: Callable[[], object], arguments: Sequence[str]) -> Callable[[], None]:
    """A program as a function: what its command line would do."""

    def run() -> None:
        sys.argv = list(arguments)
        sys.exit(main())  # type: ignore[arg-type]

    return run
