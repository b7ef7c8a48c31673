"""Which requests arrived: a bounded log with sequence numbers, for tests that count."""

import threading
from collections import Counter, deque
from typing import NamedTuple

KEPT = 200_000


class LoggedRequest(NamedTuple):
    """One request of the partner and how it was answered."""

    number: int
    at: str
    method: str
    path: str
    module: str
    http_status: int
    request_id: str


class RequestsLog:
    """The latest requests, safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[LoggedRequest] = deque(maxlen=KEPT)
        self._per_module: Counter[tuple[str, str]] = Counter()
        self._number = 0

    def add(
        self, at: str, method: str, path: str, module: str, http_status: int, request_id: str
    ) -> None:
        """Note one answered request."""
        with self._lock:
            self._number += 1
            self._per_module[module, method] += 1
            self._entries.append(
                LoggedRequest(self._number, at, method, path, module, http_status, request_id)
            )

    def since(self, number: int) -> list[LoggedRequest]:
        """Return the requests with a sequence number above `number`, oldest first."""
        with self._lock:
            return [entry for entry in self._entries if entry.number > number]

    def last_number(self) -> int:
        """Return the sequence number of the latest request; it is never reset."""
        with self._lock:
            return self._number

    def per_module(self) -> dict[str, dict[str, int]]:
        """Return how many requests arrived per module and method."""
        counts: dict[str, dict[str, int]] = {}
        with self._lock:
            for (module, method), count in self._per_module.items():
                counts.setdefault(module, {})[method] = count
        return counts

    def reset(self) -> None:
        """Forget all requests; the numbers go on."""
        with self._lock:
            self._entries.clear()
            self._per_module.clear()
