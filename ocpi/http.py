"""The one way out: an HTTP client for addresses that partners name.

No redirects, no proxies or passwords from the environment, no cookies, certificates always
verified, https only (unless private addresses are allowed), one deadline over the whole
exchange, a cap on the decompressed body.
"""

from __future__ import annotations

import http.client
import os
import re
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from ocpi.connections import Exchange, GuardedSession, current, tls_context, too_late
from ocpi.failures import FailureKind, HTTPFailure
from ocpi.urls import host_of, same_host

__all__ = ["FailureKind", "HTTPClient", "HTTPFailure", "HTTPResponse", "Policy"]

_CHUNK = 65_536
_HEADER_VALUE = re.compile(r"[ -~]*")
_REPEATABLE = frozenset({"GET", "PUT", "DELETE"})


@dataclass(frozen=True)
class Policy:
    """What a client may do. Seconds and bytes; `ca_bundle` replaces the public authorities.

    `allow_private_addresses` permits loopback and private networks, and plain http anywhere.
    `max_bytes` counts the body after decompression.
    """

    allow_private_addresses: bool = False
    connect_timeout: float = 3.0
    total_deadline: float = 10.0
    max_bytes: int = 20_000_000
    ca_bundle: str | None = None


@dataclass(frozen=True)
class HTTPResponse:
    """An answer of any status. `headers` is a mapping that ignores case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_ms: int


class HTTPClient:
    """Sends requests and keeps connections open per host.

    Safe to share between threads; after a fork the child opens connections of its own.
    `allowed_hosts` (each as `ocpi.urls.host_of` writes it) limits where requests go; None allows
    every host that the policy's address rules let pass.
    """

    def __init__(self, policy: Policy, *, allowed_hosts: Collection[str] | None = None) -> None:
        self.policy = policy
        self.allowed_hosts = None if allowed_hosts is None else frozenset(allowed_hosts)
        self._context = tls_context(policy.ca_bundle)
        self._lock = threading.Lock()
        self._sessions: dict[int, GuardedSession] = {}

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> HTTPResponse:
        """Send one request and read the whole answer, redirects and errors included as they are.

        Raises HTTPFailure when there is no whole answer. A GET, PUT or DELETE is sent a second
        time, on a new connection and within the same deadline, when a kept-open connection turns
        out to have been closed before a single byte of the answer.
        """
        started = time.monotonic()
        request = self._prepare(method, url, headers, body)
        exchange = self._new_exchange(started)
        try:
            response = self._exchange(request, exchange)
        except HTTPFailure as failure:
            dropped = failure.kind is FailureKind.RESET and exchange.reused
            if not dropped or exchange.received or method.upper() not in _REPEATABLE:
                raise
            response = self._exchange(request, self._new_exchange(started, fresh=True))
        status, answer_headers, content = response
        elapsed = int((time.monotonic() - started) * 1000)
        return HTTPResponse(status, answer_headers, content, elapsed)

    def close(self) -> None:
        """Close idle connections."""
        with self._lock:
            session = self._sessions.pop(os.getpid(), None)
        if session is not None:
            session.close()

    def _prepare(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> requests.PreparedRequest:
        self._check_url(url)
        for name, value in headers.items():
            if _HEADER_VALUE.fullmatch(value) is None:
                raise HTTPFailure(
                    FailureKind.REFUSED_ADDRESS, f"The header {name} has characters not allowed."
                )
        wanted = {"User-Agent": "OCPI", "Accept-Encoding": "gzip", **headers}
        try:
            return requests.Request(method.upper(), url, headers=wanted, data=body).prepare()
        except (requests.RequestException, ValueError) as error:
            raise HTTPFailure(
                FailureKind.REFUSED_ADDRESS, f"The request cannot be sent: {error}."
            ) from None

    def _check_url(self, url: str) -> None:
        try:
            host = host_of(url)
        except ValueError as error:
            raise HTTPFailure(FailureKind.REFUSED_ADDRESS, f"{url[:255]!r}: {error}.") from None
        if not (self.policy.allow_private_addresses or url.lower().startswith("https:")):
            raise HTTPFailure(FailureKind.REFUSED_ADDRESS, f"{url} does not start with https://.")
        if self.allowed_hosts is not None and not same_host(url, self.allowed_hosts):
            raise HTTPFailure(
                FailureKind.REFUSED_ADDRESS, f"{host} is not a host approved for this partner."
            )

    def _new_exchange(self, started: float, *, fresh: bool = False) -> Exchange:
        policy = self.policy
        return Exchange(
            deadline=started + policy.total_deadline,
            connect_timeout=policy.connect_timeout,
            allow_private=policy.allow_private_addresses,
            max_bytes=policy.max_bytes,
            fresh=fresh,
        )

    def _exchange(
        self, request: requests.PreparedRequest, exchange: Exchange
    ) -> tuple[int, CaseInsensitiveDict[str], bytes]:
        current.exchange = exchange
        try:
            response = self._session().send(request, stream=True, proxies={}, verify=True)
            return response.status_code, response.headers, self._read(response.raw)
        except requests.exceptions.InvalidURL as error:
            raise HTTPFailure(FailureKind.REFUSED_ADDRESS, f"Unusable URL: {error}.") from None
        except (requests.Timeout, TimeoutError) as error:
            raise too_late() from error
        except (
            requests.RequestException,
            HTTPError,
            OSError,
            http.client.HTTPException,
            ValueError,
        ) as error:
            raise HTTPFailure(FailureKind.RESET, _reset_message(exchange, error)) from error

    def _read(self, raw: Any) -> bytes:
        limit = self.policy.max_bytes
        chunks: list[bytes] = []
        size = 0
        complete = False
        try:
            for chunk in raw.stream(_CHUNK, decode_content=True):
                size += len(chunk)
                if size > limit:
                    raise HTTPFailure(
                        FailureKind.TOO_LARGE, f"The partner's answer is larger than {limit} bytes."
                    )
                current.exchange.remaining()
                chunks.append(chunk)
            complete = True
        finally:
            if not complete:
                raw.close()
        return b"".join(chunks)

    def _session(self) -> GuardedSession:
        # By process, because connections must not be shared with a forked worker.
        session = self._sessions.get(os.getpid())
        return session if session is not None else self._open_session()

    def _open_session(self) -> GuardedSession:
        with self._lock:
            pid = os.getpid()
            if pid not in self._sessions:
                session = GuardedSession(self._context, self.policy.total_deadline)
                session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
                self._sessions[pid] = session
            return self._sessions[pid]


def _reset_message(exchange: Exchange, error: Exception) -> str:
    if not exchange.received:
        return "The partner closed the connection without an answer."
    return f"The partner's answer broke off or is not proper HTTP ({type(error).__name__})."
