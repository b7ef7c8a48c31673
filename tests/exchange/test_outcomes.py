"""What an answer to a push means: every row of the matrix."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.outcomes import BACKOFF_SECONDS, Action, backoff, decide
from ocpi.client import OCPIResponse
from ocpi.envelope import NotAnEnvelope, parse_response
from ocpi.failures import FailureKind


def response(
    status: int | None = 200,
    body: bytes = b"",
    *,
    method: str = "PUT",
    failure: FailureKind | None = None,
    headers: dict[str, str] | None = None,
) -> OCPIResponse:
    envelope, reason = None, ""
    try:
        envelope = parse_response(body)
    except NotAnEnvelope as error:
        reason = str(error)
    return OCPIResponse(
        method=method,
        url="https://partner.example/x",
        http_status=None if failure else status,
        envelope=None if failure else envelope,
        headers=headers or {},
        body=body,
        failure=failure,
        failure_message="It broke." if failure else "",
        not_envelope=reason,
        request_id="",
        correlation_id="",
        elapsed_ms=1,
    )


def coded(code: Any) -> bytes:
    return b'{"status_code": %s, "timestamp": "2026-01-01T00:00:00Z"}' % str(code).encode()


WHOLE = ("PUT", True)
PART = ("PATCH", False)


@pytest.mark.parametrize(
    ("request_", "status", "body", "expected"),
    [
        # HTTP 2xx: the envelope decides.
        (WHOLE, 200, coded(1000), Action.DELIVERED),
        (WHOLE, 201, coded(1000), Action.DELIVERED),
        (PART, 200, coded(1000), Action.DELIVERED),
        (WHOLE, 200, coded(1999), Action.DELIVERED),
        (WHOLE, 200, coded(2000), Action.DEAD),
        (WHOLE, 200, coded(2001), Action.DEAD),
        (PART, 200, coded(2001), Action.DEAD),
        (WHOLE, 200, coded(2002), Action.DEAD),
        (WHOLE, 200, coded(2999), Action.DEAD),
        (PART, 200, coded(2003), Action.SEND_WHOLE),
        (WHOLE, 200, coded(2003), Action.DEAD),
        (PART, 200, coded(2004), Action.SEND_WHOLE),
        (WHOLE, 200, coded(3000), Action.RETRY),
        (WHOLE, 200, coded(3001), Action.SUSPEND),
        (WHOLE, 200, coded(3002), Action.SUSPEND),
        (WHOLE, 200, coded(3003), Action.SUSPEND),
        (WHOLE, 200, coded(3999), Action.RETRY),
        (WHOLE, 200, coded(4000), Action.RETRY),
        (WHOLE, 200, coded(4001), Action.RETRY),
        (WHOLE, 200, coded(4002), Action.AMBIGUOUS),
        (WHOLE, 200, coded(4003), Action.RETRY),
        # Not proven to be delivered.
        (WHOLE, 200, b"", Action.AMBIGUOUS),
        (WHOLE, 204, b"", Action.AMBIGUOUS),
        (WHOLE, 200, b"<html>It works</html>", Action.AMBIGUOUS),
        (WHOLE, 200, b'{"status_code": 1000', Action.AMBIGUOUS),
        (WHOLE, 200, b'{"data": {}}', Action.AMBIGUOUS),
        (WHOLE, 200, b"[]", Action.AMBIGUOUS),
        (WHOLE, 200, coded(200), Action.AMBIGUOUS),
        (WHOLE, 200, coded(0), Action.AMBIGUOUS),
        (WHOLE, 200, coded(5000), Action.AMBIGUOUS),
        # HTTP 3xx is never followed.
        (WHOLE, 301, b"", Action.RETRY),
        (WHOLE, 307, coded(1000), Action.RETRY),
        # HTTP 4xx.
        (WHOLE, 400, coded(2001), Action.DEAD),
        (WHOLE, 401, coded(2001), Action.SUSPEND),
        (PART, 401, b"", Action.SUSPEND),
        (WHOLE, 403, b"", Action.SUSPEND),
        (PART, 404, coded(2000), Action.SEND_WHOLE),
        (WHOLE, 404, b"", Action.SUSPEND),
        (("POST", True), 404, b"", Action.SUSPEND),
        (("DELETE", True), 404, b"", Action.DELIVERED),
        (WHOLE, 405, b"", Action.MODULE_OFF),
        (WHOLE, 501, b"", Action.MODULE_OFF),
        # Perhaps it lacks PATCH only.
        (PART, 405, b"", Action.SEND_WHOLE),
        (PART, 501, b"", Action.SEND_WHOLE),
        (WHOLE, 409, b"", Action.DEAD),
        (WHOLE, 412, b"", Action.DEAD),
        (WHOLE, 413, b"", Action.DEAD),
        (WHOLE, 422, b"", Action.DEAD),
        (WHOLE, 418, b"", Action.DEAD),
        (WHOLE, 408, b"", Action.BUSY),
        (WHOLE, 425, b"", Action.BUSY),
        (WHOLE, 429, b"", Action.BUSY),
        # HTTP 5xx: it may have been applied.
        (WHOLE, 500, b"", Action.AMBIGUOUS),
        (WHOLE, 500, coded(1000), Action.AMBIGUOUS),
        (PART, 502, b"<html>", Action.AMBIGUOUS),
        (WHOLE, 503, b"", Action.BUSY),
        (WHOLE, 504, b"", Action.AMBIGUOUS),
    ],
)
def test_an_answer(request_: tuple[str, bool], status: int, body: bytes, expected: Action) -> None:
    """T-036, T-049."""
    method, whole = request_
    decision = decide(method, whole, response(status, body, method=method))

    assert decision.action is expected
    assert bool(decision.reason) == (expected is not Action.DELIVERED)


@pytest.mark.parametrize("kind", list(FailureKind))
def test_no_answer_is_clean_only_when_nothing_was_sent(kind: FailureKind) -> None:
    expected = Action.UNREACHABLE if kind.is_clean else Action.AMBIGUOUS

    assert decide("PUT", True, response(failure=kind)).action is expected


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), ("999999", 3600.0), ("soon", None), ("-5", None), ("١٢", None), ("", None)],
)
def test_what_a_busy_partner_asks_for_is_heard_within_bounds(
    header: str, seconds: float | None
) -> None:
    answer = response(429, headers={"Retry-After": header})

    assert decide("PUT", True, answer).retry_after == seconds


def test_waiting_grows_to_five_minutes_and_jitter_only_adds() -> None:
    assert [backoff(n, jitter=0) for n in (0, 1, 2, 3, 4, 5, 99)] == [1, 1, 5, 15, 60, 300, 300]
    for attempts, step in enumerate(BACKOFF_SECONDS, start=1):
        assert backoff(attempts, jitter=1) == step * 1.5
        assert step <= backoff(attempts) <= step * 1.5


@pytest.mark.parametrize("status", [404, 405, 501])
def test_an_address_of_its_own_that_is_gone_says_nothing_about_others(status: int) -> None:
    gone = response(status, b"")
    assert decide("POST", True, gone, addressed=True).action is Action.DEAD
    assert decide("POST", True, gone).action in (Action.SUSPEND, Action.MODULE_OFF)
