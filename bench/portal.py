"""A portal to measure: a database of its own, a loaded feed, a partner with a token, a web server."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any


def prepare() -> ExitStack:
    """Set Django up on a fresh embedded database (or on DATABASE_URL's); close the stack at the end."""
    stack = ExitStack()
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="roaming-bench-"))
    Path(folder).chmod(0o711)
    os.environ.update(VAR_DIR=folder, DEMO="off", WAKE_WORKERS="off", STATEMENT_TIMEOUT="0")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roaming.settings")
    import django
    from django.conf import settings

    from roaming.embedded import ensure_database

    django.setup()
    stack.enter_context(ensure_database(settings.EMBEDDED))
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return stack


@dataclass
class Partner:
    """A connected partner and the header that lets it in."""

    connection: Any
    authorization: str


def partner(
    name: str,
    party: str,
    role: str,
    *,
    kind: str = "partner",
    pushes: bool = False,
    version: str = "2.2.1",
) -> Partner:
    from ocpi.ids import PartyId
    from parties import services
    from parties.models import Connection, ConnectionParty

    connection = services.create_connection(name, kind=kind)
    ConnectionParty.objects.create(
        connection=connection, party=services.ensure_party(PartyId.parse(party), role)
    )
    Connection.objects.filter(pk=connection.pk).update(
        state="connected",
        version=version,
        push_modules=["locations"] if pushes else [],
        body_sample_percent=0,
    )
    connection.refresh_from_db()
    _, token = services.issue_token(connection, "access")
    spelled = token if version == "2.1.1" else base64.b64encode(token.encode()).decode()
    return Partner(connection, f"Token {spelled}")


@contextmanager
def web_server(
    urlconf: str | None = None, *, workers: int = 1, threads: int = 4, quiet: bool = False
) -> Iterator[http.client.HTTPConnection]:
    """The production web server on a free port, and a kept-alive connection to it.

    ``quiet`` keeps what it logs to itself, where requests are meant to be refused.
    """
    port = _free_port()
    environment = dict(os.environ, PORT=str(port), BENCH_URLCONF=urlconf or "")
    target = "bench.bare:application" if urlconf else "roaming.wsgi:application"
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(threads)),
        *("--log-level", "error", target),
    ]
    server = subprocess.Popen(
        command, env=environment, stderr=subprocess.DEVNULL if quiet else None
    )
    try:
        yield _connected(port)
    finally:
        server.terminate()
        server.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _connected(port: int) -> http.client.HTTPConnection:
    deadline = time.monotonic() + 30
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.connect()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return connection


def call(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    authorization: str,
    body: bytes | None = None,
) -> tuple[bytes, dict[str, str]]:
    """One request, which must be answered with HTTP 200."""
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    answer = response.read()
    assert response.status == 200, (response.status, answer[:500])
    return answer, {name.lower(): value for name, value in response.getheaders()}


def paired(
    subject: Callable[[int], object], floor: Callable[[int], object], rounds: int, warm_up: int = 5
) -> tuple[list[float], list[float]]:
    """Milliseconds of each, in turns, so that a drifting machine hits both alike."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(-warm_up, rounds):
        for work, taken in zip((subject, floor), times, strict=True):
            start = time.perf_counter()
            work(number)
            elapsed = (time.perf_counter() - start) * 1000
            if number >= 0:
                taken.append(elapsed)
    return times


def report(
    title: str, subject: list[float], floor: list[float], goal: float, floor_name: str
) -> None:
    """Medians, their ratio, and the goal, in one line."""
    ours, theirs = median(subject), median(floor)
    print(
        f"{title}: {ours:.2f} ms ({min(subject):.2f} to {max(subject):.2f}); {floor_name}: "
        f"{theirs:.2f} ms ({min(floor):.2f} to {max(floor):.2f}); "
        f"ratio {ours / theirs:.2f} (goal: at most {goal:g})"
    )
