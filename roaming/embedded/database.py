"""Start the embedded PostgreSQL when it is needed and let it go when nobody needs it."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psycopg
from django.core.exceptions import ImproperlyConfigured

from . import binaries
from .places import DATABASE, USER, Places

PATIENCE = 60.0


class DatabaseUnavailable(ImproperlyConfigured):
    """The embedded PostgreSQL does not start. The message says why and where its log is."""


@contextmanager
def ensure_database(places: Places | None, *, durable: bool = True) -> Iterator[None]:
    """Have PostgreSQL running inside the block; without effect when `places` is None.

    Any number of processes may do so at the same time; the first starts the server, the last one
    out waits until it is down. `durable=False` trades safety after a power cut for speed (tests).
    Raises DatabaseUnavailable.
    """
    if places is None:
        yield
        return
    users = _open(places.home / "users.lock")
    try:
        with _locked(places.home / "start.lock"):
            # Blocks while a guardian is shutting down, and keeps a running one running.
            fcntl.flock(users, fcntl.LOCK_SH)
            if not is_running(places):
                _start(places, durable=durable)
        yield
    finally:
        fcntl.flock(users, fcntl.LOCK_UN)
        _wait_until_down(places, users)
        users.close()


def revive(places: Places | None, say: Callable[[str], None]) -> None:
    """Start a server again that died although it is used. Raises DatabaseUnavailable."""
    if places is None or is_running(places):
        return
    say(f"PostgreSQL ended; starting it again; {places.log}")
    with _locked(places.home / "start.lock"):
        if not is_running(places):
            _start(places, durable=True)


def is_running(places: Places) -> bool:
    """Is a guardian at work? (It holds its lock for as long as it lives.)"""
    with _open(places.home / "guardian.lock") as lock:
        return not _try(lock, fcntl.LOCK_EX)


def _start(places: Places, *, durable: bool) -> None:
    programs = binaries.programs(places)
    _check_version(places)
    places.make_private(places.socket)
    if not (places.data / "PG_VERSION").exists():
        create(places, programs, durable=durable)
    guardian = subprocess.Popen(  # noqa: S603
        [
            *(sys.executable, "-I", "-S", Path(__file__).with_name("guardian.py")),
            *(places.home, programs, places.socket),
            *(str(places.account.uid), str(places.account.gid)),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=_log(places),
        start_new_session=True,
        cwd="/",
    )
    _wait_until_ready(places, guardian)
    _create_database(places, programs)


def _check_version(places: Places) -> None:
    with suppress(OSError):
        found = int((places.data / "PG_VERSION").read_text())
        if found != binaries.MAJOR:
            raise DatabaseUnavailable(
                f"the data in {places.data} was written by PostgreSQL {found}, and this portal "
                f"brings {binaries.MAJOR}: run `make upgrade`"
            )


def create(places: Places, programs: Path, *, durable: bool = True) -> None:
    """Make an empty data directory; half-made ones of an interrupted start are replaced."""
    draft = places.home / "data.new"
    _remove(draft)
    places.make_private(draft)
    run(
        places,
        [
            *(programs / "initdb", "-D", draft, "-U", USER, "--auth=trust"),
            *("--encoding=UTF8", "--locale=C", "--data-checksums"),
            *([] if durable else ["--no-sync"]),
        ],
    )
    text = SETTINGS if durable else SETTINGS + HASTY
    with (draft / "postgresql.auto.conf").open("a") as file:
        file.write(text)
    draft.rename(places.data)


SETTINGS = """listen_addresses = ''
unix_socket_permissions = 0700
shared_buffers = 64MB
max_connections = 100
timezone = 'UTC'
log_timezone = 'UTC'
max_wal_size = 512MB
"""
HASTY = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def run(places: Places, command: list[str | Path], **more: object) -> None:
    """Run one of PostgreSQL's programs as its user. Raises DatabaseUnavailable with its words."""
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, cwd="/", check=False, **places.account.process
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise DatabaseUnavailable(f"{Path(command[0]).name} failed: {said[-1]}")


def _wait_until_ready(places: Places, guardian: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while not _says_ready(places.data / "postmaster.pid"):
        if guardian.poll() is not None:
            raise DatabaseUnavailable(f"PostgreSQL does not start; see {places.log}")
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(
                f"PostgreSQL is not ready after {PATIENCE:.0f} s; see {places.log}"
            )
        time.sleep(0.02)


def _says_ready(pid_file: Path) -> bool:
    # The eighth line is the server's state, as pg_ctl reads it too.
    try:
        lines = pid_file.read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def _create_database(places: Places, programs: Path) -> None:
    address = {"host": str(places.socket), "user": USER}
    with psycopg.connect(**address, dbname="postgres", autocommit=True) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(f"create database {DATABASE}")


def _wait_until_down(places: Places, users: IO[str]) -> None:
    """Return when the server is down, or at once when others still use it."""
    deadline = time.monotonic() + PATIENCE
    while is_running(places) and time.monotonic() < deadline:
        if _try(users, fcntl.LOCK_SH):
            others = not _try(users, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_UN)
            if others:
                return
        time.sleep(0.02)


def _try(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "w")


def _log(places: Places) -> IO[bytes]:
    return places.log.open("ab")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with _open(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
