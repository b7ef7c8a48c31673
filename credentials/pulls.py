"""Once a connection stands: fetch what the partner offers for the first time."""

from __future__ import annotations

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


def start(connection: Connection, actor: events.Actor = None) -> list[str]:
    """Begin to fetch every module the partner offers and we take; returns their identifiers."""
    started = []
    for module in registry.pull_modules(connection.endpoints, connection.version):
        try:
            fetching.start_pull(connection, module, actor=actor)
        except fetching.CannotPull as refused:
            log.info("no_first_pull", connection=connection.pk, module=module, reason=str(refused))
        else:
            started.append(module)
    return started


def start_later(connection: Connection) -> None:
    """:func:`start`, by a worker, after our answer has reached the partner."""
    if not settings.WAKE_WORKERS:
        return
    from credentials.tasks import start_pulls

    try:
        start_pulls.apply_async(args=[connection.pk], countdown=DELAY_SECONDS, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("broker_unreachable", connection=connection.pk, error=str(error))
