"""Once a connection stands or has changed: fetch what the partner offers."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from django.conf import settings
from kombu.exceptions import OperationalError

from exchange import pulls as fetching
from exchange import registry
from parties import events
from parties.models import Connection

log = structlog.get_logger(__name__)

# The partner learns its token from our answer; a request of ours that overtook it would be refused.
DELAY_SECONDS = 2


def start(
    connection: Connection,
    actor: events.Actor = None,
    *,
    modules: Sequence[str] | None = None,
    full: bool = False,
) -> list[str]:
    """Begin to fetch ``modules`` (every one that the partner offers and we take); returns those begun."""
    offered = registry.pull_modules(connection.endpoints, connection.version)
    started = []
    for module in offered if modules is None else modules:
        try:
            fetching.start_pull(connection, module, full=full, actor=actor)
        except fetching.CannotPull as refused:
            log.info("no_first_pull", connection=connection.pk, module=module, reason=str(refused))
        else:
            started.append(module)
    return started


def start_later(
    connection: Connection, *, modules: Sequence[str] | None = None, full: bool = False
) -> None:
    """:func:`start`, by a worker, after our answer has reached the partner."""
    if not settings.WAKE_WORKERS:
        return
    from credentials.tasks import start_pulls

    chosen = None if modules is None else list(modules)
    try:
        start_pulls.apply_async(
            args=[connection.pk, chosen, full], countdown=DELAY_SECONDS, retry=False
        )
    except (OperationalError, OSError) as error:
        log.warning("broker_unreachable", connection=connection.pk, error=str(error))
