"""What can go wrong in an OCPI exchange, as exceptions that know their status codes.

OCPI 2.2.1, status_codes: whatever reached the OCPI layer is answered with HTTP 200 and a
status code in the body; only the transport layer (unparsable JSON, credentials, method,
path of a GET) answers with an HTTP error, and then the body still is an envelope.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

from ocpi.status import StatusCode


class Problem(NamedTuple):
    """One finding about one field.

    `code` is a short stable word for counting ("not_a_number"), `path` is dotted with list
    indexes ("evses.3.connectors.1.max_voltage", "" for the whole document), `message` is a
    sentence for people, `value` the original value where there was one.
    """

    code: str
    path: str
    message: str
    value: Any = None


class OCPIError(Exception):
    """An error to be answered in an OCPI envelope; subclasses fix the two codes."""

    default_status_code: ClassVar[int] = StatusCode.CLIENT_ERROR
    default_http_status: ClassVar[int] = 200

    def __init__(
        self,
        message: str,
        *,
        problems: Iterable[Problem] = (),
        status_code: int | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message: str = message
        self.problems: list[Problem] = list(problems)
        self.status_code: int = int(
            self.default_status_code if status_code is None else status_code
        )
        self.http_status: int = self.default_http_status if http_status is None else http_status


class InvalidParameters(OCPIError):
    """2001: a value is invalid or missing."""

    default_status_code = StatusCode.INVALID_PARAMETERS


class NotEnoughInformation(OCPIError):
    """2002."""

    default_status_code = StatusCode.NOT_ENOUGH_INFORMATION


class UnknownLocation(OCPIError):
    """2003: a request names a Location, EVSE or Connector that does not exist."""

    default_status_code = StatusCode.UNKNOWN_LOCATION


class UnknownToken(OCPIError):
    """2004."""

    default_status_code = StatusCode.UNKNOWN_TOKEN


class ServerError(OCPIError):
    """3000: our own failure, still HTTP 200."""

    default_status_code = StatusCode.SERVER_ERROR


class UnableToUseClientAPI(OCPIError):
    """3001: a request back to the caller failed, as during registration."""

    default_status_code = StatusCode.UNABLE_TO_USE_CLIENT_API


class UnsupportedVersion(OCPIError):
    """3002."""

    default_status_code = StatusCode.UNSUPPORTED_VERSION


class MissingEndpoints(OCPIError):
    """3003."""

    default_status_code = StatusCode.MISSING_ENDPOINTS


class HubError(OCPIError):
    """4000: a request could not be passed on."""

    default_status_code = StatusCode.HUB_ERROR


class UnknownReceiver(HubError):
    """4001: nobody here knows the party that a request is for."""

    default_status_code = StatusCode.UNKNOWN_RECEIVER


class ForwardedRequestTimeout(HubError):
    """4002: the party that a request was passed on to did not answer in time."""

    default_status_code = StatusCode.FORWARDED_REQUEST_TIMEOUT


class ConnectionProblem(HubError):
    """4003: there is no connection to the party that a request is for."""

    default_status_code = StatusCode.CONNECTION_PROBLEM


class NotFound(OCPIError):
    """HTTP 404 with 2000: the object or path does not exist."""

    default_http_status = 404


class MalformedJSON(OCPIError):
    """HTTP 400 with 2000: the body is not a valid JSON document."""

    default_http_status = 400


class Unauthorized(OCPIError):
    """HTTP 401 with 2001: no, a malformed or an unknown credentials token."""

    default_status_code = StatusCode.INVALID_PARAMETERS
    default_http_status = 401


class MethodNotAllowed(OCPIError):
    """HTTP 405 with 2000."""

    default_http_status = 405


class PayloadTooLarge(OCPIError):
    """HTTP 413 with 2000."""

    default_http_status = 413
