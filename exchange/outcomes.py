"""What an answer to a push means, and what follows from it.

Pure: no database, no clock. HTTP 200 is not success, the envelope decides; an answer that proves nothing is
ambiguous, and after ambiguity only the whole object may be sent.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from ocpi.client import OCPIResponse
from ocpi.status import StatusCode


class Action(StrEnum):
    """The next step for one delivery (or, the last four, for the whole connection)."""

    DELIVERED = "delivered"
    DEAD = "dead"
    SEND_WHOLE = "send_whole"
    RETRY = "retry"
    AMBIGUOUS = "ambiguous"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    SUSPEND = "suspend"
    MODULE_OFF = "module_off"


@dataclass(frozen=True)
class Decision:
    """``reason`` is for staff; ``retry_after`` (seconds) is what the partner asked for."""

    action: Action
    reason: str
    retry_after: float | None = None


BACKOFF_SECONDS = (1.0, 5.0, 15.0, 60.0, 300.0)
COOL_OFF_SECONDS = 30.0
RETRY_AFTER_LIMIT = 3600.0
BUSY = frozenset({408, 425, 429, 503})
_NO_SUCH_ADDRESS = frozenset({404, 405, 501})
UNACCEPTABLE = frozenset({400, 409, 412, 422})
SUSPENDING_STATUS = frozenset(
    {
        StatusCode.UNABLE_TO_USE_CLIENT_API,
        StatusCode.UNSUPPORTED_VERSION,
        StatusCode.MISSING_ENDPOINTS,
    }
)
MISSING_DEPENDENCY = frozenset({StatusCode.UNKNOWN_LOCATION, StatusCode.UNKNOWN_TOKEN})


def backoff(attempts: int, jitter: float | None = None) -> float:
    """Seconds to wait after the ``attempts``-th failure: never below the step, up to half as much more."""
    step = BACKOFF_SECONDS[min(max(attempts, 1), len(BACKOFF_SECONDS)) - 1]
    share = random.random() if jitter is None else jitter  # noqa: S311
    return step * (1 + share / 2)


def decide(
    method: str, whole: bool, response: OCPIResponse, *, addressed: bool = False
) -> Decision:
    """The decision for one answered (or unanswered) push; see ``docs/deliveries.md`` for the matrix.

    ``addressed``: it went to an address of its own, so that one that is gone says nothing about others.
    """
    if response.failure is not None:
        clean = response.failure.is_clean
        return Decision(Action.UNREACHABLE if clean else Action.AMBIGUOUS, response.diagnosis)
    status = response.http_status or 0
    if 200 <= status < 300:
        return _by_envelope(whole, response)
    decision = _by_http(method, whole, status, response)
    if addressed and status in _NO_SUCH_ADDRESS:
        return Decision(Action.DEAD, decision.reason)
    return decision


def _by_envelope(whole: bool, response: OCPIResponse) -> Decision:
    code = response.status_code
    if code is None:
        return Decision(Action.AMBIGUOUS, response.diagnosis)
    family = code // 1000
    if family == 1:
        return Decision(Action.DELIVERED, "")
    if code in MISSING_DEPENDENCY and not whole:
        return Decision(Action.SEND_WHOLE, response.diagnosis)
    if family == 2:
        return Decision(Action.DEAD, response.diagnosis)
    if code in SUSPENDING_STATUS:
        return Decision(Action.SUSPEND, response.diagnosis)
    if code == StatusCode.FORWARDED_REQUEST_TIMEOUT or family not in {3, 4}:
        return Decision(Action.AMBIGUOUS, response.diagnosis)
    return Decision(Action.RETRY, response.diagnosis)


def _by_http(method: str, whole: bool, status: int, response: OCPIResponse) -> Decision:
    reason = response.diagnosis
    if status in {401, 403}:
        return Decision(Action.SUSPEND, reason)
    if status == 404:
        return _not_found(method, whole, reason)
    if status in {405, 501}:
        if method == "DELETE":
            return Decision(Action.DEAD, reason)
        # Perhaps the partner lacks PATCH only: PUT shows it.
        return Decision(Action.MODULE_OFF if whole else Action.SEND_WHOLE, reason)
    if status in BUSY:
        return Decision(Action.BUSY, reason, _retry_after(response))
    if status in UNACCEPTABLE or status == 413:
        return Decision(Action.DEAD, reason)
    if 300 <= status < 400:
        return Decision(Action.RETRY, reason)
    return Decision(Action.AMBIGUOUS if status >= 500 else Action.DEAD, reason)


def _not_found(method: str, whole: bool, reason: str) -> Decision:
    if method == "DELETE":
        return Decision(Action.DELIVERED, "")
    if not whole:
        return Decision(Action.SEND_WHOLE, reason)
    return Decision(Action.SUSPEND, f"The partner's address of this module is gone: {reason}")


def _retry_after(response: OCPIResponse) -> float | None:
    text = response.headers.get("Retry-After", "")
    return min(float(text), RETRY_AFTER_LIMIT) if text.isascii() and text.isdigit() else None
