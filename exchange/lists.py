"""What the lists of every sender share: the cursor, finding a page, the answer with its headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection as database
from django.http import HttpRequest

from exchange.views import Answer
from ocpi import envelope
from ocpi.errors import InvalidParameters
from ocpi.paging import PageRequest, next_link
from ocpi.urls import with_query

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000


class PageIds(NamedTuple):
    """The primary keys of one page, how many objects there are in all, and where the next page goes on."""

    ids: list[int]
    total: int
    last_id: int | None


def requested(request: HttpRequest) -> PageRequest:
    """What a partner asks for; 2001 for parameters that are none."""
    return PageRequest.from_query(request.GET, default_limit=DEFAULT_LIMIT, max_limit=MAX_LIMIT)


def cursor_of(request: HttpRequest) -> int | None:
    """The object a ``Link`` of ours goes on after; ``None`` on a first page or one asked for by offset."""
    text = request.GET.get("after", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidParameters("after: follow the Link header instead of writing it yourself.")
    return int(text)


def find_page(
    table: str,
    visible: str,
    parameters: Mapping[str, Any],
    page: PageRequest,
    after: int | None,
) -> PageIds:
    """The objects of a page, in order of creation.

    ``table`` and the predicate ``visible`` (SQL over ``o``) are constants of the module, ``parameters`` are
    the predicate's. ``after`` makes the last page as cheap as the first; a page asked for by ``offset`` alone
    walks the index that far, keys only.
    """
    values = {
        **parameters,
        "date_from": page.date_from,
        "date_to": page.date_to,
        "after": after,
        "offset": 0 if after is not None else page.offset,
        "limit": page.limit + 1,
    }
    source = f"FROM {table} o WHERE {visible} {_dates(page)}"
    beyond = "AND o.id > %(after)s" if after is not None else ""
    with database.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {source}", values)
        total = cursor.fetchone()[0]
        cursor.execute(
            f"SELECT o.id {source} {beyond} ORDER BY o.id LIMIT %(limit)s OFFSET %(offset)s",
            values,
        )
        ids = [row[0] for row in cursor.fetchall()]
    shown = ids[: page.limit]
    return PageIds(shown, total, shown[-1] if len(ids) > page.limit else None)


def _dates(page: PageRequest) -> str:
    conditions = []
    if page.date_from is not None:
        conditions.append("AND o.last_updated >= %(date_from)s")
    if page.date_to is not None:
        conditions.append("AND o.last_updated < %(date_to)s")
    return " ".join(conditions)


def answer(
    request: HttpRequest, page: PageRequest, found: PageIds, items: Sequence[bytes]
) -> Answer:
    """One page of finished JSON objects, with the headers of OCPI's pagination."""
    headers = {"X-Total-Count": str(found.total), "X-Limit": str(MAX_LIMIT)}
    if found.last_id is not None:
        query = {**page.following().to_query(), "after": str(found.last_id)}
        headers["Link"] = next_link(with_query(f"{settings.BASE_URL}{request.path}", query))
    return Answer(body=envelope.encode_list(items), headers=headers)
