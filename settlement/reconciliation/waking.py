"""Poking a worker that there are invoices to match; a poke that is lost is made up for by the clock."""

from __future__ import annotations

import structlog
from django.conf import settings
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def wake() -> None:
    """Let a worker match what waits; nothing is lost when there is no broker."""
    if not settings.WAKE_WORKERS:
        return
    from settlement.reconciliation import tasks

    try:
        tasks.match_waiting.apply_async(retry=False)
    except (OperationalError, OSError) as error:
        log.warning("broker_unreachable", error=str(error))
