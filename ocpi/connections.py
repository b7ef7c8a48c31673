"""Sockets that keep to the deadline of an exchange and connect to checked addresses only.

Timeouts of sockets count per operation, so a partner that sends a byte now and then holds a
worker for ever. Here every single operation gets what is left of the whole exchange. Names are
resolved once per connection, every address is checked, and the checked address is the one
connected to, so that a name cannot change its meaning in between.
"""

from __future__ import annotations

import errno
import functools
import queue
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import certifi
from requests.adapters import HTTPAdapter
from requests_hardened.client import HTTPSession
from requests_hardened.config import Config
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from ocpi.addresses import is_allowed
from ocpi.failures import FailureKind, HTTPFailure

_MAX_ADDRESSES = 4
_HEADERS_ALLOWANCE = 1_000_000


def too_late() -> HTTPFailure:
    """The failure of an exchange that ran past its deadline."""
    return HTTPFailure(FailureKind.TIMEOUT, "The partner did not finish its answer in time.")


@dataclass
class Exchange:
    """One request and its response, as seen by the socket of the thread that runs it."""

    deadline: float
    connect_timeout: float
    allow_private: bool
    max_bytes: int
    fresh: bool = False
    reused: bool = field(default=False, init=False)
    received: int = field(default=0, init=False)

    def remaining(self) -> float:
        """Seconds left; raises HTTPFailure(TIMEOUT) when none are."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise too_late()
        return left

    def count(self, received: int) -> None:
        """Add up what came in on the wire, headers and framing included."""
        self.received += received
        if self.received > self.max_bytes + _HEADERS_ALLOWANCE:
            raise HTTPFailure(FailureKind.TOO_LARGE, "The partner's answer is too large.")


class _Current(threading.local):
    exchange: Exchange


current = _Current()


class GuardedSocket(socket.socket):
    """A TCP socket whose operations share the deadline of the current exchange."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        exchange = current.exchange
        self.settimeout(exchange.remaining())
        try:
            received = super().recv_into(*args, **kwargs)
        except TimeoutError:
            raise too_late() from None
        exchange.count(received)
        return received

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(current.exchange.remaining())
        try:
            super().sendall(*args, **kwargs)
        except TimeoutError:
            raise too_late() from None


class GuardedSSLSocket(ssl.SSLSocket):
    """The same over TLS, where sendall is a loop over send."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        exchange = current.exchange
        self.settimeout(exchange.remaining())
        try:
            received = super().recv_into(*args, **kwargs)
        except TimeoutError:
            raise too_late() from None
        exchange.count(received)
        return received

    def send(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(current.exchange.remaining())
        try:
            return super().send(*args, **kwargs)
        except TimeoutError:
            raise too_late() from None


@functools.cache
def tls_context(ca_bundle: str | None = None) -> ssl.SSLContext:
    """A verifying client context of TLS 1.2 and up, made once because reading it takes long."""
    context = ssl.create_default_context(cafile=ca_bundle or certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = GuardedSSLSocket
    return context


def open_socket(host: str, port: int) -> socket.socket:
    """Connect to a checked address of `host`; raises HTTPFailure of one of the clean kinds."""
    exchange = current.exchange
    end = time.monotonic() + min(exchange.connect_timeout, exchange.remaining())
    addresses = _resolve(host, port, end - time.monotonic())
    for _, address in addresses:
        if not is_allowed(str(address[0]), allow_private=exchange.allow_private):
            raise HTTPFailure(
                FailureKind.REFUSED_ADDRESS,
                f"{host} leads to {address[0]}, an address we do not connect to.",
            )
    return _connect_any(host, addresses[:_MAX_ADDRESSES], end)


def _connect_any(host: str, addresses: list[_Address], end: float) -> socket.socket:
    reason = "no address"
    for index, (family, address) in enumerate(addresses):
        # A share each, so that one dead address does not use up the time of the others.
        share = (end - time.monotonic()) / (len(addresses) - index)
        if share <= 0:
            break
        connection = GuardedSocket(family, socket.SOCK_STREAM)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(share)
            connection.connect(address)
            connection.settimeout(current.exchange.remaining())
        except OSError as error:
            connection.close()
            reason = _why_not(error)
        else:
            return connection
    raise HTTPFailure(FailureKind.CONNECT, f"No connection to {host}: {reason}.")


def _why_not(error: OSError) -> str:
    """Why there is no connection, in plain words; the system's own where there are none."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens at this address and port"
    if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return "there is no way to this address"
    return error.strerror or type(error).__name__


_Address = tuple[int, tuple[Any, ...]]


def _resolve(host: str, port: int, timeout: float) -> list[_Address]:
    # In a thread, because getaddrinfo knows no timeout of ours.
    answers: queue.SimpleQueue[list[_Address] | Exception] = queue.SimpleQueue()
    threading.Thread(target=_look_up, args=(host, port, answers), daemon=True).start()
    try:
        answer = answers.get(timeout=max(timeout, 0.001))
    except queue.Empty:
        raise HTTPFailure(FailureKind.DNS, f"The name {host} was not resolved in time.") from None
    if isinstance(answer, Exception) or not answer:
        raise HTTPFailure(FailureKind.DNS, _unknown_name(host, answer))
    return answer


def _unknown_name(host: str, answer: object) -> str:
    if isinstance(answer, socket.gaierror) and answer.errno == socket.EAI_AGAIN:
        return f"The name {host} cannot be looked up now; the name server gives no answer."
    return f"The name {host} cannot be found; check the address."


def _look_up(host: str, port: int, answers: queue.SimpleQueue[list[_Address] | Exception]) -> None:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        answers.put([(family, address) for family, _, _, _, address in found])
    except (OSError, UnicodeError) as error:
        answers.put(error)


class _GuardedConnection(HTTPConnection):
    _served = 0

    def _new_conn(self) -> socket.socket:
        self._served = 0
        return open_socket(self._dns_host, self.port)

    def request(self, *args: Any, **kwargs: Any) -> None:
        exchange = current.exchange
        if exchange.fresh and self._served:
            self.close()
        exchange.reused = self.sock is not None and self._served > 0
        super().request(*args, **kwargs)
        self._served += 1


class _GuardedTLSConnection(_GuardedConnection, HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except HTTPFailure:
            raise
        except Exception as error:
            message = f"No secure connection to {self.host}: {_tls_reason(error)}."
            raise HTTPFailure(FailureKind.TLS, message) from error


def _tls_reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    return "no answer in time" if isinstance(error, TimeoutError) else str(error)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _GuardedConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTLSConnection


class GuardedAdapter(HTTPAdapter):
    """Pools of guarded connections.

    Instead of requests-hardened's address filter, which looks names up before every request,
    judges the first address only and lets some special ranges pass.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=50, pool_maxsize=16, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Nothing to do: the context verifies, and would load the CA file per connection."""


class GuardedSession(HTTPSession):
    """A session that neither follows redirects nor prepares to: that would read their body."""

    def __init__(self, context: ssl.SSLContext, total_deadline: float) -> None:
        config = Config(
            ip_filter_enable=False,
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(total_deadline, total_deadline),
        )
        super().__init__(config)
        self.trust_env = False
        adapter = GuardedAdapter(context)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def get_redirect_target(self, resp: Any) -> None:
        return None
