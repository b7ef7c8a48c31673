"""The OCPI client: one partner, one token, every exchange observed.

OCPI 2.2.1, transport_and_format: request format, response format, pagination, message ids.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urljoin

from ocpi import spelling
from ocpi.datetimes import format_datetime
from ocpi.diagnosis import describe
from ocpi.dialect import TO_THE_LETTER, Dialect
from ocpi.envelope import Envelope, NotAnEnvelope, parse_head, parse_response
from ocpi.errors import MalformedJSON
from ocpi.failures import FailureKind, HTTPFailure
from ocpi.headers import MessageIds, RoutingHeaders, TokenEncoding, encode_authorization
from ocpi.http import HTTPClient, HTTPResponse
from ocpi.json import array_slices, dumps
from ocpi.paging import parse_next
from ocpi.urls import host_of, same_host, with_query

MAX_PAGES = 10_000

_Parse = Callable[[bytes], Envelope]


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


class Page(NamedTuple):
    """One page: each item as the exact bytes sent, X-Total-Count if stated, where it came from."""

    items_raw: list[bytes]
    total: int | None
    url: str
    response: OCPIResponse


class PullFailed(Exception):
    """A list could not be fetched to its end; what came before must not count as the whole."""

    def __init__(self, diagnosis: str, response: OCPIResponse | None = None) -> None:
        super().__init__(diagnosis)
        self.diagnosis = diagnosis
        self.response = response


Observer = Callable[[ClientExchange, OCPIResponse], None]
Spares = Callable[[], Iterable[str]]


def _none() -> Iterable[str]:
    return ()


def _ignore(exchange: ClientExchange, response: OCPIResponse) -> None:
    return None


class OCPIClient:
    """Requests to one partner. `routing` is sent with each request unless one gives its own.

    `dialect` says how URLs, routing headers and timestamps are spelled for it; links that the
    partner gave are followed as they are.

    `spares` gives other tokens to present, once, when the partner answers 401: such a request was
    not looked at, so that it is safe to send it again. `token` is the one that was accepted last.
    """

    def __init__(
        self,
        http: HTTPClient,
        token: str,
        token_encoding: TokenEncoding = TokenEncoding.BASE64,
        routing: RoutingHeaders | None = None,
        observer: Observer = _ignore,
        dialect: Dialect = TO_THE_LETTER,
        spares: Spares = _none,
    ) -> None:
        """Raises ValueError when the token cannot be sent in this encoding."""
        self._http = http
        self._routing = routing
        self._observer = observer
        self._dialect = dialect
        self._spares: Spares | None = spares
        self.present(token, token_encoding)

    def present(self, token: str, encoding: TokenEncoding) -> None:
        """Present this token, spelled so, from now on. Raises ValueError when it cannot be sent so."""
        self._authorization = encode_authorization(token, encoding)
        self.token, self.encoding = token, encoding

    def request(
        self,
        method: str,
        url: str,
        *,
        data: Any = None,
        params: Mapping[str, str] | None = None,
        routing: RoutingHeaders | None = None,
        correlation_id: str | None = None,
    ) -> OCPIResponse:
        """Send one request; never raises for anything the partner or the network does.

        `data` is written as JSON, or sent as it is when it is bytes; None means no body.
        """
        asked = spelling.request_url(self._dialect, with_query(url, params or {}))
        return self._request(method, asked, data, routing, correlation_id)

    def pages(
        self,
        url: str,
        *,
        date_from: datetime | None = None,
        date_to: datetime | None = None,
        limit: int | None = None,
        routing: RoutingHeaders | None = None,
        max_pages: int = MAX_PAGES,
    ) -> Iterator[Page]:
        """Fetch a list page by page, following the partner's own links.

        `date_from` is inclusive, `date_to` exclusive (aware). Raises PullFailed when a page
        fails, a link repeats or leads to another host, or after `max_pages`.
        """
        first = with_query(url, _filters(date_from, date_to, limit))
        following: str | None = spelling.request_url(self._dialect, first)
        correlation_id = MessageIds.new().correlation_id
        seen: set[str] = set()
        while following is not None:
            if len(seen) >= max_pages:
                raise PullFailed(f"The list did not end within {max_pages} pages.")
            seen.add(following)
            page = self._page(following, routing, correlation_id)
            following = _following(page, url, seen)
            yield page

    def _page(self, url: str, routing: RoutingHeaders | None, correlation_id: str) -> Page:
        response = self._request("GET", url, None, routing, correlation_id, parse_head)
        if not response.ok:
            raise PullFailed(response.diagnosis, response)
        try:
            items = list(array_slices(BytesIO(response.body)))
        except MalformedJSON as error:
            raise PullFailed(f"The page is not proper JSON: {error.message}.", response) from None
        total = response.headers.get("X-Total-Count", "").strip()
        count = int(total) if total.isascii() and total.isdigit() and len(total) <= 10 else None
        return Page(items, count, url, response)

    def _request(
        self,
        method: str,
        url: str,
        data: Any,
        routing: RoutingHeaders | None,
        correlation_id: str | None,
        parse: _Parse = parse_response,
    ) -> OCPIResponse:
        response = self._attempt(method, url, data, routing, correlation_id, parse)
        if response.http_status != 401 or self._spares is None:
            return response
        spares, self._spares = self._spares(), None
        refused = self.token
        for spare in spares:
            self.present(spare, self.encoding)
            again = self._attempt(method, url, data, routing, correlation_id, parse)
            if again.http_status != 401:
                return again
        self.present(refused, self.encoding)
        return response

    def _attempt(
        self,
        method: str,
        url: str,
        data: Any,
        routing: RoutingHeaders | None,
        correlation_id: str | None,
        parse: _Parse,
    ) -> OCPIResponse:
        ids = MessageIds.new(correlation_id)
        body = data if data is None or isinstance(data, bytes) else dumps(data)
        if body is not None:
            body = spelling.body(self._dialect, body)
        headers = self._headers(ids, routing, body)
        started_at, started = datetime.now(UTC), time.monotonic()
        answer: HTTPResponse | HTTPFailure
        try:
            authorized = {"Authorization": self._authorization, **headers}
            answer = self._http.send(method, url, authorized, body)
        except HTTPFailure as failure:
            answer = failure
        elapsed_ms = int((time.monotonic() - started) * 1000)
        exchange = _exchange(method, url, headers, body, answer, ids, started_at, elapsed_ms)
        response = _response(exchange, parse)
        self._observer(exchange, response)
        return response

    def _headers(
        self, ids: MessageIds, routing: RoutingHeaders | None, body: bytes | None
    ) -> dict[str, str]:
        headers = {"Accept": "application/json", **ids.to_headers()}
        if body is not None:
            headers["Content-Type"] = "application/json"
        chosen = spelling.routing(self._dialect, self._routing if routing is None else routing)
        return headers if chosen is None else headers | chosen.to_headers()


def _filters(
    date_from: datetime | None, date_to: datetime | None, limit: int | None
) -> dict[str, str]:
    filters = {
        "date_from": None if date_from is None else format_datetime(date_from),
        "date_to": None if date_to is None else format_datetime(date_to),
        "limit": None if limit is None else str(limit),
    }
    return {name: value for name, value in filters.items() if value is not None}


def _following(page: Page, first_url: str, seen: set[str]) -> str | None:
    link = parse_next(page.response.headers.get("Link"))
    if link is None and page.response.envelope is not None:
        link = page.response.envelope.next
    if link is None:
        return None
    url = urljoin(page.url, link)
    if not same_host(url, [host_of(first_url)]):
        raise PullFailed(f"The link to the next page leads elsewhere: {url[:255]}", page.response)
    if first_url.lower().startswith("https:") and not url.lower().startswith("https:"):
        raise PullFailed("The link to the next page leaves https.", page.response)
    if url in seen:
        raise PullFailed(f"The link to the next page repeats: {url[:255]}", page.response)
    return url


def _exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    answer: HTTPResponse | HTTPFailure,
    ids: MessageIds,
    started_at: datetime,
    elapsed_ms: int,
) -> ClientExchange:
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


def _response(exchange: ClientExchange, parse: _Parse) -> OCPIResponse:
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
