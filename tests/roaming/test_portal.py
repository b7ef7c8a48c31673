"""Whole portals as processes: started, shared, stopped, and nothing left behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from roaming.environment import CHECKOUT

pytestmark = pytest.mark.portals


def free_port() -> int:
    """A port nobody listens on, whose successor is free too."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def environment(var_dir: Path, **more: str) -> dict[str, str]:
    """An environment for a portal of its own, without the tests' settings."""
    ours = ("DATABASE_URL", "CELERY_BROKER_URL", "STATEMENT_TIMEOUT", "MAKELEVEL", "MAKEFLAGS")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "roaming.settings",
        "VAR_DIR": str(var_dir),
        "DEMO": "off",
        **more,
    }


@contextmanager
def portal(var_dir: Path, port: int, **more: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A running portal and what it said until it was ready; killed if it outlives the block."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "start"],
        cwd=CHECKOUT,
        env=environment(var_dir, PORT=str(port), **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
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
    """What still runs and names the folder."""
    listing = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,command="], capture_output=True, text=True, check=True
    )
    return "\n".join(line for line in listing.stdout.splitlines() if str(var_dir) in line)


def is_alive(port: int) -> bool:
    """Does a portal answer there?"""
    address = f"http://127.0.0.1:{port}/readyz"
    with urllib.request.urlopen(address, timeout=10) as answer:
        return bool(answer.status == 200)


def test_a_portal_starts_serves_and_leaves_nothing(var_dir: Path) -> None:
    port = free_port()
    with portal(var_dir, port) as (process, said):
        assert f"OCPI versions URL:    http://127.0.0.1:{port}/ocpi/versions" in said
        assert "Log in as" not in said
        assert is_alive(port)
        assert command(var_dir, "migrate", "--check").returncode == 0
        again = command(var_dir, "start")
        assert re.fullmatch(r"manage.py: VAR_DIR: a portal is running in .*\n", again.stderr)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert processes_of(var_dir) == ""


def test_two_portals_side_by_side_and_one_killed(var_dir: Path) -> None:
    ports = free_port(), free_port()
    other = var_dir / "other"
    with portal(var_dir, ports[0]) as (first, _said), portal(other, ports[1]) as (second, _said):
        second.kill()
        second.wait()
        assert command(other, "migrate", "--check").returncode == 0
        assert processes_of(other) == ""
        assert is_alive(ports[0])
        taken = command(other, "start", PORT=str(ports[0]))
        assert taken.stderr.startswith(f"manage.py: PORT: cannot listen on 127.0.0.1:{ports[0]}")
        first.terminate()
        assert first.wait(60) == 0
    assert processes_of(var_dir) == ""
