"""Why a page of a list was refused, and how to ask for it again so that it is not.

Only for requests that read: asking twice changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ocpi.failures import FailureKind
from ocpi.status import StatusCode

if TYPE_CHECKING:
    from ocpi.responses import OCPIResponse

_PARAMETERS = ("date_from", "date_to", "limit")
_REFUSALS = frozenset({StatusCode.CLIENT_ERROR, StatusCode.INVALID_PARAMETERS})
_NOT_ENCODED = frozenset({406, 415})


class Retry(NamedTuple):
    """Another way to ask: without parameters (named in `ignored`), or without compression ("gzip")."""

    url: str
    ignored: tuple[str, ...]
    compressed: bool = True


def other_way(response: OCPIResponse) -> Retry | None:
    """How to ask again for a page that was refused because of the way it was asked for.

    A parameter that the partner's message names is left out, otherwise all of them; an answer that
    cannot be unpacked, or a refusal of the encoding, leaves out compression. None when the refusal
    has other reasons.
    """
    if response.http_status in _NOT_ENCODED or _is_garbled(response):
        return Retry(response.url, ("gzip",), compressed=False)
    if not _refuses_parameters(response):
        return None
    parts = urlsplit(response.url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    given = [name for name, _ in query if name in _PARAMETERS]
    if not given:
        return None
    message = (response.envelope.status_message or "") if response.envelope else ""
    named = [name for name in given if name in message]
    left_out = named or given
    kept = [(name, value) for name, value in query if name not in left_out]
    return Retry(urlunsplit(parts._replace(query=urlencode(kept))), tuple(left_out))


def _is_garbled(response: OCPIResponse) -> bool:
    return response.failure is FailureKind.RESET and "DecodeError" in response.failure_message


def _refuses_parameters(response: OCPIResponse) -> bool:
    """A status of 2000 or 2001 whatever the HTTP status, or a plain HTTP 400."""
    if response.status_code is None:
        return response.http_status == 400
    return response.http_status in {200, 400} and response.status_code in _REFUSALS
