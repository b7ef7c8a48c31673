"""Status codes of the OCPI layer (OCPI 2.2.1, status_codes; unchanged in 2.3.0)."""

from __future__ import annotations

from enum import IntEnum


class StatusCode(IntEnum):
    """Every status code the specification defines."""

    SUCCESS = 1000
    CLIENT_ERROR = 2000
    INVALID_PARAMETERS = 2001
    NOT_ENOUGH_INFORMATION = 2002
    UNKNOWN_LOCATION = 2003
    UNKNOWN_TOKEN = 2004
    SERVER_ERROR = 3000
    UNABLE_TO_USE_CLIENT_API = 3001
    UNSUPPORTED_VERSION = 3002
    MISSING_ENDPOINTS = 3003
    HUB_ERROR = 4000
    UNKNOWN_RECEIVER = 4001
    FORWARDED_REQUEST_TIMEOUT = 4002
    CONNECTION_PROBLEM = 4003


def is_success(code: int) -> bool:
    """True for the whole 1xxx range: custom and future codes in it are successes too."""
    return 1000 <= code <= 1999
