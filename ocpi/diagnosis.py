"""What an outcome means, in one plain sentence for the people who look after a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from ocpi.status import StatusCode

if TYPE_CHECKING:
    from ocpi.responses import OCPIResponse

_HTTP = {
    400: "The partner could not read our request (HTTP 400)",
    401: "The partner does not accept our credentials token (HTTP 401)",
    403: "The partner does not allow us this request (HTTP 403)",
    404: "The partner does not know this object or address (HTTP 404)",
    405: "The partner does not offer this method here (HTTP 405)",
    413: "Our message is too large for the partner (HTTP 413)",
    429: "We send more requests than the partner takes (HTTP 429)",
    503: "The partner's system is not available at the moment (HTTP 503)",
}
_STATUS = {
    StatusCode.INVALID_PARAMETERS: "The partner finds our data invalid or incomplete",
    StatusCode.NOT_ENOUGH_INFORMATION: "The partner needs more information than we sent",
    StatusCode.UNKNOWN_LOCATION: "The partner does not know this location",
    StatusCode.UNKNOWN_TOKEN: "The partner does not know this token",
    StatusCode.SERVER_ERROR: "The partner's system had an error of its own",
    StatusCode.UNABLE_TO_USE_CLIENT_API: "The partner could not call our system",
    StatusCode.UNSUPPORTED_VERSION: "The partner does not support this OCPI version",
    StatusCode.MISSING_ENDPOINTS: "The partner misses endpoints it expects from us",
    StatusCode.UNKNOWN_RECEIVER: "The hub does not know the party we address",
    StatusCode.FORWARDED_REQUEST_TIMEOUT: "The party behind the hub did not answer in time",
    StatusCode.CONNECTION_PROBLEM: "The party we address is not connected to the hub",
}
_RANGES = {
    2: "The partner rejected our request",
    3: "The partner's system had an error",
    4: "The hub could not deliver our request",
}


def describe(response: OCPIResponse) -> str:
    """The outcome of a request in one sentence."""
    if response.failure is not None:
        return response.failure_message
    status = response.http_status or 0
    if response.ok:
        return "The partner accepted the request."
    if 300 <= status <= 399:
        return _redirect(response, status)
    if not 200 <= status <= 299:
        return _with_message(_http(status), response)
    if response.envelope is None:
        return f"The partner answered something that is not OCPI: {response.not_envelope}."
    if response.envelope.is_success:
        return "The partner answered without a status code, so acceptance is not certain."
    return _with_message(_status(response.envelope.status_code), response)


def _redirect(response: OCPIResponse, status: int) -> str:
    """Where a redirect leads, and whether it would lose the parameters of the request."""
    text = f"The partner redirects to another address, which we do not follow (HTTP {status})"
    location = response.headers.get("Location", "").strip()
    if not location:
        return text + "."
    target = urljoin(response.url, location)
    asked, offered = urlsplit(response.url).query, urlsplit(target).query
    lost = " without the parameters of our request" if asked and not offered else ""
    return f"{text}: {_printable(target)[:255]}{lost}."


def _http(status: int) -> str:
    kind = "had an error" if status >= 500 else "refused the request"
    return _HTTP.get(status, f"The partner's system {kind} (HTTP {status})")


def _status(code: int) -> str:
    known = {int(status): text for status, text in _STATUS.items()}
    text = known.get(code) or _RANGES.get(code // 1000, "The partner did not accept the request")
    return f"{text} (OCPI {code})"


def _with_message(text: str, response: OCPIResponse) -> str:
    message = response.envelope.status_message if response.envelope is not None else None
    if not message:
        return text + "."
    return f'{text}: "{_printable(message)[:200]}".'


def _printable(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
