"""The OCPI client: one partner, one token, every exchange observed.

OCPI 2.2.1, transport_and_format: request format, response format, pagination, message ids.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urljoin

from ocpi import spelling
from ocpi.datetimes import format_datetime
from ocpi.dialect import TO_THE_LETTER, Dialect
from ocpi.envelope import parse_head, parse_response
from ocpi.errors import MalformedJSON
from ocpi.failures import HTTPFailure
from ocpi.headers import MessageIds, RoutingHeaders, TokenEncoding, encode_authorization
from ocpi.http import HTTPClient, HTTPResponse
from ocpi.json import dumps
from ocpi.paging import parse_next
from ocpi.responses import ClientExchange, OCPIResponse, Parse, exchange_of, response_of
from ocpi.retrying import other_way
from ocpi.slices import WRAPPERS, array_slices, wrappers_of
from ocpi.urls import host_of, same_host, with_query

__all__ = [
    "MAX_PAGES",
    "ClientExchange",
    "OCPIClient",
    "OCPIResponse",
    "Page",
    "PullFailed",
    "filters",
    "next_address",
    "repeated",
]

MAX_PAGES = 10_000
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Page(NamedTuple):
    """One page: each item as the exact bytes sent, X-Total-Count if stated, where it came from.

    `ignored` names what was left out because the partner refuses it: "limit", "date_from",
    "date_to", "gzip". Without its dates the page is of the whole list.
    """

    items_raw: list[bytes]
    total: int | None
    url: str
    response: OCPIResponse
    ignored: tuple[str, ...] = ()


class PullFailed(Exception):
    """A list could not be fetched to its end; what came before must not count as the whole.

    `url` is the page that failed, from which the list can be read on; "" when that makes no sense.
    """

    def __init__(
        self, diagnosis: str, response: OCPIResponse | None = None, *, url: str = ""
    ) -> None:
        super().__init__(diagnosis)
        self.diagnosis = diagnosis
        self.response = response
        self.url = url


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
        module: str | None = None,
    ) -> Iterator[Page]:
        """Fetch a list page by page, following the partner's own links.

        `date_from` is inclusive, `date_to` exclusive (aware). Raises PullFailed when a page
        fails, a link repeats or leads to another host, or after `max_pages`.
        """
        first = with_query(url, filters(date_from, date_to, limit))
        following: str | None = spelling.request_url(self._dialect, first)
        correlation_id = MessageIds.new().correlation_id
        seen: set[str] = set()
        while following is not None:
            if len(seen) >= max_pages:
                raise PullFailed(f"The list did not end within {max_pages} pages.")
            seen.add(following)
            page = self.page(
                following, routing=routing, correlation_id=correlation_id, module=module
            )
            following = next_address(page, url)
            if following in seen:
                raise repeated(page, following)
            yield page

    def page(
        self,
        url: str,
        *,
        routing: RoutingHeaders | None = None,
        correlation_id: str | None = None,
        module: str | None = None,
    ) -> Page:
        """One page of a list, of `module`'s objects where an answer may hold several kinds.

        Where the partner refuses the way it was asked for, it is asked once more without what it
        refuses (`Page.ignored`). Raises PullFailed, with the response that says why.
        """
        parse = partial(parse_head, module=module)
        response = self._request("GET", url, None, routing, correlation_id, parse)
        ignored: tuple[str, ...] = ()
        retry = None if response.ok else other_way(response)
        if retry is not None:
            extra = {} if retry.compressed else {"Accept-Encoding": "identity"}
            again = self._request("GET", retry.url, None, routing, correlation_id, parse, extra)
            if again.ok:
                response, ignored = again, retry.ignored
        if not response.ok:
            raise PullFailed(response.diagnosis, response, url=url)
        wrappers = wrappers_of(module) if module else WRAPPERS
        try:
            items = list(array_slices(BytesIO(response.body), wrappers=wrappers))
        except MalformedJSON as error:
            message = f"The page is not proper JSON: {error.message}."
            raise PullFailed(message, response, url=url) from None
        total = response.headers.get("X-Total-Count", "").strip()
        count = int(total) if total.isascii() and total.isdigit() and len(total) <= 10 else None
        return Page(items, count, response.url, response, ignored)

    def _request(
        self,
        method: str,
        url: str,
        data: Any,
        routing: RoutingHeaders | None,
        correlation_id: str | None,
        parse: Parse = parse_response,
        extra: Mapping[str, str] = NO_HEADERS,
    ) -> OCPIResponse:
        response = self._attempt(method, url, data, routing, correlation_id, parse, extra)
        if response.http_status != 401 or self._spares is None:
            return response
        spares, self._spares = self._spares(), None
        refused = self.token
        for spare in spares:
            self.present(spare, self.encoding)
            again = self._attempt(method, url, data, routing, correlation_id, parse, extra)
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
        parse: Parse,
        extra: Mapping[str, str],
    ) -> OCPIResponse:
        ids = MessageIds.new(correlation_id)
        body = data if data is None or isinstance(data, bytes) else dumps(data)
        if body is not None:
            body = spelling.body(self._dialect, body)
        headers = {**self._headers(ids, routing, body), **extra}
        started_at, started = datetime.now(UTC), time.monotonic()
        answer: HTTPResponse | HTTPFailure
        try:
            authorized = {"Authorization": self._authorization, **headers}
            answer = self._http.send(method, url, authorized, body)
        except HTTPFailure as failure:
            answer = failure
        elapsed_ms = int((time.monotonic() - started) * 1000)
        exchange = exchange_of(method, url, headers, body, answer, ids, started_at, elapsed_ms)
        response = response_of(exchange, parse)
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


def filters(
    date_from: datetime | None = None, date_to: datetime | None = None, limit: int | None = None
) -> dict[str, str]:
    """The query parameters of a list's first page."""
    given = {
        "date_from": None if date_from is None else format_datetime(date_from),
        "date_to": None if date_to is None else format_datetime(date_to),
        "limit": None if limit is None else str(limit),
    }
    return {name: value for name, value in given.items() if value is not None}


def next_address(page: Page, first_url: str) -> str | None:
    """Where the partner says that the next page is; None on the last one.

    Raises PullFailed when that leads to another host than `first_url`, or out of https.
    """
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
    return url


def repeated(page: Page, url: str) -> PullFailed:
    """What to raise when the next page is one that was read already."""
    return PullFailed(f"The link to the next page repeats: {url[:255]}", page.response)
