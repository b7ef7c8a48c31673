"""How requests and answers are spelled for a partner: the one place where a dialect changes what goes out."""

from __future__ import annotations

import re

from ocpi.dialect import Dialect
from ocpi.headers import RoutingHeaders

_WITH_FRACTION = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+(Z?)"')
_NO_ROUTING = RoutingHeaders(to=None, from_=None)


def request_url(dialect: Dialect, url: str) -> str:
    """The URL of a request, with a slash at the end of its path where the partner wants one."""
    if not dialect.trailing_slash:
        return url
    path, mark, query = url.partition("?")
    return path.rstrip("/") + "/" + mark + query


def routing(dialect: Dialect, headers: RoutingHeaders | None) -> RoutingHeaders | None:
    """The routing headers of a request: none of them where the partner does not take them."""
    return headers if dialect.routing_headers else _NO_ROUTING


def body(dialect: Dialect, text: bytes) -> bytes:
    """A JSON body; the fractions of its timestamps are cut off where the partner reads whole seconds."""
    return _WITH_FRACTION.sub(rb'"\1\2"', text) if dialect.whole_seconds else text
