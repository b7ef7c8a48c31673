"""Reading a partner's list to its end, although it changes meanwhile.

OCPI 2.2.1, transport_and_format, Pagination: when objects disappear from a list that is being paged through,
those behind them move up and would be passed over. ``X-Total-Count`` gives that away: when it falls, the page
is asked for again with the offset put back by as much. Where the partner's links have no offset, or the count
keeps falling, the crawl goes on and counts as incomplete.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ocpi.client import OCPIClient, Page
from ocpi.headers import RoutingHeaders

MAX_STEPS_BACK = 50


class Crawl:
    """One pass over a list; ``complete`` says afterwards whether nothing can have been passed over."""

    def __init__(self, client: OCPIClient, url: str, routing: RoutingHeaders) -> None:
        self.complete = True
        self.total: int | None = None
        self._client = client
        self._url = url
        self._routing = routing
        self._steps_back = 0

    def pages(self, date_from: datetime | None = None) -> Iterator[Page]:
        """The pages of what changed since ``date_from`` (of everything without it).

        Raises ``PullFailed``; what was yielded until then is good, but not the whole.
        """
        again = yield from self._until_stepped_back(self._url, date_from)
        while again is not None:
            again = yield from self._until_stepped_back(again, None)

    def _until_stepped_back(
        self, url: str, date_from: datetime | None
    ) -> Generator[Page, None, str | None]:
        for page in self._client.pages(url, date_from=date_from, routing=self._routing):
            fallen = self._fallen(page)
            if fallen:
                back = self._back(page.url, fallen)
                if back is not None:
                    return back
                self.complete = False
            yield page
        return None

    def _fallen(self, page: Page) -> int:
        """By how much the count fell since the page before."""
        before, self.total = self.total, page.total if page.total is not None else self.total
        if before is None or page.total is None:
            return 0
        return max(before - page.total, 0)

    def _back(self, url: str, fallen: int) -> str | None:
        self._steps_back += 1
        if self._steps_back > MAX_STEPS_BACK:
            return None
        return with_offset_put_back(url, fallen)


def with_offset_put_back(url: str, by: int) -> str | None:
    """The address of a page with its ``offset`` lowered, not below 0; ``None`` when it has no offset."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    offsets = [value for name, value in query if name == "offset"]
    if len(offsets) != 1 or not (offsets[0].isascii() and offsets[0].isdigit()):
        return None
    lowered = str(max(int(offsets[0]) - by, 0))
    changed = [(name, lowered if name == "offset" else value) for name, value in query]
    return urlunsplit(parts._replace(query=urlencode(changed)))
