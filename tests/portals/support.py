"""Two portals that talk to each other, and what tests ask of them."""

import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import requests

from ocpi.ids import PartyId
from roaming.embedded.places import DATABASE, PORT, USER, Places
from roaming.environment import CHECKOUT
from simulator.generation import generate
from tests import prepared
from tests.portals import processes

Json = dict[str, Any]
DEADLINE_SECONDS = 60.0
POLL_SECONDS = 0.05
# Both are on this machine.
NEIGHBOURS = {"ALLOW_PRIVATE_ADDRESSES": "on"}

HOLDINGS = """
    SELECT o.location_key, json_build_object(
        'document', o.document, 'publish', o.publish, 'last_updated', o.last_updated,
        'gone', o.vanished_at IS NOT NULL,
        'evses', (SELECT json_agg(json_build_array(e.document, e.status, e.last_updated)
                                  ORDER BY e.uid_key)
                  FROM locations_evse e WHERE e.location_id = o.id))
    FROM locations_location o JOIN parties_party p ON p.id = o.owner_id
    WHERE p.country_code = %s AND p.party_id = %s
"""


def wait_until(
    condition: Callable[[], object],
    what: str | Callable[[], str],
    seconds: float = DEADLINE_SECONDS,
) -> float:
    """Wait until `condition` holds and return the seconds that took; fail with `what` in the end."""
    pause, begin = threading.Event(), time.monotonic()
    asked = begin
    while not condition():
        now = time.monotonic()
        if now - begin > seconds:
            raise AssertionError(f"Waited in vain: {what if isinstance(what, str) else what()}")
        # What takes long to ask is asked less often: the portals need the processor as well.
        pause.wait(max(POLL_SECONDS, 2 * (now - asked)))
        asked = time.monotonic()
    return time.monotonic() - begin


@dataclass
class Portal:
    """A portal with a VAR_DIR of its own that may be running."""

    var_dir: Path
    port: int = field(default_factory=processes.free_port)
    process: "subprocess.Popen[str] | None" = None
    _inside: "subprocess.Popen[str] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, unless it runs, and return when it is ready."""
        if self.process is None:
            self.process = processes.start(self.var_dir, self.port, **NEIGHBOURS)
            processes.said_until_ready(self.process)

    def stop(self) -> str:
        """Stop it politely; what it said meanwhile."""
        if self.process is None:
            return ""
        if self._inside is not None:
            self.do("let_go")
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=60)
        status, self.process = self.process.returncode, None
        assert status == 0, said
        return said

    def signal_worker(self, number: signal.Signals) -> None:
        """Halt the worker (SIGSTOP), let it go on (SIGCONT), or kill it without a chance to tidy up."""
        assert self.process is not None
        processes.signal_child(self.process.pid, "portal-worker", number)

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command."""
        return processes.command(self.var_dir, *arguments, **NEIGHBOURS)

    def manage(self, *arguments: str) -> Json:
        """What a management command answers under --json, run where `do` runs: no process has to be loaded."""
        return dict(self.do("manage", arguments=arguments))

    def answer(self, *arguments: str) -> Json:
        """What a management command that has to succeed answers under --json, run as a process."""
        done = self.command(*arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == "", done.stderr
        return dict(json.loads(done.stdout))

    def do(self, function: str, **arguments: Any) -> Any:
        """Call a function of `tests.portals.inside` in the running portal."""
        inside = self._inside or self._enter()
        assert inside.stdin is not None
        assert inside.stdout is not None
        inside.stdin.write(json.dumps({"function": function, "arguments": arguments}) + "\n")
        inside.stdin.flush()
        answer = json.loads(inside.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def _enter(self) -> "subprocess.Popen[str]":
        self._inside = subprocess.Popen(
            [sys.executable, "-m", "tests.portals.inside"],
            cwd=CHECKOUT,
            env=processes.environment(self.var_dir, **NEIGHBOURS),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self._inside

    def leave(self) -> None:
        """End what `do` has begun."""
        if self._inside is not None:
            self._inside.communicate(timeout=30)
            self._inside = None

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What a statement finds (or changes) in the portal's database."""
        socket = str(Places.of(self.var_dir).socket)
        with psycopg.connect(host=socket, port=PORT, user=USER, dbname=DATABASE) as session:
            cursor = session.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, *parameters: Any) -> Any:
        """The first column of the first row."""
        return self.rows(statement, *parameters)[0][0]

    def holdings(self, party: str) -> dict[str, Json]:
        """The locations of a party as the database holds them, by key."""
        return dict(self.rows(HOLDINGS, *PartyId.parse(party)))

    def connection(self, name: str) -> Json:
        """The row of a connection."""
        return dict(
            self.value("SELECT row_to_json(c) FROM parties_connection c WHERE name = %s", name)
        )

    def pending(self, name: str) -> int:
        """How many deliveries a connection has yet to get."""
        return int(
            self.value(
                "SELECT count(*) FROM exchange_delivery d JOIN parties_connection c"
                " ON c.id = d.connection_id WHERE c.name = %s"
                " AND wanted_version > greatest(sent_version, dead_version)",
                name,
            )
        )

    def pass_time(self, name: str, seconds: float) -> None:
        """Let so many seconds have passed for a connection's deliveries: their leases, and what they wait for."""
        self.rows(
            "UPDATE exchange_delivery d SET lease_until = lease_until - t.passed,"
            " next_attempt_at = next_attempt_at - t.passed, confirm_after = confirm_after - t.passed"
            " FROM parties_connection c, (SELECT %s::interval AS passed) t"
            " WHERE c.id = d.connection_id AND c.name = %s",
            timedelta(seconds=seconds),
            name,
        )

    def jobs(self, name: str) -> list[tuple[Any, ...]]:
        """What is or was fetched from a connection: which list, how it stands, since when, what is said of it."""
        return self.rows(
            "SELECT j.id, j.parameters->>'module', j.state, j.created_at::text, j.started_at::text, j.message"
            " FROM exchange_job j JOIN parties_connection c ON c.id = j.connection_id WHERE c.name = %s"
            " ORDER BY j.id",
            name,
        )

    def wait_until_pulled(self, name: str) -> None:
        """Until what is fetched from a connection by itself, once it stands, has been."""

        def is_over() -> bool:
            states = {state for _, _, state, *_ in self.jobs(name)}
            return bool(states) and states <= {"done", "failed"}

        wait_until(is_over, lambda: f"the first pulls are over: {self.jobs(name)}")

    def received(self, name: str, since: int = 0) -> dict[str, int]:
        """How many pushes came in from a connection for each object, after a row of the exchange log."""
        found = self.rows(
            "SELECT object_reference, count(*) FROM exchange_exchange e"
            " JOIN parties_connection c ON c.id = e.connection_id"
            " WHERE c.name = %s AND direction = 'in' AND method IN ('PUT', 'PATCH') AND e.id > %s"
            " AND module = 'locations' GROUP BY 1",
            name,
            since,
        )
        return dict(found)

    def last_exchange(self) -> int:
        return int(self.value("SELECT coalesce(max(id), 0) FROM exchange_exchange"))

    def request(self, method: str, path: str, token: str, **options: Any) -> requests.Response:
        """One OCPI request with a token, as a partner makes it."""
        headers = {"Authorization": f"Token {b64encode(token.encode()).decode()}"}
        return requests.request(
            method, f"{self.url}/ocpi/{path}", headers=headers, timeout=30, **options
        )


