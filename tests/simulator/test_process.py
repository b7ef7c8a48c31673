"""The simulator as a process: command line, clean stop, and continuing after a restart."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator.support import wait_until

ROOT = Path(__file__).parents[2]

Process = subprocess.Popen[str]
Run = Callable[..., Process]


@pytest.fixture
def run() -> Iterator[Run]:
    """Start processes; none outlives the test."""
    processes: list[Process] = []

    def start_process(*arguments: object) -> Process:
        process = subprocess.Popen(
            [sys.executable, "-m", "simulator", *map(str, arguments)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start_process
    for process in processes:
        process.kill()
        process.communicate()


def base_url(process: Process) -> str:
    """Read the line that a process prints when it serves."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "/ocpi/versions" in line
    return line.split()[-1].removesuffix("/ocpi/versions")


def stop(process: Process) -> float:
    begin = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Traceback" not in errors
    return time.monotonic() - begin


def control(url: str, name: str, **body: Any) -> Any:
    method = "POST" if body or name == "invite" else "GET"
    return requests.request(method, f"{url}/control/{name}", json=body, timeout=30).json()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--data-dir"),
        (["--data-dir", "x", "--port", "70000"], "0 to 65535"),
        (["--data-dir", "x", "--versions-url", "ftp://a/"], "--versions-url"),
        (["--data-dir", "x", "--token", "a"], "belong together"),
        (["--data-dir", "x", "--changes-per-minute", "nan"], "--changes-per-minute"),
        (["--data-dir", "x", "--party", "Amsterdam"], "NL*ABC"),
        (["--data-dir", "/dev/null/x"], "cannot start"),
    ],
)
def test_mistakes_on_the_command_line_are_one_line(
    run: Run, arguments: list[str], message: str
) -> None:
    process = run(*arguments)
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    assert message in errors
    assert len(errors.splitlines()) == 1


def test_a_port_that_is_taken_is_one_line(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        process = run("--data-dir", tmp_path, "--port", server.getsockname()[1])
        _, errors = process.communicate(timeout=30)
    assert "in use" in errors
    assert len(errors.splitlines()) == 1


def test_a_restart_continues(run: Run, tmp_path: Path) -> None:
    port, other_port = free_port(), free_port()
    common = ("--changes-per-minute", 0, "--locations", 6)
    arguments = ("--data-dir", tmp_path / "a", "--port", port, *common)
    other = run("--data-dir", tmp_path / "b", "--port", other_port, "--party", "BE*SIB", *common)
    first = run(*arguments)
    url, other_url = base_url(first), base_url(other)
    invitation = control(other_url, "invite")
    assert stop(first) < 2
    options = ("--versions-url", invitation["versions_url"], "--token", invitation["token"])

    second = run(*arguments, *options)
    assert base_url(second) == url
    for side in (url, other_url):
        wait_until(partial(pull_is_complete, side), "the first pull")
    evse = {"location_id": "LOC00001", "evse_uid": "00001-1"}
    control(url, "status", **evse, status="OUTOFORDER")
    wait_until(lambda: control(url, "state")["own"]["patched"] == 1, "the push")
    before = control(url, "state")
    assert stop(second) < 2

    third = run(*arguments, *options)
    base_url(third)
    after = control(url, "state")
    assert after["registered"]
    for name in ("partner", "received"):
        assert after[name] == before[name]
    own = [json.loads(line) for line in requests.get(f"{url}/control/own", timeout=30).iter_lines()]
    assert own[0]["evses"][0]["status"] == "OUTOFORDER"
    control(url, "status", **evse, status="AVAILABLE")
    wait_until(lambda: control(url, "state")["own"]["patched"] == 1, "a push with the old tokens")
    control(other_url, "status", **evse, status="BLOCKED")
    wait_until(lambda: control(url, "state")["received"] != before["received"], "a push to it")
    assert max(stop(third), stop(other)) < 2


def pull_is_complete(url: str) -> bool:
    pull = control(url, "state")["pull"]
    return not pull["busy"] and bool(pull["last"]) and pull["last"]["outcome"] == "complete"


def test_it_stops_in_time_with_open_connections_and_waiting_requests(
    run: Run, tmp_path: Path
) -> None:
    process = run("--data-dir", tmp_path, "--locations", 3)
    url = base_url(process)
    control(url, "faults", mode="slow", delay_seconds=60, scope="all")
    errors = []

    def wait_for_an_answer() -> None:
        try:
            requests.get(f"{url}/ocpi/2.2.1/sender/locations", timeout=30)
        except requests.ConnectionError as error:
            errors.append(error)

    with requests.Session() as session:
        session.get(f"{url}/control/state", timeout=30)
        waiting = threading.Thread(target=wait_for_an_answer)
        waiting.start()
        wait_until(lambda: control(url, "state")["faults"]["hits"] == 1, "the waiting request")
        assert stop(process) < 2
    waiting.join(10)
    assert errors


def test_it_waits_for_a_portal_that_starts_later(run: Run, tmp_path: Path) -> None:
    port = free_port()
    common = ("--changes-per-minute", 0, "--locations", 3)
    arguments = ("--data-dir", tmp_path / "b", "--port", port, "--party", "BE*SIB", *common)
    portal = run(*arguments)
    invitation = control(base_url(portal), "invite")
    stop(portal)
    options = ("--versions-url", invitation["versions_url"], "--token", invitation["token"])
    url = base_url(run("--data-dir", tmp_path / "a", *options, *common))
    assert not control(url, "state")["registered"]
    base_url(run(*arguments))
    wait_until(lambda: control(url, "state")["registered"], "the registration")
