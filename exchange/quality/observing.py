"""What a partner's answers give away about its dialect.

Each observation is counted like a deviation, under :data:`TRANSPORT` or the module of the push, with the
exchange that showed it as its example. ``exchange.quality.suggestions`` draws conclusions from the counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from ocpi.client import ClientExchange, OCPIResponse
from ocpi.errors import Problem
from ocpi.failures import FailureKind

TRANSPORT = "transport"
"""Stands where deviations have their module."""

SENTENCES: dict[str, str] = {
    "slash_wanted": "It redirects our requests to the same address with a slash at the end.",
    "patch_refused": "It does not know PATCH.",
    "fraction_refused": "It refused an object for a time in it, and our times had fractions of a second.",
    "routing_refused": "It refused our routing headers.",
    "party_wanted": "It wants to be told which party's list we ask for.",
    "date_filter_refused": "It refuses to filter its lists by date.",
    "date_filter_ignored": "It was asked for changes and listed older objects as well.",
    "party_ignored": "It was asked for one party's objects and listed those of others as well.",
    "busy_as_403": "It answered 403 in the middle of a list that it had begun to give.",
    "page_too_large": "A page of its list was too large, or took too long.",
    "push_would_pass": "A push was refused that would have been taken in with repairs.",
    "push_without_ids": "A push did not name its object; only its address did.",
    "time_in_future": "A time without Z lies in the future, unless it is a local time.",
    "token_spelling": "The token is right, but in the other spelling (Base64 or raw).",
    "token_blanks": "The token has a line break or blanks at its end, inside the Base64.",
    "token_one_time": "The one-time token of the registration is used instead of the one agreed on.",
    "token_retired": "The token of before the last renewal is still used.",
}
"""By code: what was seen, in words."""

_REDIRECTS = frozenset({301, 302, 307, 308})
_FRACTION = re.compile(rb'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z?"')
_ABOUT_TIME = re.compile(
    r"date|time(?!out)|last_updated|millisecond|microsecond|fraction|iso.?8601|rfc.?3339",
    re.IGNORECASE,
)
_ABOUT_ROUTING = re.compile(r"ocpi-(?:to|from)|routing|(?:to|from)[-_ ]?party", re.IGNORECASE)
_PUSHES = frozenset({"PUT", "PATCH", "POST"})


def observe(
    sent: ClientExchange, response: OCPIResponse, *, in_a_list: bool = False
) -> list[Problem]:
    """What one request of ours and its answer show; ``in_a_list`` when pages before it were answered."""
    found = [*_from_redirect(sent), *_from_refusal(sent, response)]
    if sent.method == "GET":
        found += _from_list(sent, response, in_a_list)
    return found


def _from_redirect(sent: ClientExchange) -> Iterator[Problem]:
    headers = {name.lower(): text for name, text in (sent.response_headers or {}).items()}
    location = headers.get("location", "")
    if sent.response_status not in _REDIRECTS or not location:
        return
    before, after = urlsplit(sent.url), urlsplit(urljoin(sent.url, location))
    if after.path == before.path + "/" and after.hostname == before.hostname:
        yield _seen("slash_wanted", location)


def _from_refusal(sent: ClientExchange, response: OCPIResponse) -> Iterator[Problem]:
    if sent.method == "PATCH" and sent.response_status in {405, 501}:
        yield _seen("patch_refused", f"HTTP {sent.response_status}")
    if not _is_refused(sent, response):
        return
    words = _words(response)
    about_routing = _ABOUT_ROUTING.search(words)
    if about_routing and _names_a_party(sent):
        yield _seen("routing_refused", words)
    elif about_routing and sent.method == "GET":
        yield _seen("party_wanted", words)
    elif (
        sent.method in _PUSHES
        and _FRACTION.search(sent.request_body or b"")
        and _ABOUT_TIME.search(words)
    ):
        yield _seen("fraction_refused", words)


def _from_list(sent: ClientExchange, response: OCPIResponse, in_a_list: bool) -> Iterator[Problem]:
    if "date_from=" in sent.url and _is_refused(sent, response):
        yield _seen("date_filter_refused", _words(response))
    if in_a_list and sent.response_status == 403:
        yield _seen("busy_as_403", "HTTP 403")
    if sent.failure is FailureKind.TOO_LARGE or (in_a_list and sent.failure is FailureKind.TIMEOUT):
        yield _seen("page_too_large", sent.failure_message)


def _is_refused(sent: ClientExchange, response: OCPIResponse) -> bool:
    """An answer that says that this request was wrong, not that the partner cannot do it now."""
    if sent.response_status in {400, 422}:
        return True
    code = response.status_code
    return sent.response_status == 200 and code is not None and 2000 <= code < 3000


def _names_a_party(sent: ClientExchange) -> bool:
    return any(name.lower().startswith(("ocpi-to-", "ocpi-from-")) for name in sent.request_headers)


def _words(response: OCPIResponse) -> str:
    stated = response.envelope.status_message if response.envelope else None
    return stated or response.body[:400].decode(errors="replace")


def _seen(code: str, value: str) -> Problem:
    return Problem(code, "", SENTENCES[code], value)


def exchange_reference(exchange_id: int) -> str:
    """How an observation names the exchange that shows it."""
    return f"exchange:{exchange_id}"


def job_reference(job_id: int) -> str:
    """How an observation names the job that shows it."""
    return f"job:{job_id}"


def shown_by(reference: str) -> tuple[str, int] | None:
    """What an observation names, if it names anything: ``exchange`` or ``job``, and its primary key."""
    kind, _, number = reference.partition(":")
    return (kind, int(number)) if kind in {"exchange", "job"} and number.isdigit() else None
