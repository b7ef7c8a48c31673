"""Fault switches: ways of misbehaving as a receiver that a portal has to survive."""

import random
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Any, TypeVar

from ocpi import envelope
from simulator.messages import Manner, Response

MAX_DELAY_SECONDS = 600

Choice = TypeVar("Choice", bound=StrEnum)


class FaultMode(StrEnum):
    """What goes wrong.

    `slow` waits, then works; `late` works, then waits before it answers; `drip` works, then sends
    the answer byte by byte over the delay; `refuse` resets the TCP connection without reading the
    body; the others answer at once and change nothing.
    """

    NONE = "none"
    SLOW = "slow"
    SERVER_ERROR = "500"
    GARBAGE = "garbage"
    REFUSE = "refuse"
    INVALID_PARAMETERS = "2001"
    UNAUTHORIZED = "401"
    DRIP = "drip"
    LATE = "late"


class FaultScope(StrEnum):
    """Which endpoints misbehave: what we receive, what others pull from us, or both."""

    RECEIVER = "receiver"
    SENDER = "sender"
    ALL = "all"


@dataclass(frozen=True)
class Fault:
    """One setting of the switch; `probability` is the share of requests that it hits."""

    mode: FaultMode = FaultMode.NONE
    delay_seconds: float = 5.0
    probability: float = 1.0
    scope: FaultScope = FaultScope.RECEIVER

    def as_json(self) -> dict[str, Any]:
        """Return the setting as JSON."""
        return asdict(self)


def parse_fault(document: dict[str, Any]) -> Fault:
    """Read a setting; ValueError names the field that is wrong."""
    unknown = set(document) - {"mode", "delay_seconds", "probability", "scope"}
    if unknown:
        raise ValueError(f"{min(unknown)}: no such field")
    return Fault(
        mode=_choice(FaultMode, "mode", document.get("mode")),
        delay_seconds=_number(document, "delay_seconds", 5.0, MAX_DELAY_SECONDS),
        probability=_number(document, "probability", 1.0, 1.0),
        scope=_choice(FaultScope, "scope", document.get("scope", "receiver")),
    )


class FaultSwitch:
    """The current fault, and the requests it has hit."""

    def __init__(self, seed: int, stopping: threading.Event) -> None:
        self._random = random.Random(seed)  # noqa: S311  # faults, not secrets
        self._stopping = stopping
        self._lock = threading.Lock()
        self._fault = Fault()
        self._hits = 0

    def set(self, fault: Fault) -> None:
        """Switch to `fault` and count its hits from zero."""
        with self._lock:
            self._fault = fault
            self._hits = 0

    def as_json(self) -> dict[str, Any]:
        """Return the current fault and its number of hits as JSON."""
        with self._lock:
            return {**self._fault.as_json(), "hits": self._hits}

    def apply(self, scope: FaultScope, work: Callable[[], Response]) -> Response:
        """Answer a request to an endpoint of `scope`: with `work`, or as the fault wants it."""
        fault = self._draw(scope)
        if fault.mode is FaultMode.SLOW:
            self._wait(fault)
        instead = _instead(fault.mode)
        if instead is not None:
            return instead
        response = work()
        if fault.mode is FaultMode.LATE:
            self._wait(fault)
        if fault.mode is FaultMode.DRIP:
            return replace(response, manner=Manner.DRIP, drip_seconds=fault.delay_seconds)
        return response

    def _draw(self, scope: FaultScope) -> Fault:
        with self._lock:
            fault = self._fault
            if fault.mode is FaultMode.NONE or fault.scope not in (scope, FaultScope.ALL):
                return Fault()
            if self._random.random() >= fault.probability:
                return Fault()
            self._hits += 1
            return fault

    def _wait(self, fault: Fault) -> None:
        if self._stopping.wait(fault.delay_seconds):
            raise ConnectionResetError("the simulator stops")


def _instead(mode: FaultMode) -> Response | None:
    """Return the answer that takes the place of the real one, or None."""
    match mode:
        case FaultMode.REFUSE:
            return Response(manner=Manner.RESET)
        case FaultMode.GARBAGE:
            return Response(body=b'<html><body>It works!</body></html>{"status_code": 10')
        case FaultMode.SERVER_ERROR:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            return Response(status=status, body=b"Internal Server Error", content_type="text/plain")
        case FaultMode.INVALID_PARAMETERS:
            return Response(
                body=envelope.encode(status_code=2001, status_message="Refused on purpose.")
            )
        case FaultMode.UNAUTHORIZED:
            return Response(
                status=HTTPStatus.UNAUTHORIZED,
                body=envelope.encode(status_code=2001, status_message="Unauthorized on purpose."),
            )
    return None


def _choice(options: type[Choice], name: str, value: object) -> Choice:
    try:
        return options(str(value))
    except ValueError:
        raise ValueError(f"{name}: {value!r} is not one of {', '.join(options)}") from None


def _number(document: dict[str, Any], name: str, default: float, maximum: float) -> float:
    value = document.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name}: {value!r} is not a number")  # noqa: TRY004  # as all others
    if not 0 <= value <= maximum:
        raise ValueError(f"{name}: {value} is not between 0 and {maximum:g}")
    return float(value)
