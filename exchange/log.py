"""Writing the exchange log: one narrow row per request, bodies kept by policy, nothing secret in either."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange.choices import Direction, Outcome
from exchange.models import Exchange, ExchangeBody
from parties.models import Connection

BODY_LIMIT = 256 * 1024
SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-control-key"}
)
SECRET_MODULES = frozenset({"credentials"})
ALWAYS_KEPT_MODULES = frozenset(
    {"credentials", "versions", "cdrs", "commands", "tokens", "invoicereconciliation"}
)
_TOKEN_MEMBER = re.compile(
    rb'("token"\s*:\s*")([^"\\]{0,4})(?:[^"\\]|\\.)*("|$)', re.IGNORECASE | re.DOTALL
)


@dataclass(slots=True)
class Record:
    """What is known of one exchange, before it is written. Times are UTC, durations milliseconds."""

    at: datetime
    direction: Direction
    connection: Connection | None
    method: str
    url: str
    outcome: Outcome
    module: str = ""
    object_reference: str = ""
    http_status: int | None = None
    ocpi_status: int | None = None
    message: str = ""
    duration_ms: int = 0
    request_id: str = ""
    correlation_id: str = ""
    request_headers: Mapping[str, str] | None = None
    request_body: bytes = b""
    response_headers: Mapping[str, str] | None = None
    response_body: bytes = b""


def write(record: Record) -> Exchange:
    """Store a record, with its bodies when :func:`keeps_bodies` says so."""
    keep = keeps_bodies(record)
    exchange = Exchange.objects.create(
        at=record.at,
        direction=record.direction,
        connection=record.connection,
        method=record.method[:7],
        url=_printable(record.url)[:2000],
        module=record.module,
        object_reference=_printable(record.object_reference)[:160],
        http_status=record.http_status,
        ocpi_status=record.ocpi_status,
        outcome=record.outcome,
        message=_printable(record.message)[:2000],
        duration_ms=record.duration_ms,
        request_id=_printable(record.request_id)[:64],
        correlation_id=_printable(record.correlation_id)[:64],
        has_bodies=keep,
    )
    if keep:
        _write_bodies(exchange, record)
    return exchange


def keeps_bodies(record: Record) -> bool:
    """Bodies are kept for handshakes, money, commands, whatever went wrong, and a sample of the rest."""
    if record.outcome != Outcome.OK or record.module in ALWAYS_KEPT_MODULES:
        return True
    percent = record.connection.body_sample_percent if record.connection else 100
    return percent >= 100 or zlib.crc32(record.request_id.encode()) % 100 < percent


def _write_bodies(exchange: Exchange, record: Record) -> None:
    request_body, request_cut = _stored(record.module, record.request_body)
    response_body, response_cut = _stored(record.module, record.response_body)
    ExchangeBody.objects.create(
        exchange=exchange,
        at=record.at,
        request_headers=redact_headers(record.request_headers or {}),
        request_body=request_body,
        response_headers=redact_headers(record.response_headers or {}),
        response_body=response_body,
        truncated=request_cut or response_cut,
    )


def _stored(module: str, body: bytes) -> tuple[bytes, bool]:
    if not body:
        return b"", False
    kept = body[:BODY_LIMIT]
    if module in SECRET_MODULES or b'"token"' in kept.lower():
        kept = redact_tokens(kept)
    return zlib.compress(kept, 1), len(body) > BODY_LIMIT


def read_body(stored: bytes | memoryview) -> bytes:
    """The redacted body as it was stored; empty when none was kept."""
    return zlib.decompress(bytes(stored)) if stored else b""


def redact_tokens(body: bytes) -> bytes:
    """Mask every ``"token": "…"`` member of a JSON text but for its first four characters."""
    return _TOKEN_MEMBER.sub(rb"\1\2" + "…".encode() + rb"\3", body)


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers without those that let someone in; control characters escaped."""
    return {
        _printable(name): "(not kept)" if name.lower() in SECRET_HEADERS else _printable(value)
        for name, value in headers.items()
    }


def _printable(text: Any) -> str:
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", str(text))
