"""What the workers do. A task loads by id, calls a service, returns nothing; losing one loses no data."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from credentials import pulls, services
from credentials.models import Handshake
from parties.models import Connection

log = structlog.get_logger(__name__)


@shared_task(ignore_result=True)
def run_handshake(handshake_id: int) -> None:
    """Run a handshake that waits; nothing when it is running or over already."""
    handshake = Handshake.objects.filter(pk=handshake_id).select_related("connection").first()
    if handshake is not None:
        services.run(handshake)


def run_soon(handshake: Handshake) -> None:
    """Have a worker run a handshake once the present transaction is committed.

    Without a broker it stays waiting, and is closed as interrupted after a while.
    """
    transaction.on_commit(lambda: _poke(handshake.pk))


def _poke(handshake_id: int) -> None:
    try:
        run_handshake.apply_async(args=[handshake_id], retry=False)
    except (OperationalError, OSError) as error:
        log.warning("broker_unreachable", handshake=handshake_id, error=str(error))


@shared_task(ignore_result=True)
def start_pulls(connection_id: int, modules: list[str] | None = None, full: bool = False) -> None:
    """Fetch what a partner that has just registered, or changed, offers."""
    connection = Connection.objects.connected().filter(pk=connection_id).first()
    if connection is not None:
        pulls.start(connection, modules=modules, full=full)


@shared_task(ignore_result=True)
def fail_interrupted() -> None:
    """The beat tick: handshakes whose worker died are over, and staff see why."""
    services.fail_interrupted()


@shared_task(ignore_result=True)
def keep_up() -> None:
    """The beat tick: tokens that are due are renewed, and partners looked at once a day."""
    for handshake in (*services.due_renewals(), *services.due_discoveries()):
        run_soon(handshake)
