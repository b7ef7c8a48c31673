"""One worker's round: claim a batch, render the current state of each, send, settle what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.utils import timezone

from exchange import egress, registry
from exchange.choices import DeliveryResult, Known
from exchange.deliveries.claiming import (
    BATCH,
    LEASE_MARGIN_SECONDS,
    LEASE_SECONDS,
    REQUEST_SECONDS,
    claim,
)
from exchange.deliveries.recording import record
from exchange.deliveries.settling import Told, finish, finish_dead, give_back, leave, postpone
from exchange.models import Delivery
from exchange.outcomes import Action, Decision, backoff, decide
from exchange.quality import losses
from exchange.standing import Standing, push_due
from ocpi import convert
from ocpi.client import OCPIResponse
from ocpi.versions import InterfaceRole
from parties import services as parties
from parties.models import Connection

log = structlog.get_logger(__name__)
_FOR_GOOD = frozenset({Action.DEAD, Action.SUSPEND, Action.MODULE_OFF})


@dataclass
class Drained:
    """What one worker did for a connection; ``stop`` tells it to leave the connection alone for now."""

    sent: int = 0
    stop: bool = False


def drain(
    connection: Connection, limit: int = BATCH, *, stopping: Callable[[], bool] = lambda: False
) -> Drained:
    """Claim one batch and deliver it. Nothing is in a transaction while a request is under way.

    What is not begun when ``stopping`` becomes true is given back, for whoever works next.
    """
    result = Drained()
    claimed = claim(connection, limit)
    if not claimed:
        return result
    deadline = timezone.now() + timedelta(seconds=LEASE_SECONDS - LEASE_MARGIN_SECONDS)
    with egress.client(
        connection, max_bytes=egress.PUSH_LIMIT_BYTES, total_deadline=REQUEST_SECONDS
    ) as client:
        for position, delivery in enumerate(claimed):
            if result.stop or stopping() or timezone.now() >= deadline or not _is_open(connection):
                give_back(claimed[position:])
                break
            result.stop = not _attempt_safely(connection, client, delivery)
            result.sent += 1
    return result


def _is_open(connection: Connection) -> bool:
    """Whether the connection still stands: nothing is sent any more once it is unregistered or suspended."""
    return Connection.objects.connected().filter(pk=connection.pk).exists()


def _attempt_safely(
    connection: Connection, client: egress.PartnerClient, delivery: Delivery
) -> bool:
    """An attempt in which a fault of ours concerns this delivery only, and never those behind it."""
    try:
        return attempt(connection, client, delivery)
    except Exception:
        log.exception("delivery_failed", delivery=delivery.pk)
        delivery.last_error = "Something went wrong here; it has been logged."
        postpone(delivery, backoff(delivery.attempts), DeliveryResult.RETRY)
        return True


def attempt(connection: Connection, client: egress.PartnerClient, delivery: Delivery) -> bool:
    """One delivery, one request (two when the partner lacks what a partial update needs).

    Returns whether the connection can go on with its next delivery.
    """
    module = registry.find(delivery.module)
    url = connection.endpoint_url(delivery.module, InterfaceRole.RECEIVER) or ""
    if module is None or module.outbox is None or not (url or module.outbox.addressed):
        finish_dead(delivery, "The partner has no receiving address for this module.")
        return True
    too_late = module.outbox.too_late(delivery.object_id)
    if too_late:
        finish_dead(delivery, too_late)
        return True
    try:
        return _tell(module.outbox, connection, client, url, delivery)
    except convert.Refused as refused:
        finish_dead(delivery, f"Not sent: {refused.reason}.")
        return True


def _tell(
    outbox: registry.Outbox,
    connection: Connection,
    client: egress.PartnerClient,
    url: str,
    delivery: Delivery,
) -> bool:
    whole = delivery.confirm_after is not None or connection.dialect.whole_objects
    where, push = push_due(outbox, connection, delivery, whole=whole)
    if push is None:
        _nothing_to_tell(delivery, where)
        return True
    response, decision = _send(client, url, push, delivery)
    if decision.action is Action.SEND_WHOLE:
        again = push.instead
        if again is None:
            where, again = push_due(outbox, connection, delivery, whole=True)
        if again is not None:
            push = again
            response, decision = _send(client, url, push, delivery)
            if decision.action is Action.SEND_WHOLE:
                decision = Decision(Action.DEAD, decision.reason)
    if decision.action in _FOR_GOOD and parties.agreed_anew(connection):
        # It was said as agreed on before, which is not what the partner expects now.
        delivery.last_error = decision.reason[:400]
        postpone(delivery, 0, DeliveryResult.RETRY)
        return False
    if decision.action is Action.DELIVERED:
        outbox.answered(connection, delivery.object_id, response)
        losses.count(
            connection,
            delivery.module,
            connection.version,
            delivery.object_reference,
            push.losses,
        )
    # A partial update told only what was marked when it was claimed; the whole object told everything.
    sent = max(push.version if push.whole else 0, delivery.wanted_version)
    known = Known.WITHDRAWN if where is Standing.WITHDRAW else Known.CONFIRMED
    return record(connection, delivery, response, decision, Told(sent, known))


def _nothing_to_tell(delivery: Delivery, where: Standing) -> None:
    """Settle a delivery without a request; of a stranger's nothing is kept, as it was never told anything."""
    if where is Standing.AWAY:
        leave(delivery)
    elif where is Standing.STRANGER:
        Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token).delete()
    else:
        finish(delivery, Told(delivery.wanted_version, delivery.known))


def _send(
    client: egress.PartnerClient, url: str, push: registry.Push, delivery: Delivery
) -> tuple[OCPIResponse, Decision]:
    if not delivery.correlation_id:
        delivery.correlation_id = str(uuid.uuid4())
    response = client.request(
        push.method,
        push.address(url),
        data=push.data,
        module=delivery.module,
        reference=delivery.object_reference,
        routing=push.routing,
        correlation_id=push.correlation_id or delivery.correlation_id,
    )
    delivery.last_exchange_id = client.last_exchange_id
    return response, decide(push.method, push.whole, response, addressed=bool(push.url))
