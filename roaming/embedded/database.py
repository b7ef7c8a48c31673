"""Start the embedded PostgreSQL when it is needed and let it go when nobody needs it."""

import fcntl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from django.db import connection

from roaming.environment import MisconfiguredError

from . import binaries, cluster
from .locks import locked, open_lock, try_lock
from .places import Places
from .tools import DatabaseUnavailableError, environment

PATIENCE = 60.0
OLDEST_POSTGRESQL = 150000


@contextmanager
def ensure_database(places: Places | None, *, durable: bool = True) -> Iterator[None]:
    """Have PostgreSQL running inside the block; without effect when `places` is None.

    Any number of processes may do so at the same time; the first starts the server, the last one
    out waits until it is down. `durable=False` trades safety after a power cut for speed (tests).
    Raises DatabaseUnavailableError.
    """
    if places is None:
        yield
        return
    with open_lock(places.home / "users.lock") as users:
        try:
            with locked(places.home / "start.lock"):
                # Waits while a guardian is shutting down, and keeps a running one running.
                fcntl.flock(users, fcntl.LOCK_SH)
                if not is_running(places):
                    _start(places, durable=durable)
            yield
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            _wait_until_down(places, users)


def revive(places: Places | None, say: Callable[[str], None]) -> None:
    """Start a server again that died although it is used. Raises DatabaseUnavailableError."""
    if places is None or is_running(places):
        return
    say(f"PostgreSQL ended; starting it again; {places.log}")
    with locked(places.home / "start.lock"):
        if not is_running(places):
            _start(places, durable=True)


def is_running(places: Places) -> bool:
    """Is a guardian at work? (It holds its lock for as long as it lives.)"""
    with open_lock(places.home / "guardian.lock") as lock:
        return not try_lock(lock, fcntl.LOCK_EX)


def _start(places: Places, *, durable: bool) -> None:
    check_version(places)
    programs = binaries.programs(places)
    places.make_private(places.socket)
    if not places.data.exists():
        cluster.create(places, programs, places.data, durable=durable)
    with places.log.open("ab") as log:
        guardian = subprocess.Popen(  # noqa: S603
            _guardian_command(places, programs),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env=environment(),
        )
    _wait_until_ready(places, guardian)
    cluster.create_database(places)


def _guardian_command(places: Places, programs: Path) -> list[str | Path]:
    script = Path(__file__).with_name("guardian.py")
    account = places.account
    return [
        *(sys.executable, "-I", "-S", script),
        *(places.home, programs, places.socket, str(account.uid), str(account.gid)),
    ]


def check_version(places: Places) -> None:
    """Raises DatabaseUnavailableError when the data is another PostgreSQL's."""
    with suppress(OSError):
        found = int((places.data / "PG_VERSION").read_text())
        if found != binaries.MAJOR:
            raise DatabaseUnavailableError(
                f"the data in {places.data} was written by PostgreSQL {found}, and this portal "
                f"brings {binaries.MAJOR}: run `make upgrade`"
            )


def _wait_until_ready(places: Places, guardian: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while not _says_ready(places.data / "postmaster.pid", guardian.pid):
        if guardian.poll() is not None:
            raise DatabaseUnavailableError(f"PostgreSQL does not start; see {places.log}")
        if time.monotonic() > deadline:
            guardian.kill()
            raise DatabaseUnavailableError(f"PostgreSQL is not ready in time; see {places.log}")
        time.sleep(0.02)


def _says_ready(pid_file: Path, guardian: int) -> bool:
    # The eighth line is the server's state, as pg_ctl reads it too. The file may be a leftover:
    # only the guardian's note makes it this server's.
    try:
        lines = pid_file.read_text().splitlines()
        ours = pid_file.parent.parent.joinpath("guardian.note").read_text()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready" and ours == f"{guardian} {lines[0]}"


def _wait_until_down(places: Places, users: IO[str]) -> None:
    """Return when the server is down, or at once when others still use it."""
    deadline = time.monotonic() + PATIENCE
    while is_running(places) and time.monotonic() < deadline:
        if try_lock(users, fcntl.LOCK_SH):
            others = not try_lock(users, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_UN)
            if others:
                return
        time.sleep(0.02)


def check_database() -> None:
    """Raises MisconfiguredError when the database cannot be reached or is too old."""
    parameters = connection.get_connection_params()
    try:
        with connection.Database.connect(**parameters) as session:  # type: ignore[attr-defined]
            version = session.info.server_version
    except connection.Database.Error as error:  # type: ignore[attr-defined]
        reason = str(error).strip().splitlines()[0]
        raise MisconfiguredError("DATABASE_URL", f"cannot connect: {reason}") from None
    if version < OLDEST_POSTGRESQL:
        reason = f"PostgreSQL {version // 10000} is too old; 15 or newer is needed"
        raise MisconfiguredError("DATABASE_URL", reason)
