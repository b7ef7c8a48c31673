"""What may go wrong with a list that others pull from us, page by page."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import NamedTuple

from ocpi import envelope
from simulator.documents import Document
from simulator.messages import Response

PAGING_HEADERS = ("X-Total-Count", "X-Limit", "Link")
SHARE_GONE = 3


class ListFault(NamedTuple):
    """How the lists are spoilt, as far as that changes what is in them.

    `without_third` leaves out every third object, `shrinking` that many of the first, and
    `ignores_to` disregards which party is asked.
    """

    without_third: bool = False
    shrinking: int = 0
    ignores_to: bool = False


SOUND = ListFault()


class Page(NamedTuple):
    """One page: how many there are in all, where it begins and what is on it."""

    total: int
    offset: int
    items: list[Document]


def thinned(
    fault: ListFault,
    offset: int,
    limit: int,
    read: Callable[[int, int], tuple[int, list[Document]]],
) -> Page:
    """Read a page as the fault leaves the list: `read(offset, limit)` gives total and objects."""
    if fault.without_third:
        return _without_third(offset, limit, read)
    total, items = read(offset + fault.shrinking, limit)
    return Page(max(0, total - fault.shrinking), offset, items)


def _without_third(
    offset: int, limit: int, read: Callable[[int, int], tuple[int, list[Document]]]
) -> Page:
    """Positions 2, 5, 8, … are gone: of three objects in a row the first two are left."""
    kept = SHARE_GONE - 1
    begin = offset // kept * SHARE_GONE + offset % kept
    end = (offset + limit) // kept * SHARE_GONE + (offset + limit) % kept
    total, items = read(begin, end - begin)
    left = [item for n, item in enumerate(items, begin) if n % SHARE_GONE != kept]
    return Page(total - total // SHARE_GONE, offset, left)


def without_headers(response: Response) -> Response:
    """The page, with nothing that says that there are others."""
    headers = {k: v for k, v in response.headers.items() if k not in PAGING_HEADERS}
    return replace(response, headers=headers)


def too_many(status: HTTPStatus, seconds: float) -> Response:
    """Refuse a page for a while."""
    message = "Too many requests, on purpose."
    return Response(
        status=status,
        body=envelope.encode(status_code=2000, status_message=message),
        headers={"Retry-After": str(max(1, round(seconds)))},
    )
