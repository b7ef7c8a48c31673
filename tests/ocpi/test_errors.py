from __future__ import annotations

import pytest

from ocpi import errors
from ocpi.status import StatusCode, is_success


@pytest.mark.parametrize(
    ("error", "status_code", "http_status"),
    [
        (errors.InvalidParameters, 2001, 200),
        (errors.NotEnoughInformation, 2002, 200),
        (errors.UnknownLocation, 2003, 200),
        (errors.UnknownToken, 2004, 200),
        (errors.ServerError, 3000, 200),
        (errors.UnableToUseClientAPI, 3001, 200),
        (errors.UnsupportedVersion, 3002, 200),
        (errors.MissingEndpoints, 3003, 200),
        (errors.NotFound, 2000, 404),
        (errors.MalformedJSON, 2000, 400),
        (errors.Unauthorized, 2001, 401),
        (errors.MethodNotAllowed, 2000, 405),
        (errors.PayloadTooLarge, 2000, 413),
    ],
)
def test_every_error_knows_how_it_is_answered(
    error: type[errors.OCPIError], status_code: int, http_status: int
) -> None:
    raised = error("what went wrong")
    assert (raised.status_code, raised.http_status) == (status_code, http_status)
    assert raised.message == str(raised) == "what went wrong"
    assert raised.problems == []


def test_an_error_carries_its_problems_and_may_override_its_codes() -> None:
    problem = errors.Problem("missing", "evses.0.uid", "is missing")
    raised = errors.OCPIError("bad", problems=[problem], status_code=2002, http_status=404)
    assert raised.problems == [problem]
    assert (raised.status_code, raised.http_status) == (2002, 404)


@pytest.mark.parametrize("code", [1000, 1001, 1901, 1999])
def test_the_whole_1xxx_range_is_success(code: int) -> None:
    assert is_success(code)


@pytest.mark.parametrize("code", [*(set(StatusCode) - {StatusCode.SUCCESS}), 999, 2950, 0])
def test_everything_else_is_not(code: int) -> None:
    assert not is_success(code)
