"""Delivering: claim with a lease, render the current state, send, record what came of it.

Order: one row per connection and aggregate, and a lease, mean at most one request in flight per object. A
lease outlives the total deadline of a request, and only the database's clock counts.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import structlog
from django.db import connection as database
from django.db.models import F, Value
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from exchange import egress, losses, registry
from exchange.choices import DeliveryResult, Known
from exchange.models import Delivery
from exchange.outcomes import COOL_OFF_SECONDS, Action, Decision, backoff, decide
from exchange.standing import Standing, push_due
from ocpi import convert
from ocpi.client import OCPIResponse
from ocpi.urls import join
from ocpi.versions import InterfaceRole
from parties import events
from parties import services as parties
from parties.models import Connection

log = structlog.get_logger(__name__)

LEASE_SECONDS = 60
BATCH = 10
REQUEST_SECONDS = 10
# A row is given back rather than begun when its lease might end during the two requests it can take.
LEASE_MARGIN_SECONDS = 2 * REQUEST_SECONDS + 5

_CLAIM = """
    UPDATE exchange_delivery d
    SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
        lease_token = %(token)s,
        attempts = d.attempts + 1,
        last_attempt_at = clock_timestamp()
    FROM (
        SELECT id FROM exchange_delivery
        WHERE connection_id = %(connection)s
          AND wanted_version > sent_version AND wanted_version > dead_version
          AND next_attempt_at <= clock_timestamp()
          AND (lease_until IS NULL OR lease_until < clock_timestamp())
        ORDER BY next_attempt_at
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    ) due
    WHERE d.id = due.id
    RETURNING d.id
"""


def claim(connection: Connection, limit: int = BATCH) -> list[Delivery]:
    """Take up to ``limit`` due deliveries of a connection for this worker, oldest first."""
    token = uuid.uuid4()
    with database.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "lease": LEASE_SECONDS,
                "token": token,
                "connection": connection.pk,
                "limit": limit,
            },
        )
        ids = [row[0] for row in cursor.fetchall()]
    rows = Delivery.objects.filter(pk__in=ids, lease_token=token).order_by("next_attempt_at", "id")
    return list(rows) if ids else []


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
        _postpone(delivery, backoff(delivery.attempts), DeliveryResult.RETRY)
        return True


def give_back(deliveries: list[Delivery]) -> None:
    """Return rows that were claimed and not begun."""
    for delivery in deliveries:
        _release(delivery, attempts=Greatest(F("attempts") - 1, Value(0)))


def attempt(connection: Connection, client: egress.PartnerClient, delivery: Delivery) -> bool:
    """One delivery, one request (two when the partner lacks what a partial update needs).

    Returns whether the connection can go on with its next delivery.
    """
    module = registry.find(delivery.module)
    url = connection.endpoint_url(delivery.module, InterfaceRole.RECEIVER)
    if module is None or module.outbox is None or url is None:
        _finish_dead(delivery, "The partner has no receiving address for this module.")
        return True
    try:
        return _tell(module.outbox, connection, client, url, delivery)
    except convert.Refused as refused:
        _finish_dead(delivery, f"Not sent: {refused.reason}.")
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
        where, again = push_due(outbox, connection, delivery, whole=True)
        if again is not None:
            push = again
            response, decision = _send(client, url, push, delivery)
            if decision.action is Action.SEND_WHOLE:
                decision = Decision(Action.DEAD, decision.reason)
    if decision.action is Action.DELIVERED:
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
    return _record(connection, delivery, response, decision, Told(sent, known))


def _nothing_to_tell(delivery: Delivery, where: Standing) -> None:
    """Settle a delivery without a request; of a stranger's nothing is kept, as it was never told anything."""
    if where is Standing.STRANGER:
        Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token).delete()
    else:
        _finish(delivery, Told(delivery.wanted_version, delivery.known))


class Told(NamedTuple):
    """What a partner knows once a delivery is done: up to which version, and whether it holds the object."""

    version: int
    known: str


def _send(
    client: egress.PartnerClient, url: str, push: registry.Push, delivery: Delivery
) -> tuple[OCPIResponse, Decision]:
    if not delivery.correlation_id:
        delivery.correlation_id = str(uuid.uuid4())
    response = client.request(
        push.method,
        join(url, *push.segments),
        data=push.data,
        module=delivery.module,
        reference=delivery.object_reference,
        routing=push.routing,
        correlation_id=delivery.correlation_id,
    )
    delivery.last_exchange_id = client.last_exchange_id
    return response, decide(push.method, push.whole, response)


def _record(
    connection: Connection,
    delivery: Delivery,
    response: OCPIResponse,
    decision: Decision,
    told: Told,
) -> bool:
    """Write down what came of an attempt; whether the connection can go on."""
    delivery.last_http_status = response.http_status
    delivery.last_ocpi_status = response.status_code
    delivery.last_error = decision.reason[:400]
    match decision.action:
        case Action.DELIVERED:
            _finish(delivery, told)
            parties.reached(connection)
        case Action.DEAD:
            _finish_dead(delivery, decision.reason)
            parties.reached(connection)
        case Action.AMBIGUOUS:
            _hold_ambiguous(delivery)
            return not parties.failing(connection, decision.reason)
        case Action.RETRY:
            _postpone(delivery, backoff(delivery.attempts), DeliveryResult.RETRY)
            return not parties.failing(connection, decision.reason)
        case _:
            return _stop(connection, delivery, decision)
    return True


