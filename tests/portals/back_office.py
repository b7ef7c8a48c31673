"""A CPO's back office over real HTTP that does what a script says, at any version, through ``ocpi`` alone.

It is a server that takes tokens and commands, and a client that registers, asks, and tells of sessions and CDRs.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ocpi import envelope, json
from ocpi.client import OCPIClient
from ocpi.headers import MessageIds, RoutingHeaders, encoding_of
from ocpi.http import HTTPClient, Policy
from ocpi.ids import PartyId
from ocpi.responses import OCPIResponse
from ocpi.urls import join
from ocpi.versions import SUPPORTED, WITHOUT_ROUTING

Json = dict[str, Any]
OUR_TOKEN = "token-of-the-back-office"
PATIENCE_SECONDS = 30.0
# The modules it has at each version, and the side it takes there; commands carry the results of ours nowhere else.
MODULES = (("tokens", "RECEIVER"), ("commands", "RECEIVER"))


@dataclass(frozen=True)
class Command:
    """A command that came in: its name, its body, and what its headers say."""

    name: str
    body: Json
    routing: RoutingHeaders
    correlation_id: str


@dataclass
class BackOffice:
    """The system behind ``party``, a CPO that a portal hosts."""

    party: PartyId
    url: str = ""
    version: str = ""
    commands: queue.Queue[Command] = field(default_factory=queue.Queue)
    tokens: dict[str, Json] = field(default_factory=dict)
    """The tokens that it was told of or has read, by uid."""
    _token: str = ""
    _endpoints: dict[tuple[str, str], str] = field(default_factory=dict)
    _http: HTTPClient = field(
        default_factory=lambda: HTTPClient(Policy(allow_private_addresses=True))
    )

    def register(self, versions_url: str, token: str, version: str) -> None:
        """Register with the portal by its one-time token."""
        self.version, self._token = version, token
        self._agree("POST", f"{versions_url.removesuffix('/versions')}/{version}")

    def switch(self, versions_url: str, version: str) -> None:
        """Agree on another version, or renew the tokens."""
        before, self.version = self.version, version
        self._agree("PUT", f"{versions_url.removesuffix('/versions')}/{version}", spelled=before)

    def _agree(self, method: str, details_url: str, spelled: str = "") -> None:
        endpoints = self._good(self._call("GET", details_url, spelled=spelled))["endpoints"]
        credentials = next(e["url"] for e in endpoints if e["identifier"] == "credentials")
        offered = self._call(method, credentials, self._credentials(), spelled=spelled)
        self._token = self._good(offered)["token"]
        # What the portal offers may follow from what we run.
        details = self._good(self._call("GET", details_url))
        self._endpoints = {
            (e["identifier"], e.get("role", "")): e["url"] for e in details["endpoints"]
        }

    def _credentials(self) -> Json:
        who = {
            "business_details": {"name": "Charge point system"},
            "country_code": self.party.country_code,
            "party_id": self.party.party_id,
        }
        access = {"token": OUR_TOKEN, "url": f"{self.url}/versions"}
        if self.version in WITHOUT_ROUTING:
            return {**access, **who}
        return {**access, "roles": [{"role": "CPO", **who}]}

    def endpoint(self, module: str, side: str) -> str:
        """The portal's address of a module, whose sides 2.1.1 does not name."""
        return self._endpoints.get((module, side)) or self._endpoints[module, ""]

    def tell(
        self, method: str, module: str, *segments: str, data: Any, to: PartyId | None = None
    ) -> OCPIResponse:
        """Push an object to the portal; the answer has to be a success."""
        response = self._call(
            method, join(self.endpoint(module, "RECEIVER"), *segments), data, to=to
        )
        self._good(response)
        return response

    def ask(self, module: str, *segments: str, data: Any, to: PartyId | None = None) -> Any:
        """A POST to a sender's address of the portal; the data of its answer."""
        url = join(self.endpoint(module, "SENDER"), *segments)
        return self._good(self._call("POST", url, data, to=to))

    def knows(self, uid: str) -> bool:
        """Whether it has a token: what came before it was there is in the list."""
        if uid not in self.tokens:
            listed = self._good(self._call("GET", self.endpoint("tokens", "SENDER")))
            self.tokens |= {token["uid"]: token for token in listed}
        return uid in self.tokens

    def next_command(self) -> Command:
        """The next command that came in; fails when none comes in time."""
        return self.commands.get(timeout=PATIENCE_SECONDS)

    def report(self, command: Command, result: str) -> None:
        """The asynchronous result of a command."""
        url, correlation_id = command.body["response_url"], command.correlation_id
        self._good(self._call("POST", url, {"result": result}, correlation_id=correlation_id))

    def _call(
        self,
        method: str,
        url: str,
        data: Any = None,
        *,
        spelled: str = "",
        to: PartyId | None = None,
        correlation_id: str | None = None,
    ) -> OCPIResponse:
        routing = None
        if self.version not in WITHOUT_ROUTING and "/credentials" not in url:
            routing = RoutingHeaders(to=to, from_=self.party)
        client = OCPIClient(self._http, self._token, encoding_of(spelled or self.version))
        return client.request(
            method, url, data=data, routing=routing, correlation_id=correlation_id
        )

    def _good(self, response: OCPIResponse) -> Any:
        assert response.ok, f"{response.url}: {response.diagnosis} {response.body!r}"
        return response.data

    def answer(self, method: str, path: str, headers: Any, body: Any) -> Any:
        """What the portal gets that asks us; ``KeyError`` for what is not here."""
        if path == "/versions":
            return [{"version": v, "url": f"{self.url}/{v}"} for v in SUPPORTED]
        version, _, rest = path.strip("/").partition("/")
        if not rest:
            return {"version": version, "endpoints": list(self._offered(version))}
        module, *parts = rest.split("/")
        if module == "tokens" and method == "PUT":
            self.tokens[parts[-1]] = body
            return envelope.UNSET
        if module == "commands" and method == "POST":
            routing = RoutingHeaders.from_headers(headers)
            correlation_id = MessageIds.from_headers(headers).correlation_id
            self.commands.put(Command(parts[0], body, routing, correlation_id))
            return (
                {"result": "ACCEPTED"}
                if version == "2.1.1"
                else {"result": "ACCEPTED", "timeout": 30}
            )
        raise KeyError(path)

    def _offered(self, version: str) -> Iterator[Json]:
        for module, side in (("credentials", "RECEIVER"), *MODULES):
            named = {} if version == "2.1.1" else {"role": side}
            yield {"identifier": module, "url": f"{self.url}/{version}/{module}", **named}


@contextmanager
def running(party: PartyId) -> Iterator[BackOffice]:
    """A back office that listens; gone afterwards."""
    office = BackOffice(party)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Desk", (_Handler,), {"office": office}))
    server.daemon_threads = True
    office.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield office
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    office: BackOffice

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        try:
            data = self.office.answer(
                self.command, path, self.headers, json.loads(body) if body else None
            )
            self._send(200, envelope.encode(data))
        except KeyError:
            self._send(404, envelope.encode(envelope.UNSET, 2000, "There is no such thing here."))

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        return

    do_GET = do_PUT = do_PATCH = do_POST = do_DELETE = handle_any  # noqa: N815
