"""Waking workers up. The rows in PostgreSQL are the truth; what is lost here only costs a beat tick."""

from __future__ import annotations

import time
from collections.abc import Collection

import structlog
from django.conf import settings
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

# A worker that was woken keeps looking for this long, so that nearer pokes can be spared.
LINGER_SECONDS = 0.5
_SPARE_SECONDS = 0.25
_last_poke: dict[int, float] = {}


def connections(connection_ids: Collection[int]) -> None:
    """Tell the workers that these connections have deliveries due; never fails for want of a broker."""
    if not settings.WAKE_WORKERS:
        return
    from exchange.tasks import deliver

    now = time.monotonic()
    for connection_id in connection_ids:
        if now - _last_poke.get(connection_id, float("-inf")) < _SPARE_SECONDS:
            continue
        _last_poke[connection_id] = now
        try:
            deliver.apply_async(args=[connection_id], retry=False)
        except (OperationalError, OSError) as error:
            log.warning("broker_unreachable", connection=connection_id, error=str(error))
