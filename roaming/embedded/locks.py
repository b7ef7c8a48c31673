"""Lock files. The kernel gives a lock back when its holder ends, even when it is killed."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def open_lock(path: Path) -> IO[str]:
    """The lock file, made when missing, open; not yet locked."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")


def try_lock(file: IO[str], kind: int) -> bool:
    """Take the lock (`fcntl.LOCK_SH` or `LOCK_EX`) if that is possible without waiting."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock alone inside the block; waits for it."""
    with open_lock(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def locked_or(path: Path, error: Exception) -> Iterator[None]:
    """Hold the lock alone inside the block; raises the error where somebody else has it."""
    with open_lock(path) as file:
        if not try_lock(file, fcntl.LOCK_EX):
            raise error
        yield
