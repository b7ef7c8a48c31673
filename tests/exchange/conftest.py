"""A partner's system on loopback that answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from parties.models import Connection, Party
from tests import builders


@dataclass
class Seen:
    """A request as the partner's system got it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """What the partner's system answers; ``data`` goes into an envelope unless ``body`` is given."""

    data: Any = None
    status: int = 200
    code: int = 1000
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def encode(self) -> bytes:
        if self.body is not None:
            return self.body
        envelope = {"status_code": self.code, "timestamp": builders.EARLIER}
        if self.data is not None:
            envelope["data"] = self.data
        return json.dumps(envelope).encode()


Handler = Callable[[Seen], Reply | None]


class System:
    """Answers every request with ``handler``; ``None`` from it closes the line without an answer."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.handler: Handler = lambda seen: Reply()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler_class())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def replies(self, *replies: Reply | None) -> None:
        """Answer with these, one after the other, the last one again and again."""
        waiting = list(replies)
        self.handler = lambda seen: waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        system = self

        class OneRequest(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                parts = urlsplit(self.path)
                seen = Seen(
                    self.command,
                    parts.path,
                    dict(parse_qsl(parts.query)),
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length),
                )
                system.requests.append(seen)
                reply = system.handler(seen)
                self.close_connection = True
                if reply is not None:
                    self.answer(reply)

            def answer(self, reply: Reply) -> None:
                body = reply.encode()
                self.send_response(reply.status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Connection", "close")
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                return

            do_GET = do_PUT = do_PATCH = do_POST = do_DELETE = handle_any  # noqa: N815

        return OneRequest


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.WAKE_WORKERS = False
    settings.ALLOW_PRIVATE_ADDRESSES = True


@pytest.fixture
def system() -> Iterator[System]:
    running = System()
    yield running
    running.close()


@pytest.fixture
def cpo(db: None) -> Party:
    """The partner's CPO."""
    return builders.party("NL*ABC")


@pytest.fixture
def theirs(system: System, cpo: Party) -> Connection:
    """A connection to the partner that offers its locations to us."""
    return builders.connection("Partner", speaks_for=(cpo,), url=system.url)


@pytest.fixture
def taker(system: System, db: None) -> Connection:
    """A connection to a partner (an eMSP) that takes our locations."""
    emsp = builders.party("DE*EMP", "EMSP")
    return builders.connection("Taker", speaks_for=(emsp,), url=system.url, pushes=("locations",))