def _stop(connection: Connection, delivery: Delivery, decision: Decision) -> bool:
    """Outcomes that concern the whole connection: it goes on later, or when staff say so."""
    if decision.action is Action.BUSY:
        seconds = max(backoff(delivery.attempts), decision.retry_after or 0)
        _postpone(delivery, seconds, DeliveryResult.RETRY)
        parties.busy(connection, decision.reason, decision.retry_after or 0)
        return False
    _postpone(delivery, 0, DeliveryResult.STOPPED)
    if decision.action is Action.UNREACHABLE:
        parties.unreachable(connection, decision.reason)
    elif decision.action is Action.MODULE_OFF:
        _switch_off(connection, delivery.module, decision.reason)
    else:
        parties.stop_deliveries(connection, decision.reason)
    return False


def _switch_off(connection: Connection, module: str, reason: str) -> None:
    connection.push_modules = [m for m in connection.push_modules if m != module]
    connection.save(update_fields=["push_modules"])
    Delivery.objects.filter(connection=connection, module=module).pending().update(
        dead_version=F("wanted_version"), last_error=reason[:400], last_result=DeliveryResult.DEAD
    )
    events.record(
        "connection.module_off",
        f"The partner does not take {module}: {reason}",
        connection=connection,
    )


def _finish(delivery: Delivery, told: Told) -> None:
    _release(
        delivery,
        sent_version=Greatest(F("sent_version"), told.version),
        attempts=0,
        first_failed_at=None,
        confirm_after=None,
        known=told.known,
        last_result=DeliveryResult.DELIVERED,
        last_error="",
        next_attempt_at=Now(),
        correlation_id="",
    )


def _finish_dead(delivery: Delivery, reason: str) -> None:
    """This version will never be accepted as it is; a newer one is tried normally."""
    _release(
        delivery,
        dead_version=Greatest(F("dead_version"), delivery.wanted_version),
        last_result=DeliveryResult.DEAD,
        last_error=reason[:400],
        first_failed_at=delivery.first_failed_at or timezone.now(),
    )


def _hold_ambiguous(delivery: Delivery) -> None:
    """The partner may or may not have it, now or a little later: send the whole object after a cool-off."""
    seconds = max(COOL_OFF_SECONDS, backoff(delivery.attempts))
    until = timezone.now() + timedelta(seconds=seconds)
    _postpone(delivery, seconds, DeliveryResult.AMBIGUOUS, confirm_after=until)


def _postpone(delivery: Delivery, seconds: float, result: str, **extra: Any) -> None:
    _release(
        delivery,
        next_attempt_at=timezone.now() + timedelta(seconds=seconds),
        last_result=result,
        last_error=delivery.last_error,
        first_failed_at=delivery.first_failed_at or timezone.now(),
        correlation_id=delivery.correlation_id,
        **extra,
    )


def _release(delivery: Delivery, **fields: Any) -> None:
    """Write an outcome and give up the lease, unless the lease has passed to another worker."""
    released = Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token).update(
        lease_until=None,
        lease_token=None,
        last_http_status=delivery.last_http_status,
        last_ocpi_status=delivery.last_ocpi_status,
        last_exchange_id=delivery.last_exchange_id,
        **fields,
    )
    if not released:
        log.warning("lease_lost", delivery=delivery.pk)


def replay(delivery_ids: list[int], *, actor: events.Actor) -> int:
    """Send the current state again, whatever came of the last attempt; returns how many."""
    count = Delivery.objects.filter(pk__in=delivery_ids).update(
        sent_version=0,
        dead_version=0,
        attempts=0,
        confirm_after=None,
        changed=["*"],
        next_attempt_at=Now(),
        changed_at=Now(),
        last_error="",
    )
    events.record(
        "deliveries.replayed", f"{count} deliveries were set to be sent again.", actor=actor
    )
    return count


def forget_pending(connection: Connection) -> int:
    """Nothing is owed to a partner that is unregistered; what it was told stays. Returns how many."""
    pending = Delivery.objects.pending().filter(connection=connection)
    return pending.delete()[0]


def skip(delivery_ids: list[int], *, actor: events.Actor) -> int:
    """Give up the current version of deliveries; a newer change is delivered normally."""
    count = (
        Delivery.objects.pending()
        .filter(pk__in=delivery_ids)
        .update(
            dead_version=F("wanted_version"),
            last_result=DeliveryResult.DEAD,
            last_error="Skipped by staff.",
        )
    )
    events.record("deliveries.skipped", f"{count} deliveries were skipped.", actor=actor)
    return count
