"""Whole portals as processes: started, shared, stopped, and nothing left behind."""

import re
import signal
import urllib.request
from pathlib import Path

import pytest

from tests import prepared
from tests.portals.processes import command, free_port, portal, processes_of

pytestmark = pytest.mark.portals


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
    other.mkdir(mode=0o711)
    for folder in (var_dir, other):
        prepared.fill(folder)
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
