"""Pushes take turns, so that nobody who waits for an answer in real time waits behind them.

A flood of status updates would otherwise fill every thread of a web process, and a question whether a card may
charge would get as small a share of it as each of them. A process works on ``PUSH_PARALLEL`` pushes at a time,
which costs them little, as Python runs one thread at a time anyway. A push that has waited ``PATIENCE`` goes on all
the same: a partner that sends its body slowly holds up nobody for longer.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

PATIENCE = 0.5
_places = threading.BoundedSemaphore(settings.PUSH_PARALLEL)


@contextmanager
def taken() -> Iterator[None]:
    """Wait for one of the places, at most ``PATIENCE`` seconds."""
    has_place = _places.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if has_place:
            _places.release()
