"""A partner over real HTTP that does what a test wants, and ways to ask our own portal."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from django.http.response import HttpResponseBase
from django.test import Client

from ocpi.ids import PartyId

Json = dict[str, Any]
Script = Callable[["Asked"], tuple[int, Any]]
THEIR_TOKEN = "the-partners-own-secret-token-0001"


VERSIONS = ("2.1.1", "2.2.1", "2.3.0")


def authorization(token: str, version: str = "2.2.1") -> str:
    """The header as a version spells it: raw at 2.1.1, Base64 since 2.2."""
    return "Token " + (token if version == "2.1.1" else base64.b64encode(token.encode()).decode())


def role(party: str = "DE*PAR", name: str = "CPO", **changes: Any) -> Json:
    identity = PartyId.parse(party)
    return {
        "role": name,
        "business_details": {"name": "Partner GmbH"},
        "country_code": identity.country_code,
        "party_id": identity.party_id,
        **changes,
    }


def good(data: Any) -> tuple[int, Json]:
    answer = {"status_code": 1000, "timestamp": "2026-01-01T00:00:00Z", "data": data}
    return 200, answer


def bad(status_code: int, http_status: int = 200) -> tuple[int, Json]:
    return http_status, {"status_code": status_code, "timestamp": "2026-01-01T00:00:00Z"}


@dataclass
class Asked:
    """A request that reached the partner; ``token`` is what it presented, ``is_raw`` how."""

    method: str
    path: str
    token: str
    body: Any
    headers: Any
    is_raw: bool = False


@dataclass
class Partner:
    """The scripted partner. ``scripts`` replaces what it answers to ``"METHOD /path"``.

    ``versions`` are those it offers; ``wants`` is the only spelling of tokens it takes (``raw`` or
    ``base64``; empty for both).
    """

    url: str = ""
    token: str = THEIR_TOKEN
    asked: list[Asked] = field(default_factory=list)
    scripts: dict[str, Script] = field(default_factory=dict)
    roles: list[Json] = field(default_factory=lambda: [role()])
    modules: tuple[str, ...] = ("credentials", "locations")
    versions: tuple[str, ...] = ("2.2.1",)
    wants: str = ""

    @property
    def versions_url(self) -> str:
        return f"{self.url}/versions"

    def credentials(self, version: str = "2.2.1", **changes: Any) -> Json:
        access = {"token": self.token, "url": self.versions_url}
        if version == "2.1.1":
            flat = {name: value for name, value in self.roles[0].items() if name != "role"}
            return {**access, **flat, **changes}
        return {**access, "roles": self.roles, **changes}

    def calls(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]

    def answer(self, asked: Asked) -> tuple[int, Any]:
        self.asked.append(asked)
        call = f"{asked.method} {asked.path}"
        if self.wants and asked.is_raw != (self.wants == "raw"):
            return bad(2001, 401)
        if call in self.scripts:
            return self.scripts[call](asked)
        if call == "GET /versions":
            return good([{"version": v, "url": f"{self.url}/{v}"} for v in self.versions])
        version, _, module = asked.path.strip("/").partition("/")
        if version in self.versions and not module:
            return good({"version": version, "endpoints": self.endpoints(version)})
        if version in self.versions and module == "credentials":
            return good(None if asked.method == "DELETE" else self.credentials(version))
        return bad(2000, 404)

    def endpoints(self, version: str = "2.2.1") -> list[Json]:
        if version == "2.1.1":
            return [{"identifier": m, "url": f"{self.url}/{version}/{m}"} for m in self.modules]
        sides = {"credentials": ["RECEIVER"]}
        return [
            {"identifier": module, "role": side, "url": f"{self.url}/{version}/{module}"}
            for module in self.modules
            for side in sides.get(module, ["SENDER", "RECEIVER"])
        ]


def _decoded(presented: str) -> str:
    try:
        return base64.b64decode(presented, validate=True).decode()
    except ValueError:
        return presented


class Handler(BaseHTTPRequestHandler):
    partner: Partner

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        presented = self.headers.get("Authorization", "").removeprefix("Token ")
        asked = Asked(
            self.command,
            self.path,
            _decoded(presented),
            json.loads(body) if body else None,
            self.headers,
            is_raw=_decoded(presented) == presented,
        )
        status, answer = self.partner.answer(asked)
        if status == 0:  # break off without an answer
            self.close_connection = True
            return
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        return


@dataclass
class Portal:
    """Our portal as a partner sees it, through Django's test client.

    Tokens are spelled as the version in the path says, or as ``spelled`` does (a version, too).
    """

    client: Client = field(default_factory=Client)
    spelled: str = ""

    def call(self, method: str, path: str, token: str | None, data: Any = None) -> HttpResponseBase:
        version = self.spelled or path.partition("/")[0]
        headers = {"Authorization": authorization(token, version)} if token else {}
        return self.client.generic(
            method,
            f"/ocpi/{path}",
            json.dumps(data) if data is not None else "",
            content_type="application/json",
            headers=headers,
        )

    def ask(self, method: str, path: str, token: str | None, data: Any = None) -> tuple[int, int]:
        """HTTP status and OCPI status of the answer."""
        answer = self.call(method, path, token, data)
        return answer.status_code, answer.json()["status_code"]  # type: ignore[attr-defined]

    def data(self, method: str, path: str, token: str, data: Any = None) -> Any:
        """The data of an answer that has to be a success."""
        answer = self.call(method, path, token, data).json()  # type: ignore[attr-defined]
        assert answer["status_code"] == 1000, answer
        return answer.get("data")
