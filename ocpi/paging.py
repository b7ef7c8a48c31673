"""Pagination (OCPI 2.2.1, transport_and_format, Pagination)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from ocpi.datetimes import format_datetime, parse_datetime
from ocpi.errors import InvalidParameters, Problem

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
# Beyond any list, yet small enough for every database and for adding a limit to it.
MAX_OFFSET = 10_000_000_000

_DIGITS = re.compile(r"[0-9]{1,10}")
_OFFSET_DIGITS = re.compile(r"[0-9]{1,40}")
_LINK = re.compile(
    r'\s*<([^>]*)>((?:\s*;\s*[^\s=;,"]+\s*(?:=\s*(?:"[^"]*"|[^\s;,"]*))?)*)\s*(?:,|$)'
)
_RELATION = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


class PageRequest(NamedTuple):
    """The filters of a list request: `date_from` inclusive, `date_to` exclusive, aware UTC."""

    date_from: datetime | None
    date_to: datetime | None
    offset: int
    limit: int

    @classmethod
    def from_query(
        cls,
        query: Mapping[str, str],
        *,
        default_limit: int = DEFAULT_LIMIT,
        max_limit: int = MAX_LIMIT,
        lenient_dates: bool = False,
    ) -> PageRequest:
        """Read the query parameters; unknown ones are ignored, a limit above the maximum is cut.

        Raises InvalidParameters (2001) with one Problem per bad parameter. An offset beyond any
        list is no error. `lenient_dates` also takes offsets like +01:00.
        """
        problems: list[Problem] = []
        date_from = _date(query, "date_from", lenient_dates, problems)
        date_to = _date(query, "date_to", lenient_dates, problems)
        offset = _number(query, "offset", _OFFSET_DIGITS, 0, 0, problems)
        limit = _number(query, "limit", _DIGITS, default_limit, 1, problems)
        if problems:
            raise InvalidParameters("; ".join(p.message for p in problems), problems=problems)
        return cls(date_from, date_to, min(offset, MAX_OFFSET), min(limit, max_limit))

    def to_query(self) -> dict[str, str]:
        """The query parameters that ask for this page."""
        query = {"offset": str(self.offset), "limit": str(self.limit)}
        if self.date_from is not None:
            query["date_from"] = format_datetime(self.date_from)
        if self.date_to is not None:
            query["date_to"] = format_datetime(self.date_to)
        return query

    def following(self) -> PageRequest:
        """The next page with the same filters and limit."""
        return self._replace(offset=self.offset + self.limit)


def next_link(url: str) -> str:
    """The Link header that points at the next page. ValueError for <, > or spaces in the URL."""
    if re.search(r"[<>\s]", url):
        raise ValueError("a URL in a Link header cannot have <, > or spaces")
    return f'<{url}>; rel="next"'


def parse_next(header: str | None) -> str | None:
    """The URL of the `next` relation in a Link header (RFC 8288), or None."""
    position = 0
    while header and (found := _LINK.match(header, position)) and found.end() > position:
        for quoted, plain in _RELATION.findall(found[2]):
            if "next" in (quoted or plain).lower().split():
                return found[1].strip() or None
        position = found.end()
    return None


def _number(
    query: Mapping[str, str],
    name: str,
    pattern: re.Pattern[str],
    default: int,
    minimum: int,
    problems: list[Problem],
) -> int:
    text = query.get(name)
    if text is None:
        return default
    if pattern.fullmatch(text) and int(text) >= minimum:
        return int(text)
    message = f"{name} must be a whole number of at least {minimum}, not {text[:40]!r}"
    problems.append(Problem("not_a_number", name, message, text[:80]))
    return default


def _date(
    query: Mapping[str, str], name: str, lenient: bool, problems: list[Problem]
) -> datetime | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return parse_datetime(text, lenient=lenient)
    except ValueError as error:
        problems.append(Problem("not_a_date", name, f"{name}: {error}", text[:80]))
        return None
