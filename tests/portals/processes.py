"""Portals as processes: started, asked by command, stopped, and what they leave behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from roaming.environment import CHECKOUT

OF_THE_TESTS = (
    *("DATABASE_URL", "CELERY_BROKER_URL", "STATEMENT_TIMEOUT", "MAKELEVEL", "MAKEFLAGS"),
    *("BASE_URL", "WAKE_WORKERS"),
)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def environment(var_dir: Path, **more: str) -> dict[str, str]:
    """An environment for a portal of its own, without the tests' settings."""
    kept = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "roaming.settings",
        "VAR_DIR": str(var_dir),
        "DEMO": "off",
        **more,
    }


def start(var_dir: Path, port: int, **more: str) -> "subprocess.Popen[str]":
    """A portal that begins to start; what it says is in its `stdout`."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "start"],
        cwd=CHECKOUT,
        env=environment(var_dir, PORT=str(port), **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def portal(var_dir: Path, port: int, **more: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A running portal and what it said until it was ready; killed if it outlives the block."""
    process = start(var_dir, port, **more)
    try:
        yield process, said_until_ready(process)
    finally:
        process.kill()
        process.wait()


def said_until_ready(process: "subprocess.Popen[str]") -> str:
    """Everything up to the line that says how to stop."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Stop with"):
            return said
    raise AssertionError(said)


def command(var_dir: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run a management command beside or without the portal."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=environment(var_dir, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def processes_of(var_dir: Path) -> str:
    """What still runs and names the folder, on its command line or in its environment."""
    rows = _listed("pid=,command=", "e")
    return "\n".join(f"{pid} {command}" for pid, command in rows if str(var_dir) in command)


def signal_child(parent: int, named: str, number: signal.Signals) -> None:
    """Send a signal to the child of a process that has a name."""
    children = [
        (int(pid), name)
        for pid, its_parent, name in _listed("pid=,ppid=,comm=")
        if int(its_parent) == parent
    ]
    found = [pid for pid, name in children if name == named]
    assert len(found) == 1, children
    os.kill(found[0], number)


def _listed(columns: str, *options: str) -> list[list[str]]:
    listing = subprocess.run(
        ["ps", "-ww", "-eo", columns, *options], capture_output=True, text=True, check=True
    )
    count = len(columns.split(","))
    rows = [line.split(None, count - 1) for line in listing.stdout.splitlines()]
    return [row for row in rows if len(row) == count]


def forget(var_dir: Path) -> None:
    """Remove a VAR_DIR, and its database where that lies elsewhere."""
    home = var_dir / "postgresql"
    if home.is_symlink():
        shutil.rmtree(home.readlink(), ignore_errors=True)
    shutil.rmtree(var_dir, ignore_errors=True)
