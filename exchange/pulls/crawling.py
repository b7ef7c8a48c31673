"""Walking through a partner's list to its end, although it changes meanwhile.

OCPI 2.2.1, transport_and_format, Pagination. The partner's own links are followed. When objects disappear from
a list that is being paged through, those behind them move up and would be passed over; ``X-Total-Count`` gives
that away: when it falls, the page is asked for again with the offset put back by as much. Where the partner's
links have no offset, or the count keeps falling, the crawl goes on and counts as incomplete.

A page without a link is the last one, unless the partner names no total either, or one that is not reached: then
what follows is asked for by an offset of our own, until a page is empty, refused, or one that was there before.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson
from django.db.models import QuerySet

from exchange.models import Crawl, CrawlPage
from exchange.pulls.line import Line
from ocpi import spelling
from ocpi.client import Page, PullFailed, filters, next_address, repeated
from ocpi.dialect import Dialect
from ocpi.headers import RoutingHeaders
from ocpi.urls import with_query

MAX_STEPS_BACK = 50
MAX_REPEATS = 3
# Beyond any list: two hundred million objects in pages of a hundred.
MAX_PAGES = 2_000_000


class Walk:
    """The way of one crawl through the list at ``endpoint``; where it is, is in the crawl's row.

    ``fetch`` reads the page at the crawl's position, ``advance`` moves the position on. Neither saves.
    """

    def __init__(
        self,
        line: Line,
        crawl: Crawl,
        endpoint: str,
        routing: RoutingHeaders,
        dialect: Dialect,
    ) -> None:
        self._line = line
        self._crawl = crawl
        self._endpoint = endpoint
        self._routing = routing
        self._dialect = dialect
        self._limit = dialect.page_size or None

    def first_address(self) -> str:
        return self._address(filters(self._crawl.date_from, limit=self._limit))

    def _address(self, query: dict[str, str]) -> str:
        return spelling.request_url(self._dialect, with_query(self._endpoint, query))

    def begin_again(self) -> None:
        """Back to the first page: what was read stays, but its order counts for nothing."""
        crawl = self._crawl
        crawl.url, crawl.is_built = self.first_address(), False
        crawl.lap, crawl.read, crawl.total, crawl.begun_again = crawl.pages, 0, None, True

    def fetch(self) -> Page | None:
        """The page at the crawl's position, after stepping back where the list became shorter.

        ``None`` when the list came to its end before. Raises ``PullFailed``.
        """
        crawl = self._crawl
        if crawl.pages >= MAX_PAGES:
            raise PullFailed(f"The list did not end within {MAX_PAGES} pages.")
        while True:
            page = self._ask()
            if page is None:
                return None
            back = self._back(page)
            if back is None:
                return page
            crawl.url, crawl.lap = back, crawl.pages

    def _ask(self) -> Page | None:
        crawl = self._crawl
        try:
            page = self._line.ocpi.page(
                crawl.url,
                routing=self._routing,
                correlation_id=f"pull-{crawl.job_id}-{crawl.pk}",
                module=crawl.state.module,
            )
        except PullFailed as failure:
            if crawl.is_built and is_refusal(failure):
                return None
            raise
        if crawl.is_built and (not page.items_raw or self._was_there(content_hash(page.items_raw))):
            return None
        return page

    def _back(self, page: Page) -> str | None:
        """Where to ask again, when the count fell since the page before."""
        crawl = self._crawl
        before = crawl.total
        crawl.total = page.total if page.total is not None else before
        fallen = 0 if before is None or page.total is None else before - page.total
        if fallen <= 0:
            return None
        crawl.steps_back += 1
        back = with_offset_put_back(page.url, fallen)
        if back is None or crawl.steps_back > MAX_STEPS_BACK:
            crawl.complete = False
            return None
        crawl.read = max(crawl.read - fallen, 0)
        return back

    def advance(self, page: Page, content: bytes) -> None:
        """Move on behind ``page``, whose :func:`content_hash` is ``content``; no address at the end.

        Raises ``PullFailed`` for a link that leads elsewhere or in circles.
        """
        crawl = self._crawl
        crawl.read += len(page.items_raw)
        link = next_address(page, self._endpoint)
        if link is not None:
            self._refuse_circles(page, link, content)
            crawl.url, crawl.is_built = link, False
        elif self._may_go_on(page):
            crawl.url, crawl.is_built = self._following(page), True
        else:
            crawl.url, crawl.is_built = "", False

    def _may_go_on(self, page: Page) -> bool:
        """Whether more may follow, although the partner gives no link."""
        if not page.items_raw:
            return False
        return page.total is None or self._crawl.read < page.total

    def _following(self, page: Page) -> str:
        offset = offset_of(page.url) or 0
        query = filters(self._crawl.date_from, limit=self._limit)
        return self._address({**query, "offset": str(offset + len(page.items_raw))})

    def _refuse_circles(self, page: Page, link: str, content: bytes) -> None:
        crawl = self._crawl
        if link == page.url or self._pages().filter(address=address_hash(link)).exists():
            raise repeated(page, link)
        if not self._was_there(content):
            return
        crawl.repeats += 1
        # A list may hold the same objects several times, as long as it says how long it is.
        if crawl.repeats >= MAX_REPEATS and (page.total is None or crawl.read >= page.total):
            raise PullFailed(
                "The partner sends pages again that it sent before, under new addresses.",
                page.response,
            )

    def _was_there(self, content: bytes) -> bool:
        return self._pages().filter(content=content).exists()

    def _pages(self) -> QuerySet[CrawlPage]:
        return CrawlPage.objects.filter(crawl=self._crawl, number__gt=self._crawl.lap)


def is_refusal(failure: PullFailed) -> bool:
    """Whether the partner will not give this page, however often it is asked, though it can be talked to."""
    response = failure.response
    if response is None or response.http_status is None:
        return False
    if response.http_status in {400, 404, 405, 410, 414, 416, 422}:
        return True
    code = response.status_code
    return response.http_status < 300 and code is not None and 2000 <= code < 3000


def address_hash(url: str) -> bytes:
    return blake2b(url.encode(), digest_size=16).digest()


def content_hash(items: Sequence[bytes]) -> bytes:
    """Which objects a page names, whatever else it says about them: some change with every request."""
    digest = blake2b(digest_size=16)
    for item in items:
        digest.update(_identity(item) + b"\n")
    return digest.digest()


def _identity(item: bytes) -> bytes:
    try:
        parsed = orjson.loads(item)
    except orjson.JSONDecodeError:
        return item
    if not isinstance(parsed, dict) or "id" not in parsed:
        return item
    return orjson.dumps([parsed.get(name) for name in ("country_code", "party_id", "id")])


def offset_of(url: str) -> int | None:
    """The ``offset`` in an address; ``None`` when it has none, or several, or no number."""
    offsets = [v for n, v in parse_qsl(urlsplit(url).query) if n == "offset"]
    if len(offsets) != 1 or not (offsets[0].isascii() and offsets[0].isdigit()):
        return None
    return int(offsets[0])


def with_offset_put_back(url: str, by: int) -> str | None:
    """The address of a page with its ``offset`` lowered, not below 0; ``None`` when it has no offset."""
    offset = offset_of(url)
    if offset is None:
        return None
    parts = urlsplit(url)
    changed = [
        (name, str(max(offset - by, 0)) if name == "offset" else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    return urlunsplit(parts._replace(query=urlencode(changed)))
