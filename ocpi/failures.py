"""Why an HTTP exchange brought no answer."""

from __future__ import annotations

from enum import StrEnum


class FailureKind(StrEnum):
    """The first four are clean: nothing was sent. After the others the partner may have acted."""

    REFUSED_ADDRESS = "REFUSED_ADDRESS"
    DNS = "DNS"
    CONNECT = "CONNECT"
    TLS = "TLS"
    TIMEOUT = "TIMEOUT"
    RESET = "RESET"
    TOO_LARGE = "TOO_LARGE"

    @property
    def is_clean(self) -> bool:
        """True when the request certainly did not reach the partner."""
        return self not in (FailureKind.TIMEOUT, FailureKind.RESET, FailureKind.TOO_LARGE)


class HTTPFailure(Exception):
    """An exchange without an answer; `message` is one sentence for staff."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