@dataclass(frozen=True)
class Link:
    """A connection between two portals, of one party each; both call it by the same name."""

    name: str
    a: Portal
    b: Portal
    a_party: str
    b_party: str

    def equal(self) -> bool:
        """Does B hold exactly what A's party has?"""
        ours = self.a.holdings(self.a_party)
        return bool(ours) and ours == self.b.holdings(self.a_party)

    def difference(self) -> str:
        """For the reader of a failure: how much differs, and one example."""
        ours, theirs = self.a.holdings(self.a_party), self.b.holdings(self.a_party)
        differing = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
        example = differing[0] if differing else ""
        return (
            f"B holds what A holds; {len(differing)} of {len(ours)} differ ({len(theirs)} at B, "
            f"{self.a.pending(self.name)} to be delivered), such as\n{ours.get(example)}\n"
            f"{theirs.get(example)}\n{self.a.connection(self.name)}\n{self.b.jobs(self.name)}"
        )

    def wait_until_equal(self, seconds: float = DEADLINE_SECONDS) -> float:
        """The seconds until B holds what A's party has."""
        return wait_until(self.equal, self.difference, seconds)


def locations_file(path: Path, parties: Iterable[str], count: int) -> Path:
    """Write `count` locations of each party, and say where."""
    documents = [
        document
        for party in parties
        for document in generate(count, 1, PartyId.parse(party), f"Operator {party}")
    ]
    path.write_text(json.dumps(documents))
    return path


def evse_path(party: str, number: int = 0) -> str:
    """The receiver's path of an EVSE of `locations_file`."""
    owner = PartyId.parse(party)
    location = list(generate(number + 1, 1, owner, ""))[number]
    return "/".join(
        [
            "2.2.1/receiver/locations",
            *owner,
            location["id"],
            location["evses"][0]["uid"],
        ]
    )


@contextmanager
def two_portals() -> Iterator[tuple[Portal, Portal]]:
    """Two running portals that know nothing of each other; gone afterwards."""
    with ExitStack() as stack:
        portals = [stack.enter_context(_one_portal()) for _ in range(2)]
        with ThreadPoolExecutor() as executor:
            list(executor.map(Portal.start, portals))
        yield portals[0], portals[1]


@contextmanager
def _one_portal() -> Iterator[Portal]:
    folder = Path(tempfile.mkdtemp(prefix="roaming-var-"))
    folder.chmod(0o711)
    portal = Portal(folder)
    try:
        prepared.fill(folder)
        yield portal
        portal.stop()
        portal.leave()
        assert processes.processes_of(folder) == ""
    finally:
        portal.leave()
        if portal.process is not None:
            portal.process.kill()
        processes.forget(folder)
