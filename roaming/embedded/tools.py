"""Runs PostgreSQL's own programs and names what they complain about."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import ImproperlyConfigured

from .places import PORT, USER, Places


class DatabaseUnavailableError(ImproperlyConfigured):
    """The embedded PostgreSQL cannot do what was asked. The message says why, in one line."""


def run_as_server(places: Places, command: Sequence[str | Path]) -> None:
    """Run a program as the user the server runs as. Raises DatabaseUnavailableError."""
    _run(command, **places.account.process)


def run_as_client(
    places: Places,
    programs: Path,
    command: Sequence[str | Path],
    *,
    database: str,
    reads: IO[bytes] | None = None,
    writes: IO[bytes] | None = None,
) -> None:
    """Run a client program against the server. Raises DatabaseUnavailableError."""
    name, *rest = command
    address = ["--host", str(places.socket), "--port", PORT, "--username", USER, "--no-password"]
    target = ["--dbname", database, *rest]
    _run([programs / name, *address, *target], stdin=reads, stdout=writes)


def environment() -> dict[str, str]:
    """Our environment without what leads PostgreSQL's programs astray (PGPORT, PGDATA …)."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _run(command: Sequence[str | Path], **more: Any) -> None:
    more = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL} | {
        name: value for name, value in more.items() if value is not None
    }
    done = subprocess.run(  # noqa: S603
        command, stderr=subprocess.PIPE, text=True, cwd="/", check=False, env=environment(), **more
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise DatabaseUnavailableError(f"{Path(command[0]).name} failed: {said[-1]}")
