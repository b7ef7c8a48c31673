"""One request to a partner and what came of it, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ocpi.diagnosis import describe
from ocpi.envelope import Envelope, NotAnEnvelope
from ocpi.failures import FailureKind, HTTPFailure
from ocpi.headers import MessageIds
from ocpi.http import HTTPResponse

Parse = Callable[[bytes], Envelope]


@dataclass(frozen=True)
class ClientExchange:
    """One request and what came of it, for the message log.

    `request_headers` never has the Authorization header. The response fields are None when
    `failure` says why there is no response. `started_at` is aware UTC.
    """

    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes | None
    response_status: int | None
    response_headers: Mapping[str, str] | None
    response_body: bytes | None
    failure: FailureKind | None
    failure_message: str
    request_id: str
    correlation_id: str
    started_at: datetime
    elapsed_ms: int


@dataclass(frozen=True)
class OCPIResponse:
    """The outcome of a request, whatever the partner did.

    Either `failure` is set (no whole HTTP answer) or `http_status` is. `envelope` is None when
    the body is no OCPI answer; `not_envelope` then says why.
    """

    method: str
    url: str
    http_status: int | None
    envelope: Envelope | None
    headers: Mapping[str, str]
    body: bytes
    failure: FailureKind | None
    failure_message: str
    not_envelope: str
    request_id: str
    correlation_id: str
    elapsed_ms: int

    @property
    def ok(self) -> bool:
        """HTTP 2xx and an OCPI success; for anything but GET the success must be stated, because
        JSON without a status code does not prove that a push was taken.
        """
        if self.http_status is None or not 200 <= self.http_status <= 299:
            return False
        if self.envelope is None or not self.envelope.is_success:
            return False
        return self.method == "GET" or not self.envelope.status_is_assumed

    @property
    def status_code(self) -> int | None:
        """The OCPI status code the partner stated, or None."""
        if self.envelope is None or self.envelope.status_is_assumed:
            return None
        return self.envelope.status_code

    @property
    def data(self) -> Any:
        """The envelope's data; UNSET or None when there is none."""
        return None if self.envelope is None else self.envelope.data

    @property
    def diagnosis(self) -> str:
        """One sentence for staff."""
        return describe(self)


def exchange_of(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    answer: HTTPResponse | HTTPFailure,
    ids: MessageIds,
    started_at: datetime,
    elapsed_ms: int,
) -> ClientExchange:
    """The exchange as it goes to the message log."""
    failure = answer if isinstance(answer, HTTPFailure) else None
    response = answer if isinstance(answer, HTTPResponse) else None
    return ClientExchange(
        method=method.upper(),
        url=url,
        request_headers=headers,
        request_body=body,
        response_status=response.status if response else None,
        response_headers=response.headers if response else None,
        response_body=response.body if response else None,
        failure=failure.kind if failure else None,
        failure_message=failure.message if failure else "",
        request_id=ids.request_id,
        correlation_id=ids.correlation_id,
        started_at=started_at,
        elapsed_ms=elapsed_ms,
    )


def response_of(exchange: ClientExchange, parse: Parse) -> OCPIResponse:
    """What came of an exchange, its body read with `parse`."""
    envelope, reason = None, ""
    body = exchange.response_body or b""
    if exchange.failure is None:
        try:
            envelope = parse(body)
        except NotAnEnvelope as error:
            reason = str(error)
    return OCPIResponse(
        method=exchange.method,
        url=exchange.url,
        http_status=exchange.response_status,
        envelope=envelope,
        headers=exchange.response_headers or {},
        body=body,
        failure=exchange.failure,
        failure_message=exchange.failure_message,
        not_envelope=reason,
        request_id=exchange.request_id,
        correlation_id=exchange.correlation_id,
        elapsed_ms=exchange.elapsed_ms,
    )
