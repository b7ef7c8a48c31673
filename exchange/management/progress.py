"""The line that shows on a terminal how far a command is."""

from __future__ import annotations

import time
from types import TracebackType

from django.core.management.base import OutputWrapper

from exchange.registry import Counts

SECONDS = 0.5


class ProgressLine:
    """One line that is written over, at most twice a second; nothing where no one is watching."""

    def __init__(self, stream: OutputWrapper, *, quiet: bool) -> None:
        self._stream = stream
        self._silent = quiet or not stream.isatty()
        self._started = time.monotonic()
        self._shown_at = float("-inf")

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._shown_at > 0:
            self._write("\r\x1b[K")

    def show(self, counts: Counts) -> None:
        now = time.monotonic()
        if now - self._shown_at < SECONDS:
            return
        self._shown_at = now
        rate = counts.total / max(now - self._started, 0.001)
        self._write(f"\r\x1b[K{counts.total:,} read, {rate:,.0f} per second")

    def _write(self, text: str) -> None:
        if not self._silent:
            self._stream.write(text, ending="")
            self._stream.flush()
