"""Fault switches: ways of misbehaving that a portal has to survive."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar

from ocpi import envelope
from simulator.list_faults import SOUND, ListFault, too_many, without_headers
from simulator.messages import Manner, Response

MAX_DELAY_SECONDS = 600
MAX_PAGES = 10_000

Choice = TypeVar("Choice", bound=StrEnum)


class FaultMode(StrEnum):
    """What goes wrong.

    `slow` waits, then works; `late` works, then waits before it answers; `drip` works, then sends
    the answer byte by byte over the delay; `refuse` resets the TCP connection without reading the
    body; `stale` answers what we hold as it was before the last change. Of lists: `403` and `429`
    refuse pages for the delay after every few of them, `no-headers` leaves out what says that there
    are more pages, `shrinking` loses an object of the first pages with each page read, `vanished`
    lacks every third object, `ignore-to` answers for all parties whoever is asked. The others answer
    at once and change nothing.
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
    STALE = "stale"
    FORBIDDEN = "403"
    TOO_MANY = "429"
    NO_HEADERS = "no-headers"
    SHRINKING = "shrinking"
    VANISHED = "vanished"
    IGNORE_TO = "ignore-to"


INTERRUPTING = {
    FaultMode.FORBIDDEN: HTTPStatus.FORBIDDEN,
    FaultMode.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
}
OF_LISTS = frozenset(
    {
        *INTERRUPTING,
        FaultMode.NO_HEADERS,
        FaultMode.SHRINKING,
        FaultMode.VANISHED,
        FaultMode.IGNORE_TO,
    }
)


class FaultScope(StrEnum):
    """Which endpoints misbehave: what we receive, what others pull from us, or both.

    Faults of lists concern lists, `stale` concerns GETs of what we received, whatever the scope.
    """

    RECEIVER = "receiver"
    SENDER = "sender"
    ALL = "all"


class Call(NamedTuple):
    """What faults need to know of a request; `is_first` of a list's page."""

    scope: FaultScope
    method: str
    is_list: bool = False
    is_first: bool = False


class Spoilt(NamedTuple):
    """What the work on a request has to do wrong."""

    list_fault: ListFault = SOUND
    older: bool = False


@dataclass(frozen=True)
class Fault:
    """One setting of the switch; `probability` is the share of requests that it hits.

    `pages` is how many pages there are between two interruptions of `403` and `429`.
    """

    mode: FaultMode = FaultMode.NONE
    delay_seconds: float = 5.0
    probability: float = 1.0
    scope: FaultScope = FaultScope.RECEIVER
    pages: int = 1

    def as_json(self) -> dict[str, Any]:
        """Return the setting as JSON."""
        return asdict(self)

    def concerns(self, call: Call) -> bool:
        """Whether a request is of the kind that goes wrong."""
        if self.mode in OF_LISTS:
            return call.is_list
        if self.mode is FaultMode.STALE:
            return call.scope is FaultScope.RECEIVER and call.method == "GET"
        return self.mode is not FaultMode.NONE and self.scope in (call.scope, FaultScope.ALL)


def parse_fault(document: dict[str, Any]) -> Fault:
    """Read a setting; ValueError names the field that is wrong."""
    unknown = set(document) - {"mode", "delay_seconds", "probability", "scope", "pages"}
    if unknown:
        raise ValueError(f"{min(unknown)}: no such field")
    return Fault(
        mode=_choice(FaultMode, "mode", document.get("mode")),
        delay_seconds=_number(document, "delay_seconds", 5.0, MAX_DELAY_SECONDS),
        probability=_number(document, "probability", 1.0, 1.0),
        scope=_choice(FaultScope, "scope", document.get("scope", "receiver")),
        pages=int(_number(document, "pages", 1, MAX_PAGES)),
    )


class FaultSwitch:
    """The current fault, and the requests it has hit."""

    def __init__(self, seed: int, stopping: threading.Event) -> None:
        self._random = random.Random(seed)  # noqa: S311  # faults, not secrets
        self._stopping = stopping
        self._lock = threading.Lock()
        self._fault = Fault()
        self._hits = 0
        self._pages = 0
        self._refusing_until = 0.0

    def set(self, fault: Fault) -> None:
        """Switch to `fault` and count its hits from zero."""
        with self._lock:
            self._fault = fault
            self._hits = self._pages = 0
            self._refusing_until = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the current fault and its number of hits as JSON."""
        with self._lock:
            return {**self._fault.as_json(), "hits": self._hits}

    def apply(self, call: Call, work: Callable[[Spoilt], Response]) -> Response:
        """Answer a request: with `work`, or as the fault wants it."""
        fault, page = self._draw(call)
        if fault.mode is FaultMode.SLOW:
            self._wait(fault)
        instead = _instead(fault)
        if instead is not None:
            return instead
        response = work(_spoilt(fault.mode, page))
        if fault.mode is FaultMode.LATE:
            self._wait(fault)
        if fault.mode is FaultMode.DRIP:
            return replace(response, manner=Manner.DRIP, drip_seconds=fault.delay_seconds)
        return without_headers(response) if fault.mode is FaultMode.NO_HEADERS else response

    def _draw(self, call: Call) -> tuple[Fault, int]:
        """The fault that hits a request, and the number of the page since the list's first."""
        with self._lock:
            fault = self._fault
            if not fault.concerns(call) or self._random.random() >= fault.probability:
                return Fault(), 0
            if fault.mode in INTERRUPTING and not self._interrupts(fault):
                return Fault(), 0
            if fault.mode is FaultMode.SHRINKING:
                self._pages = 0 if call.is_first else self._pages + 1
            self._hits += 1
            return fault, self._pages

    def _interrupts(self, fault: Fault) -> bool:
        """Whether a page is refused now; called with the lock held."""
        if time.monotonic() < self._refusing_until:
            return True
        if self._pages >= fault.pages:
            self._pages = 0
            self._refusing_until = time.monotonic() + fault.delay_seconds
            return True
        self._pages += 1
        return False

    def _wait(self, fault: Fault) -> None:
        if self._stopping.wait(fault.delay_seconds):
            raise ConnectionResetError("the simulator stops")


def _spoilt(mode: FaultMode, page: int) -> Spoilt:
    return Spoilt(
        ListFault(
            without_third=mode is FaultMode.VANISHED,
            shrinking=page if mode is FaultMode.SHRINKING else 0,
            ignores_to=mode is FaultMode.IGNORE_TO,
        ),
        older=mode is FaultMode.STALE,
    )


def _instead(fault: Fault) -> Response | None:
    """Return the answer that takes the place of the real one, or None."""
    match fault.mode:
        case FaultMode.FORBIDDEN | FaultMode.TOO_MANY:
            return too_many(INTERRUPTING[fault.mode], fault.delay_seconds)
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
