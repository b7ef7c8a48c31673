"""URLs of endpoints and objects (OCPI 2.2.1, types, URL_type; transport_and_format, Interface
endpoints)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import quote, urlencode, urlsplit

MAX_LENGTH = 255
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NOT_IN_URLS = re.compile(r'[^!-~]|["<>\\^`{|}]')
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")


def join(base: str, *segments: str) -> str:
    """Append path segments to an endpoint's URL, each percent-encoded whole, with one slash.

    A query of `base` stays at the end. Raises ValueError for an empty segment and for "." and
    "..", which no encoding can carry through a path.
    """
    path, mark, query = base.partition("?")
    for segment in segments:
        if segment in ("", ".", ".."):
            raise ValueError(f"{segment!r} cannot be a part of a URL")
        path = path.rstrip("/") + "/" + quote(segment, safe="")
    return path + mark + query


def with_query(url: str, query: Mapping[str, str]) -> str:
    """Append query parameters to a URL, which may have some already."""
    if not query:
        return url
    return url + ("&" if "?" in url else "?") + urlencode(query, quote_via=quote)


def check_url(text: str) -> str:
    """Return the URL if it is an absolute http(s) URL as OCPI allows it; ValueError says why not.

    At most 255 characters of ASCII, with a host, without user name, fragment, spaces or
    characters that parsers disagree about. Whether a host may be contacted is not judged here.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"the URL is longer than {MAX_LENGTH} characters")
    found = _NOT_IN_URLS.search(text)
    if found is not None:
        raise ValueError(f"the URL has {found[0]!r} at position {found.start()}, not allowed there")
    if "#" in text:
        raise ValueError("the URL has a fragment ('#')")
    host_of(text)
    return text


def host_of(url: str) -> str:
    """The host of an absolute http(s) URL in lower case, with ":port" unless it is the default.

    Raises ValueError when there is none or the authority is not plain (user name, bad port).
    """
    if _NOT_IN_URLS.search(url):
        raise ValueError("the URL has characters that are not allowed in one")
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("the URL does not start with https:// or http://")
    if "@" in parts.netloc:
        raise ValueError("the URL names a user before the host")
    host, port = _host_and_port(parts.netloc.lower())
    return host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"


def same_host(url: str, hosts: Collection[str]) -> bool:
    """Whether the URL's host is one of `hosts`, each "host" or "host:port" as `host_of` gives.

    Compared exactly but for case: no subdomains, no trailing dot, and another port is another
    host. A malformed URL has no host.
    """
    try:
        return host_of(url) in {host.lower() for host in hosts}
    except ValueError:
        return False


def _host_and_port(authority: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?", authority)
    if match is None or _HOST.fullmatch(match[1]) is None:
        raise ValueError(f"the URL has no usable host: {authority[:80]!r}")
    port = None if match[2] is None else int(match[2])
    if port is not None and not 1 <= port <= 65535:
        raise ValueError(f"the URL has an impossible port: {port}")
    return match[1], port
